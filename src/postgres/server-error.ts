import type pg from 'pg';
import type { ExitName } from '../core/index.ts';
import { identifier, literal } from './quoting.ts';

/** What an objection of the server, met while a step ran, means for the run. */
export interface Verdict {
  readonly exit: ExitName;
  readonly remedy: string;
  /**
   * Whether the same transaction may be tried again, and how often. `race`: another session wrote the same row of a
   * catalog, which passes. `changed`: another session made or dropped what it read.
   */
  readonly again: 'deadlock' | 'serialization' | 'lockTimeout' | 'race' | 'changed' | null;
}

/** What the server objects to, where that is a statement of a file or a module. */
export interface Asked {
  /** Its first words, as `Statement` has them; none where they are not known. */
  readonly words: readonly string[];
  /** Whether the file says no-transaction. */
  readonly isOutside: boolean;
}

type Objection = Pick<pg.DatabaseError, 'message'> &
  Partial<Pick<pg.DatabaseError, 'code' | 'hint' | 'where' | 'schema' | 'routine'>>;

/**
 * By SQLSTATE (PostgreSQL docs, appendix A), and where one means several things by the server's function that raised
 * it, whose name no language changes (docs 55.8, field `R`).
 *
 * @param asked the statement of a file; null for one of ours.
 */
export function classifyServerError(error: Objection, asked: Asked | null = null): Verdict {
  const code = error.code ?? '';
  // The names of settings are the same in every language of the server.
  const told = `${error.message} ${error.hint ?? ''}`;
  if (/shared_preload_libraries|must be preloaded/.test(told)) return notPreloaded;
  const setting = code === outOfMemory ? /\bmax_\w+/.exec(told)?.[0] : undefined;
  if (setting) return tooSmall(setting);
  return (
    raced(error, asked) ??
    (asked && ofStatement(error, asked)) ??
    verdicts[code] ??
    verdicts[code.slice(0, 2)] ??
    wrong('Correct the statement and start again.')
  );
}

/**
 * What another session's DDL causes. Rows of a catalog are no rows of a user: who comes second gets XX000 instead of
 * waiting, or the unique index's objection. Roles, memberships, and what is granted on databases are shared by all
 * databases of a server, so that this is met by programs that know nothing of each other.
 */
function raced({ code, message, schema, routine, where }: Objection, asked: Asked | null): Verdict | null {
  if (code === 'XX000' && /^tuple concurrently (?:updated|deleted)/.test(message)) return otherSession;
  if (code === '23505' && schema === 'pg_catalog') return otherSession;
  if (!asked) return null;
  if (code === 'XX000' && /^(?:cache lookup failed for|could not open relation with OID) /.test(message))
    return { ...wrong("The server itself failed on it: see the server's log."), again: 'changed' };
  // That it is there already was asked a moment before: by IF NOT EXISTS, or by what the statement runs.
  const isAsked = (where ?? '') !== '' || asked.words.join(' ').includes('IF NOT EXISTS');
  return isAsked && /^42(?:710|P06|P07)$/.test(code ?? '') && makers.includes(routine ?? '')
    ? { ...wrong('Correct the statement and start again.'), again: 'changed' }
    : null;
}

/** The server's functions that say of a role, a schema, an extension, a table or its type that it is there already. */
const makers = ['CreateRole', 'NamespaceCreate', 'CreateExtension', 'heap_create_with_catalog', 'TypeCreate'];

const otherSession: Verdict = {
  exit: 'temporary',
  again: 'race',
  remedy:
    'Another session changed the same role, membership, privilege or object at that moment; roles and databases are shared by all of a server. Start again.',
};

/** What a statement of a file is refused for, where the code alone does not say what helps. */
function ofStatement(error: Objection, { words, isOutside }: Asked): Verdict | null {
  const { code, message, routine } = error;
  switch (code) {
    case '25001':
      return wrong(
        routine === 'PreventInTransactionBlock'
          ? 'Write it, outside of any function or block, as the only statement of a file whose first line is: -- slipway: no-transaction'
          : 'Remove it: Slipway begins the transaction, in READ COMMITTED, and has run a query in it before.',
      );
    case '2D000':
      return wrong(
        isOutside
          ? 'COMMIT and ROLLBACK work in a procedure or DO block only where the file calls it itself: not within a function, an EXCEPTION block, or a procedure that has a SET clause.'
          : 'The procedure or block ends transactions itself: make the CALL or DO the only statement of a file whose first line is: -- slipway: no-transaction',
      );
    case '55P04':
      return wrong(
        'A new value of an enum can be used only once its transaction is committed: move what uses it into a later file.',
      );
    case '25006':
      // The row in the ledger was written before: nobody but the file can have made the transaction read-only.
      return wrong(
        'The file makes its own transaction read-only (SET TRANSACTION READ ONLY, transaction_read_only): remove that.',
      );
    // Up to 14 a control file that is not there is undefined_file.
    case '0A000':
    case '58P01':
      if (/\bhypertables? do(?:es)? not support concurrent\b/.test(message)) return perChunk;
      return isOfExtension(error, words) ? notAllowed : null;
    case '42704':
    case '22023': {
      const role = missingRole(message, routine);
      return role === null ? null : wrong(makeRole(role));
    }
    case '42710':
      return routine === 'CreateRole' ? roleIsThere(message) : null;
    default:
      return null;
  }
}

