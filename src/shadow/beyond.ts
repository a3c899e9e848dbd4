import { SlipwayError } from '../core/index.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { parseSql, placeAt, type Script, type Source, type Statement } from '../sql/index.ts';

/** What is of a whole server, by the word that follows CREATE, ALTER or DROP. */
const ofServers = ['ROLE', 'USER', 'GROUP', 'DATABASE', 'TABLESPACE', 'SUBSCRIPTION'];

/** Statements about them in the body of a DO block, or in a text that it runs; a role is granted without ON. */
const inBodies = new RegExp(
  `\\b(grant|revoke)\\b(?![^;']*\\bon\\b)[^;']*\\b(to|from)\\b|\\b(grant|revoke)\\b[^;']*\\bon\\s+(parameter|tablespace)\\b|\\b(create|alter|drop)\\s+(${ofServers.join('|')})\\b(?!\\s+mapping\\b)|\\balter\\s+system\\b|\\b(drop|reassign)\\s+owned\\b`,
  'i',
);

/**
 * What of a statement changes more than the database in which it runs; null where nothing does.
 *
 * @param text of the statement.
 */
export function beyondDatabase(words: Statement['words'], text: string): string | null {
  const [first = '', second = '', third = ''] = words;
  switch (first) {
    case 'CREATE':
    case 'ALTER':
    case 'DROP':
      if (first === 'ALTER' && second === 'SYSTEM') return 'ALTER SYSTEM';
      if (first === 'DROP' && second === 'OWNED') return 'DROP OWNED';
      return ofServers.includes(second) && third.toUpperCase() !== 'MAPPING' ? `${first} ${second}` : null;
    case 'REASSIGN':
      return 'REASSIGN OWNED';
    case 'GRANT':
    case 'REVOKE':
      return grantBeyond(words);
    case 'COMMENT':
    case 'SECURITY': {
      const of = words.find((word) => ['ROLE', 'TABLESPACE', 'SUBSCRIPTION'].includes(word));
      return of !== undefined && words.indexOf(of) < 6 && words.includes('ON')
        ? `${first === 'SECURITY' ? 'SECURITY LABEL' : first} ON ${of}`
        : null;
    }
    case 'DO': {
      const found = inBodies.exec(text)?.[0];
      return found === undefined ? null : found.toUpperCase().replace(/\s+/g, ' ');
    }
    default:
      return null;
  }
}

/** What a grant gives of a whole server: a role, or a right on what belongs to the server. */
function grantBeyond(words: Statement['words']): string | null {
  const at = words.findIndex((word) => ['ON', 'TO', 'FROM'].includes(word));
  if (words[at] === 'ON')
    return ['PARAMETER', 'TABLESPACE'].includes(words[at + 1]?.toUpperCase() ?? '')
      ? `${words[0]} ON ${words[at + 1]?.toUpperCase()}`
      : null;
  // So many words that neither is among them are columns, in parentheses, or roles.
  return at < 0 && words.includes('(') ? null : `${words[0]} of a role`;
}

/** A script with a statement that reaches beyond its database, and where. */
interface Beyond {
  readonly source: Source;
  readonly statement: Statement;
  readonly what: string;
}

function findBeyond(source: Source, statements: Iterable<Statement>): Beyond | null {
  for (const statement of statements) {
    const what = beyondDatabase(statement.words, source.text.slice(statement.start, statement.end));
    if (what !== null) return { source, statement, what };
  }
  return null;
}

/** As `refuseBeyond`, of some statements of a file. */
export function refuseStatementsBeyond(source: Source, statements: Iterable<Statement>): void {
  const beyond = findBeyond(source, statements);
  if (beyond !== null) throw refusal(beyond);
}

/** Those that were read already: a set is brought to a shadow version by version. */
const harmless = new WeakSet<Source>();

/**
 * Refuses what would change the server that a database in use is on: there a shadow is a guest.
 *
 * @throws SlipwayError (78) that names the first such statement.
 */
export function refuseBeyond(scripts: readonly Script[]): void {
  for (const { format, source } of scripts) {
    if (format !== 'sql' || harmless.has(source)) continue;
    refuseStatementsBeyond(source, parseSql(source).statements);
    harmless.add(source);
  }
}

/** The scripts of a set, with those that undo. */
export const scriptsOf = ({
  baseline,
  migrations,
}: Pick<MigrationSet, 'baseline' | 'migrations'>): Script[] =>
  [...(baseline ? [baseline] : []), ...migrations].flatMap(scriptsOfOne);

export const scriptsOfOne = (migration: Migration): Script[] => [
  migration,
  ...(migration.down ? [migration.down] : []),
];

const refusal = ({ source, statement, what }: Beyond): SlipwayError =>
  new SlipwayError({
    exit: 'config',
    place: placeAt(source, statement.start),
    message: `${what} reaches beyond its database, and the shadow is on the server of the database itself (SLIPWAY_SHADOW_URL=same)`,
    remedy:
      'Nothing was run. Name another server in SLIPWAY_SHADOW_URL: one that may be changed, such as a container of the same image. Or make by hand what the files need of a server, such as a role, and leave that statement out of them.',
  });
