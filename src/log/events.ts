import type { LockMode, TableWork } from '../core/index.ts';

/**
 * Every event of the log: at which level it is said, when, and with which fields. These are types alone, so that a start
 * loads nothing of them; docs/events.md and docs/schemas/log.schema.json are made of them, comments included.
 */

/** An event: the level (one of several, where it depends), and the fields beside `level`, `time`, `event` and `msg`. */
interface Said<Level extends Method, Fields extends object = object> {
  readonly level: Level;
  readonly fields: Fields;
}

export type Method = 'debug' | 'info' | 'warn' | 'error';

/** Which database a run was about. */
interface Database {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The role that reads and writes. */
  readonly role: string;
}

/** What to do about it. */
interface Remedied {
  /** What to do. */
  readonly remedy: string;
}

interface Failure extends Remedied {
  /** Which exit code it is, by its name in `slipway help --json`. */
  readonly exit: string;
  readonly exitCode: number;
  /** Where something is wrong in a file; line and column count from 1. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** The server's, where it was the server that objected. */
  readonly sqlstate?: string | undefined;
  /** Lines beneath the message: an excerpt, the other problems, what became of each step. */
  readonly detail?: readonly string[] | undefined;
}

/** What `dev` says of a save. */
interface Answer {
  /**
   * The migration runs (`made`) or fails (`failed`); with `--from`, one was `generated`. Nothing was tried where there is
   * no file (`nothing`), where the files cannot be read (`unreadable`), or where an older file fails (`below`).
   */
  readonly kind: 'made' | 'failed' | 'generated' | 'nothing' | 'unreadable' | 'below';
  /** Whether nothing is left to mend, in the down file either. */
  readonly ok: boolean;
  /** The file that was tried. */
  readonly file?: string;
  readonly version?: string;
  /** From the save to the answer. */
  readonly ms?: number;
  /** What the migration does to the schema. */
  readonly changes?: readonly {
    readonly verb: 'adds' | 'changes' | 'removes';
    /** Kind and name. */
    readonly object: string;
    /** In words, without the verb and the table. */
    readonly words: string;
    /** Lines that only the text before (`-`) or after (`+`) has, where it is too long for a sentence. */
    readonly lines: readonly string[];
  }[];
  /** What its statements lock that is gone as soon as it is over, a line each. */
  readonly locks?: readonly string[];
  /** What else is worth knowing of it, a line each: what holds a lock for long among it. */
  readonly findings?: readonly string[];
  /** What came of its down file. */
  readonly undoing?: string;
  /** Of `made`: what is wrong with the down file. Of `generated`: what the migration misses or would lose. */
  readonly problems?: readonly {
    readonly message: string;
    readonly file?: string;
    readonly remedy?: string;
    readonly detail?: readonly string[];
  }[];
  /** Of `generated`: the migration; null where nothing differs. */
  readonly up?: string | null;
  /** Of `generated`: what undoes it; null where nothing does. */
  readonly down?: string | null;
  /** Why it failed, or could not be read. */
  readonly error?: Remedied & {
    readonly message: string;
    /** Where; line and column count from 1. */
    readonly file?: string | undefined;
    readonly line?: number | undefined;
    readonly column?: number | undefined;
    readonly sqlstate?: string | undefined;
    /** An excerpt with a caret, and what the server said besides. */
    readonly detail?: readonly string[] | undefined;
  };
}