/** What a message quotes, by the quotation marks of many languages: " " « » „ “ “ ”. */
const quoted = /["\u00ab\u201e\u201c](.+)["\u00bb\u201c\u201d]/s;

/** A role that a file makes, on a server where the file has run before: for another database, or a shadow. */
function roleIsThere(message: string): Verdict {
  const role = quoted.exec(message)?.[1] ?? 'x';
  return wrong(
    `Roles belong to the server, not to the database: it may have been made for another database. Make it outside of the files, or check first: DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(role)}) THEN CREATE ROLE ${identifier(role)}; END IF; END$$;`,
  );
}

/** A server without the extension, or one of a cloud that has not put it on its list (both 0A000). */
const isOfExtension = ({ message, routine }: Objection, [, second]: readonly string[]): boolean =>
  routine === 'parse_extension_control_file' ||
  ((second === 'EXTENSION' || /\bextension "/.test(message)) &&
    /\b(?:allow-?list|whitelist|is not (?:available|allowed|permitted|supported|enabled))/i.test(message));

/** TimescaleDB has a way of its own to build an index without keeping writes waiting (docs, CREATE INDEX). */
const perChunk: Verdict = wrong(
  'On a hypertable write: CREATE INDEX ... WITH (timescaledb.transaction_per_chunk), alone in a file whose first line is: -- slipway: no-transaction',
);

const notAllowed: Verdict = {
  exit: 'config',
  again: null,
  remedy:
    'The server does not offer this extension: install it there, or put it on the list of the cloud (Azure: the server parameter azure.extensions; Amazon RDS: rds.allowed_extensions), then start again.',
};

/** The role that a statement names and the server does not have; null where it is something else that is missing. */
function missingRole(message: string, routine: string | undefined): string | null {
  const isOfRole = /^role ".+" does not exist$/s.test(message) || /^get_role(?:spec)?_/.test(routine ?? '');
  return isOfRole ? (quoted.exec(message)?.[1] ?? null) : null;
}

const makeRole = (role: string): string =>
  `Roles belong to the server, not to the database, and a dump does not hold them: CREATE ROLE ${identifier(role)}; as a role with CREATEROLE, or from a file that comes before and first checks whether it exists; or remove the statement.`;

function wrong(remedy: string): Verdict {
  return { exit: 'migration', remedy, again: null };
}

const notPreloaded: Verdict = {
  exit: 'config',
  again: null,
  remedy: 'Add the library to shared_preload_libraries on the server and restart it.',
};

const outOfMemory = '53200';

const tooSmall = (setting: string): Verdict => ({
  exit: 'config',
  again: null,
  remedy: `Raise ${setting} on the server (it takes a restart), or split the migration.`,
});

const verdicts: Readonly<Record<string, Verdict>> = {
  '40P01': { exit: 'temporary', again: 'deadlock', remedy: 'Try again when less is going on.' },
  '40001': { exit: 'temporary', again: 'serialization', remedy: 'Try again when less is going on.' },
  '55P03': {
    exit: 'temporary',
    again: 'lockTimeout',
    remedy: 'Try again when the tables are less busy, or raise SLIPWAY_DDL_LOCK_TIMEOUT.',
  },
  '42501': {
    exit: 'denied',
    again: null,
    remedy: 'Grant the privilege, run as the owner, or name the owning role with SLIPWAY_ROLE.',
  },
  '25006': { exit: 'config', again: null, remedy: 'Use a role and a server that may be written to.' },
  '53100': {
    exit: 'temporary',
    again: null,
    remedy: "Make room on the server's disk, where that file lies, then start again.",
  },
  '08': {
    exit: 'temporary',
    again: null,
    remedy: 'A connection that this needs failed: see the message, then start again.',
  },
  '53': { exit: 'temporary', again: null, remedy: 'The server is out of resources: see its log.' },
  '57014': {
    exit: 'migration',
    again: null,
    remedy:
      'It ran longer than SLIPWAY_STATEMENT_TIMEOUT, or somebody cancelled it: raise the timeout, or split it.',
  },
  '58': { exit: 'temporary', again: null, remedy: "The server's system failed: see its log." },
};
