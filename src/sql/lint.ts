import { SlipwayError } from '../core/index.ts';
import { commitMarker, commitMarks } from './commit-marks.ts';
import { largeObjectBlocks } from './left-out.ts';
import { placeAt } from './place.ts';
import { type SqlScript, wordLimit } from './script.ts';
import type { Directives, Script } from './source.ts';
import type { Statement } from './statement.ts';
import { foldName } from './words.ts';

/** `platform`: the file that makes on a shadow what a platform owns; `fix`: what brings one database to a version. */
export type LintedKind = 'baseline' | 'migration' | 'platform' | 'fix';

interface Linted extends Pick<Script, 'source' | 'directives'> {
  readonly kind: LintedKind;
}

/** What runs in one transaction, whatever is in it. */
const wholly: Readonly<Record<Linted['kind'], string | null>> = {
  baseline: 'the baseline',
  platform: 'the file for shadows',
  fix: 'the fix',
  migration: null,
};

/** Makes a failure of what is wrong at a place of the file. */
type ProblemAt = (offset: number, message: string, remedy: string) => SlipwayError;

/**
 * What can be known to be wrong with a SQL file before anything of it runs.
 *
 * @returns the problems (65), each with its place.
 */
export function lint({ kind, directives, source }: Linted, script: SqlScript): SlipwayError[] {
  const problem: ProblemAt = (offset, message, remedy) =>
    new SlipwayError({ exit: 'migration', place: placeAt(source, offset), message, remedy });
  const text = source.text.toString();
  const wrong = lintDirectives(kind, directives, (message, remedy) =>
    problem(Math.max(0, text.search(/^[ \t]*--[ \t]*slipway:/m)), message, remedy),
  );
  if (wrong) return [wrong];
  if (directives.isolation && (directives.noTransaction || kind !== 'migration')) {
    return [
      problem(
        Math.max(0, text.search(/^[ \t]*--[ \t]*slipway:[ \t]*isolation/m)),
        `${wholly[kind] ?? 'a no-transaction file'} asks for a level of isolation`,
        'Remove the directive: isolation is for a migration that runs in a transaction.',
      ),
    ];
  }
  const [first] = script.statements;
  if (directives.isEmpty) {
    return first
      ? [
          problem(
            first.start,
            'a statement in a file that is marked as empty',
            'Remove the line `-- slipway: empty`, or the statement.',
          ),
        ]
      : [];
  }
  if (!first) {
    const empty = problem(
      0,
      `the file ${text.trim() === '' ? 'is empty' : 'holds comments but no statement'}`,
      'Write its SQL, or delete the file. Where it is to do nothing, this is its first line: -- slipway: empty',
    );
    return [empty];
  }
  const [mark] = kind === 'fix' ? [] : commitMarks(script);
  if (mark !== undefined) {
    return [
      problem(
        mark,
        `\`${commitMarker}\` in a file that is no fix`,
        'Remove the line: what a migration does is committed whole, with its row in the ledger.',
      ),
    ];
  }
  if (directives.repeat) return [lintRepeated(script, problem)].filter((found) => found !== null);
  if (!directives.noTransaction) return lintTogether(kind, script, problem);
  return [lintAlone(script, problem)].filter((found) => found !== null);
}

/** What the directives of a file ask for, and this kind of file, or the others among them, do not allow. */
function lintDirectives(
  kind: Linted['kind'],
  { repeat, noTransaction, isEmpty }: Directives,
  problem: (message: string, remedy: string) => SlipwayError,
): SlipwayError | null {
  if (wholly[kind] !== null && (repeat || noTransaction)) {
    const apart = repeat ? 'repeat' : 'no-transaction';
    return problem(
      `${wholly[kind]} asks for ${apart}, but it is applied in one transaction`,
      apartRemedies[apart][kind === 'fix' ? 'fix' : 'other'],
    );
  }
  if (repeat && (noTransaction || isEmpty)) {
    return problem(
      `the file asks for repeat and for ${noTransaction ? 'no-transaction' : 'empty'}, which exclude each other`,
      'Keep one of the two: what is repeated runs in a transaction each time.',
    );
  }
  return null;
}

/** What to do with a directive in a file that is applied in one transaction. */
const apartRemedies = {
  repeat: {
    fix: 'Remove the directive: the statement runs once.',
    other: 'Remove the directive, and move what is to be repeated into a migration of its own.',
  },
  'no-transaction': {
    fix: 'Remove the directive, and run what cannot run in a transaction by hand before the fix.',
    other: 'Remove the directive, and move what cannot run in a transaction into a migration of its own.',
  },
} as const;

/** Whether nothing is known to be wrong with a SQL file. */
export const runsAsItIs = (linted: Linted, script: SqlScript): boolean => lint(linted, script).length === 0;

