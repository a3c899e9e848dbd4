import { snapshotFormat } from '../core/index.ts';
import type { Migration, Version } from '../migrations/index.ts';
import { clusterIdentifier, identifier, literal } from '../postgres/index.ts';
import { tokenDigest } from '../sql/token-digest.ts';
import { writtenColumns } from './cache.ts';
import { json } from './json.ts';
import type { LedgerRow, Repeated, StatementProgress } from './row.ts';
import { type LedgerName, ledgerFormat, ledgerTable, rowOf } from './table.ts';

/**
 * Makes the ledger, one statement each; the schema is only made where it is missing, since that takes a privilege on
 * the database.
 */
export function createLedger(ledger: LedgerName, hasSchema: boolean): string[] {
  const table = ledgerTable(ledger);
  return [
    ...(hasSchema ? [] : [`CREATE SCHEMA ${identifier(ledger.schema)}`]),
    `CREATE TABLE ${table} (
       app text NOT NULL,
       version text NOT NULL CHECK (version ~ '^[0-9]{14}$'),
       name text NOT NULL,
       kind text NOT NULL CHECK (kind IN ('baseline', 'migration')),
       origin text NOT NULL CHECK (origin IN ('applied', 'adopted')),
       state text NOT NULL CHECK (state IN ('running', 'done')),
       checksum text,
       started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
       finished_at timestamptz,
       duration_ms bigint,
       applied_by text NOT NULL DEFAULT session_user,
       slipway text NOT NULL,
       run text NOT NULL,
       transaction_id text NOT NULL DEFAULT pg_current_xact_id()::text,
       accepted jsonb,
       format smallint NOT NULL DEFAULT ${ledgerFormat},
       PRIMARY KEY (app, version)
     )`,
  ];
}

/** Says to a person who finds it what the table is. */
export const commentLedger = (ledger: LedgerName): string =>
  `COMMENT ON TABLE ${ledgerTable(ledger)} IS 'Which version of the schema this database has, and how it got there. Kept by Slipway.'`;

/** Who writes a row: the program's version and the run's identifier. */
export interface Author {
  readonly slipway: string;
  readonly run: string;
}

/** Inserts the row of a version that the database was found to have; `accepted` is what to keep of how. */
export function insertAdopted(
  ledger: LedgerName,
  migration: Migration,
  author: Author,
  accepted: object,
): string {
  return insert(ledger, migration, author, { origin: 'adopted', state: 'done', accepted });
}

/**
 * `accepted` holds the digest of the tokens too: a checksum alone does not tell how much an edit changed; and what a
 * baseline took in, by which an image from before it knows its files. Nothing is left to the table's defaults: a ledger
 * that somebody copied or restored may have lost them.
 */
function insert(
  ledger: LedgerName,
  migration: Migration,
  { slipway, run }: Author,
  { origin, state, accepted = {} }: Pick<LedgerRow, 'origin' | 'state'> & { readonly accepted?: object },
): string {
  const { version, name, kind, source, takenIn } = migration;
  const kept = { ...withFormat(accepted), tokens: tokenDigest(migration), takenIn };
  const values = [ledger.app, version, name, kind, origin, state, source.checksum, slipway, run].map(literal);
  const finished = state === 'done' ? 'clock_timestamp()' : 'NULL';
  return `INSERT INTO ${ledgerTable(ledger)}
    (app, version, name, kind, origin, state, checksum, slipway, run, started_at, finished_at, accepted, applied_by, transaction_id, format)
    VALUES (${values.join(', ')}, clock_timestamp(), ${finished}, ${json(kept)}, session_user, pg_current_xact_id()::text, ${ledgerFormat})`;
}

/** What is accepted, with the format of its hashes where it has any. */
const withFormat = (accepted: { readonly objects?: LedgerRow['accepted'] }): object =>
  Object.keys(accepted.objects ?? {}).length === 0 ? accepted : { ...accepted, snapshotFormat };

/** What the body of a migration stands between: the statements that begin its row, and the one that ends it. */
export interface LedgerWrite {
  readonly open: readonly string[];
  /** Touches exactly one row, or the body did what it must not. */
  readonly close: string;
}