export interface Events {
  /** Something of the configuration is worth knowing: a setting that two layers give, say. */
  readonly configuration: Said<'warn'>;
  /** SIGTERM, SIGINT or SIGHUP came: what is running is cancelled. */
  readonly signal: Said<'info', { readonly signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP' }>;
  /** The last event of a run that did not end well. */
  readonly failed: Said<
    'error',
    Failure & {
      /** With `--debug`. */
      readonly stack?: string | undefined;
    }
  >;
  /** A server, a pool or (in `wait`) a version is waited for: at once, and then every 10 s. */
  readonly waiting: Said<
    'info',
    Partial<Remedied> & {
      /** In one word why; absent where `wait` waits for a version. */
      readonly reason?: string | undefined;
      readonly waitedMs: number;
    }
  >;
  /** The server has accepted the login. */
  readonly connected: Said<
    'debug',
    {
      readonly host: string;
      readonly port: number;
      readonly database: string;
      /** The server's version. */
      readonly server: string;
      readonly tls: boolean;
      readonly tries: number;
      readonly waitedMs: number;
    }
  >;
  /** The server said something while a file ran: NOTICE, WARNING and the like; of a COMMIT that no standby confirmed, always a warning. */
  readonly notice: Said<
    'info' | 'warn',
    {
      readonly severity: string;
      /** The server's detail and hint, a line each. */
      readonly detail?: readonly string[];
    }
  >;
  /** The server said more than is logged. */
  readonly notices: Said<
    'warn',
    {
      /** How many notices are left out here. */
      readonly leftOut: number;
    }
  >;
  /** The connection was lost while something ran: the ledger tells what was done. */
  readonly connectionLost: Said<'warn'>;
  /** Another run has the lock of this app and is waited for: at once, and then every 10 s. */
  readonly lock: Said<
    'info',
    {
      /** The session that has it, in words. */
      readonly holder: string;
      readonly waitedMs: number;
    }
  >;
  /** What `up` is about to apply. */
  readonly plan: Said<
    'info',
    {
      /** The version that the database is at; null: it is empty. */
      readonly from: string | null;
      readonly to: string;
      /** How many files are applied. */
      readonly pending: number;
    }
  >;
  /** A file begins to run. */
  readonly applying: Said<'info', { readonly version: string; readonly file: string }>;
  /** A file and its row of the ledger are committed. */
  readonly applied: Said<
    'info',
    {
      readonly version: string;
      readonly ms: number;
      /** Of a file that was repeated: how many batches there were, those of other runs included. */
      readonly batches?: number;
      /** How many rows they touched. */
      readonly rows?: number;
    }
  >;
  /** A statement takes long or waits for somebody: every 5 s. */
  readonly progress: Said<
    'info',
    {
      readonly elapsedMs: number;
      /** The sessions that stand in its way, in words. */
      readonly blocker: string | null;
      /** What the server says it is at (pg_stat_progress_*). */
      readonly phase: string | null;
      /** The server's wait event. */
      readonly waitsFor: string | null;
    }
  >;
  /** A file is repeated: after the first batch of this run, and then every 10 s. */
  readonly repeated: Said<
    'info',
    {
      readonly version: string;
      /** How many batches are committed, those of earlier and other runs included. */
      readonly batches: number;
      /** How many rows they touched. */
      readonly rows: number;
      /** How many rows a second this run touched. */
      readonly rowsPerSecond: number;
      readonly elapsedMs: number;
    }
  >;
  /** A replica lags by more than SLIPWAY_MAX_LAG, and the next batch waits for it: at once, and then every 10 s. */
  readonly lag: Said<
    'info',
    {
      /** The greatest `replay_lag` of pg_stat_replication. */
      readonly lagMs: number;
      readonly mostMs: number;
      /** The `application_name` of that replica. */
      readonly replica: string;
      readonly waitedMs: number;
    }
  >;
  /** A step met a lock timeout, a deadlock or a race and is tried again. */
  readonly gaveWay: Said<
    'warn',
    {
      readonly try: number;
      readonly most: number;
      readonly sqlstate?: string | undefined;
      readonly blocker: string | null;
    }
  >;
  /** A file was split that has a down file, which is to be divided by hand. */
  readonly split: Said<'warn', { readonly file: string }>;
  /** A statement of a no-transaction file with several is done. */
  readonly statement: Said<
    'info',
    {
      readonly version: string;
      /** Its number in the file, from 1, and how many the file has. */
      readonly statement: number;
      readonly of: number;
      readonly ms: number;
    }
  >;
  /** A concurrent index that an interrupted run began is still being built, and waited for. */
  readonly building: Said<'info', { readonly index: string; readonly pid: number }>;
  /** An invalid index that an interrupted run left is dropped and built again. */
  readonly rebuild: Said<'info', { readonly index: string }>;
  /** What a failed concurrent statement left could not be removed: the next run removes it. */
  readonly leftBegun: Said<'warn', { readonly reason: string }>;
  /** A line of a dump that psql alone understands, or that a migration cannot run, is left out. */
  readonly leftOut: Said<'info', { readonly file: string; readonly line?: number | undefined }>;
  /** Default privileges or an event trigger changed the new ledger, and that was undone. */
  readonly ledgerMended: Said<'info', { readonly detail: readonly string[] }>;
  /** A role of SLIPWAY_READERS does not exist. */
  readonly reader: Said<'warn', { readonly role: string }>;
  /** A role of SLIPWAY_READERS lacks the right to read the ledger, and this run could not grant it. */
  readonly readersNotGranted: Said<'warn', { readonly reason: string }>;
  /** The catalog's fingerprint was kept for the next start, or why not. */
  readonly fingerprint: Said<
    'debug',
    {
      readonly version: string;
      readonly result?: 'committed' | 'busy' | 'changed';
      readonly reason?: string;
    }
  >;
  /** A version began with differences that were accepted; what it made of them is accepted too. */
  readonly acceptedAgain: Said<'warn', { readonly version: string; readonly detail: readonly string[] }>;
  /** `up` ended well. */
  readonly done: Said<
    'info',
    {
      /** null: there is nothing in this image. */
      readonly version: string | null;
      readonly ms: number;
      readonly database: Database;
    }
  >;
  /** The database has versions that this image does not have. */
  readonly ahead: Said<
    'warn',
    {
      readonly versions: readonly string[];
      /** The newer image's baseline, where the database began with that. */
      readonly newerBaseline?: string | null;
    }
  >;
  /** A database whose schema is that of a version was taken over, by `up` or `adopt`. */
  readonly adopted: Said<
    'info',
    {
      readonly version: string;
      /** How many versions were recorded. */
      readonly recorded: number;
      /** By `up`: how many extra objects there are. */
      readonly extra?: number;
      /** By `up`: how much of the schema cannot be verified here. */
      readonly unverified?: number;
      /** By `adopt`: how many differences were accepted. */
      readonly accepted?: number;
      /** By `adopt`: whether the schema was found to be that of the version. */
      readonly verified?: boolean;
      readonly database?: Database;
    }
  >;
  /** `down` begins to undo a version. */
  readonly undoing: Said<
    'info',
    { readonly version: string; readonly file: string; readonly format: string }
  >;
  /** `down` ended well. */
  readonly undone: Said<
    'info',
    { readonly version: string; readonly name: string; readonly ms: number; readonly database: Database }
  >;
  /** `wait` ended well. */
  readonly ready: Said<'info', { readonly version: string; readonly database: Database }>;
  /** Another migration tool's version table stands in a database that is not managed; a warning where something is wrong with it. */
  readonly evidence: Said<
    'info' | 'warn',
    {
      readonly tool: string;
      /** Qualified, and quoted for SQL. */
      readonly table: string;
      /** null where it was not read. */
      readonly rows: number | null;
      /** The version that it says the database is at; null where it does not tell. */
      readonly version: string | null;
      /** Those that were not undone, the newest first, a few of them. */
      readonly versions: readonly string[];
      /** Those that do not count as applied, though a row names them: undone, resolved as rolled back, deleted; a few of them. */
      readonly undone: readonly string[];
      readonly problems: readonly string[];
      /** What removes it once the tool is no longer used; null where it may be another program's, or is to stay. */
      readonly cleanup: string | null;
      /** Why nothing is said that removes it; null where `cleanup` does. */
      readonly kept: string | null;
      /** What to do first; null where nothing is unfinished there. */
      readonly remedy: string | null;
    }
  >;
  /** A schema resembles a tenant's copy of one that the lock names; only the latter is brought to a version. */
  readonly tenants: Said<
    'warn',
    Remedied & {
      readonly schema: string;
      /** The schema that it is like. */
      readonly of: string;
      readonly shared: number;
      readonly tables: number;
    }
  >;
  /** The ledger is in a publication. */
  readonly published: Said<
    'warn',
    Remedied & {
      readonly publications: readonly {
        readonly name: string;
        readonly by: 'all' | 'schema' | 'table';
      }[];
    }
  >;
  /** Somebody who is not trusted owns the ledger's schema. */
  readonly ledgerSchemaOwner: Said<'warn', Remedied & { readonly schema: string; readonly owner: string }>;
  /** Parts of the schema cannot be verified on this server; nothing else differs. */
  readonly unverified: Said<
    'info',
    {
      /** `object: facet`. */
      readonly unverified: readonly string[];
      readonly detail: readonly string[];
    }
  >;
  /** The schema has drifted, and SLIPWAY_ON_DRIFT=warn lets it pass. */
  readonly drift: Said<'warn', { readonly detail: readonly string[] }>;
  /** The schema differs in what no application depends on. */
  readonly differences: Said<'warn', { readonly detail: readonly string[] }>;
  /** `repair --apply` put something right. */
  readonly repaired: Said<
    'info',
    {
      /** What was wrong. */
      readonly kind: string;
      /** What was done to the ledger, with the rows that went. */
      readonly done: readonly object[];
    }
  >;
  /** `--write-fix` wrote the SQL that brings a database there; a warning where something is left for a person. */
  readonly fixWritten: Said<
    'info' | 'warn',
    {
      readonly version: string;
      /** null: there is no file. */
      readonly file: string | null;
      readonly statements: number;
      /** What is left for a person, an object each. */
      readonly left: readonly string[];
    }
  >;
  /** `--fix` is about to run a file on a database of 64 MB or more: which tables it will lock. */
  readonly fixForecast: Said<
    'info',
    {
      /** null: it could not be tried. */
      readonly locks:
        | readonly {
            readonly relation: string;
            readonly lock: LockMode;
            /** `scan`: it is read as a whole; `rewrite`: it is written anew. */
            readonly work: TableWork;
            /** With its indexes, and its partitions with theirs; null where it is not known. */
            readonly bytes: number | null;
            /** As the planner estimates them; null where nothing has counted them yet. */
            readonly rows: number | null;
            /** For about how long, by the sizes and by how long such work takes on a shadow; null where a size is not known. */
            readonly heldMs: number | null;
          }[]
        | null;
      readonly reason?: string;
      readonly detail?: readonly string[];
    }
  >;
  /** `--fix` begins to run a file. */
  readonly fixing: Said<
    'info',
    {
      readonly file: string;
      readonly version: string;
      /** Which part, from 1, of a fix that is committed in parts. */
      readonly number?: number;
      readonly of?: number;
    }
  >;
  /** `--fix` ended well. */
  readonly fixed: Said<
    'info',
    {
      readonly version: string;
      readonly recorded: number;
      readonly fix: { readonly file: string; readonly checksum: string };
      readonly ms: number;
    }
  >;
  /** With `--each`: one database of the list went well; at `debug` where nothing was done. */
  readonly databaseDone: Said<
    'info' | 'debug',
    {
      readonly version: string | null;
      /** By `up`: how many files were applied. */
      readonly applied?: number;
      readonly ms?: number;
      /** By `status`: what it is. */
      readonly state?: string;
    }
  >;
  /** With `--each`: one database of the list failed. */
  readonly databaseFailed: Said<'error', Failure>;
  /** With `--each` and `--debug`: where a bug was met. */
  readonly stack: Said<'debug', { readonly stack: string }>;
  /** With `--each`: how far the list is, every 10 s. */
  readonly databases: Said<
    'info',
    {
      readonly done: number;
      readonly of: number;
      readonly failed: number;
      /** The databases that are worked on. */
      readonly running: readonly string[];
      readonly elapsedMs: number;
    }
  >;
  /** With `--each`: all of the list went well. */
  readonly databasesDone: Said<
    'info',
    {
      readonly total: number;
      readonly atHead: number;
      /** Of these, those that something was applied to. */
      readonly brought: number;
      readonly failed: number;
      readonly interrupted: number;
      readonly notBegun: number;
      readonly ms: number;
    }
  >;
  /** With `--each`: the list, or this share of it, names no database. */
  readonly emptyList: Said<'warn'>;
  /** A long command begins a phase; and every 10 s which one it is in. */
  readonly phase: Said<
    'info',
    {
      readonly phase: string;
      /** Counted from 1. */
      readonly number: number;
      readonly of: number;
      readonly elapsedMs: number;
    }
  >;
  /** Files are being replayed on a shadow: every 10 s. */
  readonly replaying: Said<
    'info',
    { readonly done: number; readonly versions: number; readonly file: string }
  >;
  /** `dev`: the scratch database is built, and saves are answered from here on. */
  readonly watching: Said<
    'info',
    {
      /** The migration that is watched, or with `--from` the desired schema. */
      readonly file: string;
      /** The version that the scratch database is at; null: it is empty. */
      readonly at: string | null;
      /** The server's version. */
      readonly server: string;
      readonly ms: number;
    }
  >;
  /** `dev`: what came of a save. */
  readonly answer: Said<'info', Answer>;
  /** `demo` or `dev` prepares something that takes long. */
  readonly preparing: Said<'info'>;
  /** `demo` runs a command that takes long. */
  readonly running: Said<'info', { readonly command: string }>;
  /** A file is written inside of the container, and will be gone with it. */
  readonly notKept: Said<'warn', Remedied & { readonly file: string }>;
  /** `--report`: the report was not written, or lacks something. */
  readonly noReport: Said<'warn', Partial<Remedied>>;
  /** The summary of a step of GitHub Actions could not be written. */
  readonly noSummary: Said<'warn'>;
  /** `check --write` has written the lock. */
  readonly written: Said<'info', { readonly file: string }>;
  /** `check --write`: a version has no file any more, and was taken out of the lock. */
  readonly removed: Said<'warn', { readonly version: string }>;
  /** `check --write`: a file was edited after it was locked. */
  readonly edited: Said<'warn', { readonly version: string; readonly file: string }>;
  /** `check --write`: part of an object is another one each time, and is not verified. */
  readonly changing: Said<
    'warn',
    {
      readonly object: string;
      readonly part: string;
      readonly file: string;
      readonly line?: number | undefined;
      /** The time zone that it depends on; absent where it depends on the moment. */
      readonly zone?: string;
    }
  >;
  /** `check`: what a statement of a new file locks; a warning where it reads or rewrites a whole table meanwhile. */
  readonly locks: Said<
    'info' | 'warn',
    {
      readonly version: string;
      readonly file: string;
      readonly line: number;
      readonly relations: readonly {
        readonly relation: string;
        readonly lock: string;
        readonly work: string;
      }[];
      readonly blocks: { readonly reads: boolean; readonly writes: boolean };
      /** How the same is done with less. */
      readonly safeWay?: string;
    }
  >;
  /** `check`: nobody can tell what a new file locks. */
  readonly locksUntold: Said<
    'warn',
    { readonly version: string; readonly file: string; readonly reason: string }
  >;
  /** `check`: a migration changes what the platform's file makes. */
  readonly platform: Said<'warn', { readonly file: string; readonly objects: readonly string[] }>;
  /** A role was made on the server of SLIPWAY_SHADOW_URL, and stays there. */
  readonly roleMade: Said<'info', { readonly role: string }>;
  /** A shadow database could not be removed. */
  readonly shadowLeft: Said<'warn', { readonly database: string; readonly reason: string }>;
  /** A migration made a subscription on a shadow, and its slot still exists on the publisher. */
  readonly subscription: Said<'warn', { readonly subscription: string; readonly slot: string }>;
  /** `new --from`: what the generated migration misses or would lose. */
  readonly generated: Said<'warn', { readonly file: string }>;
  /** `new --from`: something dropped and something new may be a rename. */
  readonly possibleRename: Said<
    'warn',
    { readonly kind: string; readonly from: string; readonly to: string }
  >;
  /** `new --from`: a schema, or another tool's table, is left as it is. */
  readonly leftAlone: Said<'info', { readonly schema: string } | { readonly table: string }>;
  /** `new --from`: the SQL makes what may be another tool's version table. */
  readonly versionTable: Said<'warn', { readonly table: string }>;
}

type EventsAt<Level extends Method> = {
  [Name in keyof Events]: Level extends Events[Name]['level'] ? Name : never;
}[keyof Events];

/** The fields of an event that is said at this level, with its name. */
export type EventAt<Level extends Method> = {
  [Name in EventsAt<Level>]: { readonly event: Name } & Events[Name]['fields'];
}[EventsAt<Level>];