/** Of a file whose statements do not share a transaction. */
function lintAlone(script: SqlScript, problem: ProblemAt): SlipwayError | null {
  const [control] = controlsIn(script);
  if (control)
    return problem(
      control.start,
      `${control.word} in a no-transaction file`,
      'Remove it: each statement of the file runs by itself.',
    );
  const copy = script.segments.find((segment) => segment.kind === 'copy');
  if (copy) {
    return problem(
      copy.statement.start,
      'COPY ... FROM stdin in a no-transaction file',
      'Remove the directive no-transaction: COPY runs in a transaction.',
    );
  }
  const update = script.statements.find(({ words }) => updatesTimescale(words));
  return update && script.statements.length > 1
    ? problem(
        update.start,
        'ALTER EXTENSION timescaledb UPDATE beside other statements',
        'Move it into a file of its own: it must be the first command of its session.',
      )
    : null;
}

/** What a repeated statement may begin with: the server says of it how many rows it touched (PostgreSQL docs 55.7, CommandComplete). */
const repeatable: readonly (string | undefined)[] = ['UPDATE', 'DELETE', 'INSERT', 'MERGE', 'WITH'];

/** Of a file whose one statement is repeated until it touches no row. */
function lintRepeated({ statements }: SqlScript, problem: ProblemAt): SlipwayError | null {
  const [first, second] = statements;
  if (first && !repeatable.includes(first.words[0])) {
    return problem(
      first.start,
      `${first.words[0] ?? 'the statement'} cannot be repeated: the server does not say how many rows it changed`,
      'Write an UPDATE, DELETE, INSERT or MERGE, also after WITH: it is repeated until it touches no row.',
    );
  }
  return second
    ? problem(
        second.start,
        `a file that is repeated has ${statements.length} statements`,
        'Make one file of each: a single statement is repeated until it touches no row.',
      )
    : null;
}

/** Of one kind one learns no more from more of them, and the place of each is counted from the start of the file. */
const mostToldOfFile = 50;

/** Of a file that runs in one transaction: the first statements that end it, or that cannot run in one. */
function lintTogether(kind: Linted['kind'], script: SqlScript, problem: ProblemAt): SlipwayError[] {
  const controls = new Map(controlsIn(script).map(({ start, word }) => [start, word]));
  const found: SlipwayError[] = [];
  for (const statement of script.statements) {
    const { start } = statement;
    const control = controls.get(start);
    const outside = control === undefined ? outsideTransaction(statement) : null;
    if (control !== undefined) {
      const message = `${control} in a file that runs in a transaction`;
      found.push(problem(start, message, controlRemedies[kind]));
    } else if (outside !== null) {
      const message = `${outside} cannot run inside a transaction`;
      found.push(problem(start, message, outsideRemedies[kind]({ script, statement: outside })));
    }
    if (found.length === mostToldOfFile) break;
  }
  return found;
}

const ownTransaction =
  'Remove it: Slipway opens the transaction, writes the ledger row in it and commits both together.';
const controlRemedies: Readonly<Record<Linted['kind'], string>> = {
  platform: 'Remove it: Slipway runs the whole file in one transaction.',
  baseline: ownTransaction,
  migration: ownTransaction,
  fix: `Remove it: Slipway opens the transaction. The line \`${commitMarker}\` between two statements commits what stands above it.`,
};

/** A statement that cannot run in a transaction, as its reference page calls it. */
interface Outside {
  readonly script: SqlScript;
  readonly statement: string;
}

const outsideRemedies: Readonly<Record<Linted['kind'], (outside: Outside) => string>> = {
  platform: () =>
    'Remove it: the file makes what the migrations need to find on a shadow, in one transaction.',
  baseline: ({ statement }) => outsideBaseline(statement),
  fix: () => 'Run it by hand before the fix.',
  migration: ({ script: { statements, source } }) => {
    const line = '-- slipway: no-transaction';
    if (statements.length === 1) return `Make this the first line of the file: ${line}`;
    return source.path.endsWith('.down.sql')
      ? `Make this the first line of the file, and each of its statements runs by itself: ${line}`
      : `Let it be written as files that run, in the order of the statements: slipway split ${source.path}`;
  },
};

/** What to do with such a statement in a baseline, which makes a new database: little of it has a use there. */
function outsideBaseline(statement: string): string {
  if (/^(?:VACUUM|REINDEX|CLUSTER|DISCARD)\b/.test(statement))
    return 'Leave it out: in a new database there is nothing to tidy up.';
  if (/^(?:CREATE|DROP) DATABASE$/.test(statement))
    return 'Leave it out: a baseline makes what is in the database that DATABASE_URL or PGDATABASE names. SLIPWAY_CREATE_DATABASE=on creates that one where it is missing.';
  if (/ (?:TABLESPACE|SYSTEM)$/.test(statement))
    return 'Leave it out: it is about the server, not this schema. Run it where the server is set up.';
  if (statement.endsWith(' CONCURRENTLY'))
    return 'Write it without CONCURRENTLY: nobody uses the tables of a new database yet.';
  return 'Move it into a migration of its own whose first line is: -- slipway: no-transaction';
}