/**
 * Holds a close to the transaction that the row was opened in: no row is touched where the body ended that
 * transaction, since the transaction's identifier is another one then, or took the row away. The server then refuses
 * the statement (22012, division_by_zero), and with it the COMMIT that follows in the same message. Its one row is what
 * `cacheAfter` is told.
 */
export const inSameTransaction = ({ open, close }: LedgerWrite): LedgerWrite => ({
  open,
  close: telling(`${close} AND transaction_id = pg_current_xact_id()::text`, '1 / count(*)'),
});

/** A close that counts the rows that it touched, `closed`; its one row is what `cacheAfter` is told. */
export const countingClose = ({ close }: LedgerWrite): string => telling(close, 'count(*)::int');

const telling = (close: string, closed: string): string =>
  `WITH closed AS (${close} RETURNING ${writtenColumns})
    SELECT ${closed} AS closed, max(mark) AS mark, json_agg(written) -> 0 AS written FROM closed`;

/** Applies a version: inserts its row as running, then completes it. */
export const applying = (ledger: LedgerName, migration: Migration, author: Author): LedgerWrite => ({
  open: [insert(ledger, migration, author, { origin: 'applied', state: 'running' })],
  close: complete(ledger, migration.version),
});

/**
 * Applies a version in batches, each in a transaction of its own: the row stays as running between them, with how many
 * there were. Its transaction is that of the first one: what the later ones write has higher numbers, and so is told to
 * be of this version too.
 */
export const repeating = (ledger: LedgerName, migration: Migration, author: Author): LedgerWrite => ({
  open: [
    insert(ledger, migration, author, {
      origin: 'applied',
      state: 'running',
      accepted: { repeat: { batches: 0, rows: 0 } },
    }),
  ],
  close: complete(ledger, migration.version),
});

/**
 * Counts a batch in the row of a version that is repeated, which must be running (else the server refuses it, 22012);
 * `written` is the row.
 */
export function countBatch(ledger: LedgerName, version: Version, touched: number): string {
  const repeat = (key: keyof Repeated, more: number): string =>
    `'${key}', coalesce((accepted #>> '{repeat,${key}}')::bigint, 0) + ${more}`;
  return telling(
    `UPDATE ONLY ${ledgerTable(ledger)}
      SET accepted = coalesce(accepted, '{}') || jsonb_build_object('repeat', jsonb_build_object(${repeat('batches', 1)}, ${repeat('rows', touched)}))
    WHERE ${rowOf(ledger, version)} AND state = 'running'`,
    '1 / count(*)',
  );
}

/** As `inSameTransaction`, of a row that an earlier transaction may have opened. */
export const inOwnRow = ({ open, close }: LedgerWrite): LedgerWrite => ({
  open,
  close: telling(close, '1 / count(*)'),
});

/** A file that a person read, which brought one database to a version; kept with that version's row. */
export interface AppliedFix {
  readonly file: string;
  readonly checksum: string;
}

/**
 * Adopts a database by a fix: the rows of the versions that it is to have, the last of them (and so the newest)
 * running until the fix is proved.
 */
export const adoptingBy = (
  ledger: LedgerName,
  migrations: readonly Migration[],
  author: Author,
  { accepted, fix }: { readonly accepted: object; readonly fix: AppliedFix },
): LedgerWrite => ({
  open: migrations.map((migration, index) =>
    index < migrations.length - 1
      ? insertAdopted(ledger, migration, author, accepted)
      : insert(ledger, migration, author, {
          origin: 'adopted',
          state: 'running',
          accepted: { ...accepted, fixes: [fix] },
        }),
  ),
  close: complete(ledger, migrations.at(-1)?.version ?? ''),
});

