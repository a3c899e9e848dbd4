import { SlipwayError } from '../core/index.ts';
import { largeObjectBlocks } from './left-out.ts';
import { placeAt } from './place.ts';
import { type SqlScript, wordLimit } from './script.ts';
import type { Script } from './source.ts';
import type { Statement } from './statement.ts';
import { foldName } from './statements.ts';

interface Linted extends Pick<Script, 'source' | 'directives'> {
  /** `platform`: the file that makes on a shadow what a platform owns. */
  readonly kind: 'baseline' | 'migration' | 'platform';
}

/** What runs in one transaction, whatever is in it. */
const wholly: Readonly<Record<Linted['kind'], string | null>> = {
  baseline: 'the baseline',
  platform: 'the file for shadows',
  migration: null,
};

/**
 * What can be known to be wrong with a SQL file before anything of it runs.
 *
 * @returns the first problem (65) with its place, or null.
 */
export function lint(migration: Linted, script: SqlScript): SlipwayError | null {
  const { kind, directives, source } = migration;
  const problem = (offset: number, message: string, remedy: string): SlipwayError =>
    new SlipwayError({ exit: 'migration', place: placeAt(source, offset), message, remedy });

  const notEmpty = ({ start }: Statement): SlipwayError =>
    problem(
      start,
      'a statement in a file that is marked as empty',
      'Remove the line `-- slipway: empty`, or the statement.',
    );
  if (wholly[kind] !== null && directives.noTransaction) {
    return problem(
      Math.max(0, source.text.toString().search(/^[ \t]*--[ \t]*slipway:/m)),
      `${wholly[kind]} asks for no-transaction, but it is applied in one transaction`,
      'Remove the directive, and move what cannot run in a transaction into a migration of its own.',
    );
  }
  const [first] = script.statements;
  if (directives.isEmpty) return first ? notEmpty(first) : null;
  if (!first) {
    const what = source.text.toString().trim() === '' ? 'is empty' : 'holds comments but no statement';
    return problem(
      0,
      `the file ${what}`,
      'Write its SQL, or delete the file. Where it is to do nothing, this is its first line: -- slipway: empty',
    );
  }
  const dumped = new Set([...largeObjectBlocks(script.statements)].map(({ start }) => start));
  for (const statement of script.statements) {
    const control = transactionControl(statement);
    if (control !== null && !dumped.has(statement.start)) {
      return directives.noTransaction
        ? problem(
            statement.start,
            `${control} in a no-transaction file`,
            'Remove it: the file runs as one statement, by itself.',
          )
        : problem(
            statement.start,
            `${control} in a file that runs in a transaction`,
            kind === 'platform'
              ? 'Remove it: Slipway runs the whole file in one transaction.'
              : 'Remove it: Slipway opens the transaction, writes the ledger row in it and commits both together.',
          );
    }
    const outside = directives.noTransaction ? null : outsideTransaction(statement);
    if (outside !== null) {
      return problem(
        statement.start,
        `${outside} cannot run inside a transaction`,
        kind === 'platform'
          ? 'Remove it: the file makes what the migrations need to find on a shadow, in one transaction.'
          : kind === 'baseline'
            ? 'Move it into a migration of its own whose first line is: -- slipway: no-transaction'
            : script.statements.length === 1
              ? 'Make this the first line of the file: -- slipway: no-transaction'
              : 'Move it into a file of its own whose first line is: -- slipway: no-transaction',
      );
    }
  }
  if (!directives.noTransaction) return null;
  const copy = script.segments.find((segment) => segment.kind === 'copy');
  if (copy) {
    return problem(
      copy.statement.start,
      'COPY ... FROM stdin in a no-transaction file',
      'Remove the directive no-transaction: COPY runs in a transaction.',
    );
  }
  const second = script.statements.at(1);
  return second
    ? problem(
        second.start,
        `a no-transaction file with ${script.statements.length} statements`,
        'Make one file of each: after an interruption, only a single statement can be checked for being done.',
      )
    : null;
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

/**
 * How a statement is called that the server refuses inside a transaction block (SQLSTATE 25001), as its reference
 * page says; null where that depends on what is in the database.
 */
function outsideTransaction({ words }: Statement): string | null {
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