/** The statements that begin or end a transaction; those that a dump has around large objects are left out when it is sent. */
function controlsIn(script: SqlScript): { readonly start: number; readonly word: string }[] {
  const dumped = new Set([...largeObjectBlocks(script.statements)].map(({ start }) => start));
  return script.statements.flatMap((statement) => {
    const word = dumped.has(statement.start) ? null : transactionControl(statement);
    return word === null ? [] : [{ start: statement.start, word }];
  });
}

/** How a statement that begins or ends a transaction is called; null for savepoints and everything else. */
export function transactionControl({ words }: Statement): string | null {
  const [head, second, third] = words;
  switch (head) {
    case 'BEGIN':
    case 'END':
    case 'ABORT':
      return head;
    case 'START':
    case 'PREPARE':
      return second === 'TRANSACTION' ? `${head} TRANSACTION` : null;
    case 'COMMIT':
      return second === 'PREPARED' ? 'COMMIT PREPARED' : head;
    case 'ROLLBACK': {
      const isSavepoint =
        second === 'TO' || ((second === 'WORK' || second === 'TRANSACTION') && third === 'TO');
      if (isSavepoint) return null;
      return second === 'PREPARED' ? 'ROLLBACK PREPARED' : head;
    }
    default:
      return null;
  }
}

/** Whether a statement is run by itself where its file is no-transaction: it cannot run in one, or may end one. */
export const runsAlone = (statement: Statement): boolean =>
  /^(?:DO|CALL)$/.test(statement.words[0] ?? '') ||
  updatesTimescale(statement.words) ||
  outsideTransaction(statement) !== null;

/**
 * How a statement is called that the server refuses inside a transaction block (SQLSTATE 25001), as its reference
 * page says; null where that depends on what is in the database.
 */
export function outsideTransaction({ words }: Statement): string | null {
  const [head, second = ''] = words;
  switch (head) {
    case 'VACUUM':
      return head;
    case 'CREATE':
    case 'DROP':
      if (second === 'DATABASE' || second === 'TABLESPACE') return `${head} ${second}`;
      if (words[words.indexOf('INDEX') + 1] === 'CONCURRENTLY' && words.indexOf('INDEX') <= 2) {
        return `${head} INDEX CONCURRENTLY`;
      }
      return head === 'CREATE' && second === 'SUBSCRIPTION' && createsSlot(words)
        ? 'CREATE SUBSCRIPTION'
        : null;
    case 'ALTER':
      if (second === 'SYSTEM') return 'ALTER SYSTEM';
      if (updatesTimescale(words)) return 'ALTER EXTENSION timescaledb UPDATE';
      if (second === 'DATABASE' && words[3] === 'SET' && words[4] === 'TABLESPACE') {
        return 'ALTER DATABASE ... SET TABLESPACE';
      }
      return second === 'TABLE' && detachesConcurrently(words) ? 'DETACH PARTITION ... CONCURRENTLY' : null;
    case 'REINDEX': {
      const [object, next] = afterOptions(words);
      if (object === 'DATABASE' || object === 'SYSTEM' || object === 'SCHEMA') return `REINDEX ${object}`;
      return next === 'CONCURRENTLY' || optionIsOn(words, 'CONCURRENTLY') ? 'REINDEX CONCURRENTLY' : null;
    }
    case 'CLUSTER': {
      const rest = afterOptions(words);
      return rest.length === 0 || (rest.length === 1 && rest[0] === 'VERBOSE')
        ? 'CLUSTER without a table'
        : null;
    }
    case 'DISCARD':
      return second === 'ALL' ? 'DISCARD ALL' : null;
    default:
      return null;
  }
}

/** A subscription makes a replication slot unless its options say otherwise. */
function createsSlot(words: readonly string[]): boolean {
  return words.length < wordLimit && !words.includes('WITH');
}

/** TimescaleDB takes its own update only as the first command of a session, outside of a transaction. */
export const updatesTimescale = (words: readonly string[]): boolean =>
  words[0] === 'ALTER' &&
  words[1] === 'EXTENSION' &&
  foldName(words[2] ?? '') === 'timescaledb' &&
  words[3] === 'UPDATE';

function detachesConcurrently(words: readonly string[]): boolean {
  const detach = words.indexOf('DETACH');
  return detach > 0 && words[detach + 1] === 'PARTITION' && words.at(-1) === 'CONCURRENTLY';
}

/** The words after the first one and its options in parentheses. */
function afterOptions(words: readonly string[]): readonly string[] {
  return words[1] === '(' ? words.slice(words.indexOf(')') + 1) : words.slice(1);
}

/** Whether `(..., NAME, ...)` stands after the first word, and is not switched off. */
function optionIsOn(words: readonly string[], name: string): boolean {
  if (words[1] !== '(') return false;
  const at = words.slice(0, words.indexOf(')')).indexOf(name);
  return at > 0 && !/^(?:false|off|'\.\.\.')$/i.test(words[at + 1] ?? '');
}