/** Repairs a database by a fix: the row of its version says so, and is running until the fix is proved. */
export const repairingBy = (ledger: LedgerName, version: Version, fix: AppliedFix): LedgerWrite => ({
  open: [
    `UPDATE ONLY ${ledgerTable(ledger)} SET state = 'running', transaction_id = pg_current_xact_id()::text,
      accepted = coalesce(accepted, '{}') || jsonb_build_object('fixes', coalesce(accepted -> 'fixes', '[]') || ${json(fix)})
    WHERE ${rowOf(ledger, version)}`,
  ],
  close: restore(ledger, version),
});

/** Undoes a version: marks its row as running, then removes it. */
export const undoing = (ledger: LedgerName, version: Version): LedgerWrite => ({
  open: [
    `UPDATE ONLY ${ledgerTable(ledger)} SET state = 'running', transaction_id = pg_current_xact_id()::text
    WHERE ${rowOf(ledger, version)}`,
  ],
  close: remove(ledger, version),
});

/**
 * Completes a row that is running, and notes which cluster numbered its transaction: here and not where the row is made,
 * since pg_stat_activity shows the first kilobyte of a message, which is to have the migration in it.
 */
const complete = (ledger: LedgerName, version: Version): string =>
  `UPDATE ONLY ${ledgerTable(ledger)}
      SET state = 'done', finished_at = clock_timestamp(),
          duration_ms = extract(epoch FROM clock_timestamp() - started_at) * 1000,
          accepted = (coalesce(accepted, '{}') - 'steps') || jsonb_build_object('cluster', ${clusterIdentifier})
    WHERE ${rowOf(ledger, version)} AND state = 'running'`;

/** Notes in a version's row what is accepted as different from now on; `objects` as in `LedgerRow.accepted`. */
export const accept = (
  ledger: LedgerName,
  version: Version,
  objects: LedgerRow['accepted'],
  state: LedgerRow['state'] = 'running',
): string =>
  `UPDATE ONLY ${ledgerTable(ledger)} SET accepted = coalesce(accepted, '{}') || ${json(withFormat({ objects }))}
    WHERE ${rowOf(ledger, version)} AND state = ${literal(state)}`;

/**
 * Notes how far the file of a version that is running has come, and which text of the file that is; the server refuses it
 * (22012) where there is no such row.
 */
export const reach = (
  ledger: LedgerName,
  { version, source, ...script }: Migration,
  steps: StatementProgress,
): string =>
  oneRow(`UPDATE ONLY ${ledgerTable(ledger)} SET checksum = ${literal(source.checksum)},
      accepted = coalesce(accepted, '{}') || ${json({ tokens: tokenDigest({ ...script, source }), steps })}
    WHERE ${rowOf(ledger, version)} AND state = 'running'`);

/** As `reach`, of the file that undoes a version. */
export const reachUndoing = (ledger: LedgerName, version: Version, steps: StatementProgress): string =>
  oneRow(`UPDATE ONLY ${ledgerTable(ledger)}
      SET accepted = coalesce(accepted, '{}') || ${json({ steps: { ...steps, undoing: true } })}
    WHERE ${rowOf(ledger, version)} AND state = 'running'`);

const oneRow = (update: string): string =>
  `WITH touched AS (${update} RETURNING 1) SELECT 1 / count(*) FROM touched`;

/** Removes the row of a version that is running. */
export const remove = (ledger: LedgerName, version: Version): string =>
  `DELETE FROM ONLY ${ledgerTable(ledger)} WHERE ${rowOf(ledger, version)} AND state = 'running'`;

/** Puts the row of a version whose undoing was refused back to what it was. */
export const restore = (ledger: LedgerName, version: Version, state: LedgerRow['state'] = 'done'): string =>
  `UPDATE ONLY ${ledgerTable(ledger)} SET state = ${literal(state)}, accepted = accepted - 'steps'
    WHERE ${rowOf(ledger, version)} AND state = 'running'`;

/** Lets a role read the ledger, so that `wait` runs with the app's own credentials. */
export const grantReader = (ledger: LedgerName, role: string): string =>
  `GRANT USAGE ON SCHEMA ${identifier(ledger.schema)} TO ${identifier(role)};
   GRANT SELECT ON ${ledgerTable(ledger)} TO ${identifier(role)}`;
