import { seconds } from '../core/index.ts';
import { literal, type Row } from '../postgres/index.ts';
import type { LedgerName } from './table.ts';
import { advisoryKey } from './table.ts';

/** Takes the app's lock for the transaction that has begun, if it is free; the row says `locked`. */
export const tryTransactionLock = (ledger: LedgerName): string =>
  `SELECT pg_try_advisory_xact_lock(${advisoryKey(ledger)}) AS locked`;

/** Takes the app's lock for the session, if it is free. */
export const trySessionLock = (ledger: LedgerName): string =>
  `SELECT pg_catalog.pg_try_advisory_lock(${advisoryKey(ledger)}) AS locked`;

/** The first line of a message, by which pg_stat_activity shows what it is of, however long what follows. */
export const headline = (title: string): string => `-- slipway: ${title.replaceAll(/[\r\n]/g, ' ')}\n`;

/** What `describeSession` is told, of the row of pg_stat_activity with this alias. */
export const sessionColumns = (alias: string): string =>
  `${alias}.pid, ${alias}.application_name, ${alias}.usename, ${alias}.client_addr::text AS address, ${alias}.state,
      extract(epoch FROM clock_timestamp() - ${alias}.xact_start) * 1000 AS since_ms,
      coalesce(substring(${alias}.query FROM E'^-- slipway: ([^\\n]*)'), btrim(substring(${alias}.query FROM E'^(?:[[:space:]]+|--[^\\n]*\\n)*((?:[A-Za-z_]+[[:space:]]+){0,3}[A-Za-z_]+)'))) AS runs`;

/** Who holds the app's lock: at most one row (PostgreSQL docs 53.13: a 64-bit key is split over classid and objid). */
export function holderQuery(ledger: LedgerName): string {
  const key = BigInt.asUintN(64, BigInt(advisoryKey(ledger)));
  return `SELECT ${sessionColumns('a')}
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND l.classid = ${literal(String(key >> 32n))}::oid AND l.objid = ${literal(String(key & 0xffffffffn))}::oid
   LIMIT 1`;
}

/** The part of a run's identifier that its sessions carry in their application_name. */
export const shortId = (run: string): string => run.slice(0, 8);

/** Whether a run has a session in this database; the row says `connected`. Behind a pooler it may have one unseen. */
export const isConnectedQuery = (run: string): string =>
  `SELECT EXISTS (SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND strpos(application_name, ${literal(shortId(run))}) > 0) AS connected`;

/**
 * A session of the server in words: which process, whose, from where, since when, and the first words of what it runs
 * or ran last: a step of Slipway's by its title. No more than words: what follows them may hold a secret.
 */
export function describeSession(row: Row): string {
  const parts = [
    `process ${String(row.pid)}`,
    row.application_name ? `"${String(row.application_name)}"` : null,
    row.usename ? `role "${String(row.usename)}"` : null,
    row.address ? `from ${String(row.address)}` : null,
    row.state ? String(row.state) : null,
    row.since_ms !== null && row.since_ms !== undefined
      ? `since ${seconds(Math.max(0, Number(row.since_ms)))}`
      : null,
    row.runs
      ? `${row.state === 'active' ? 'runs' : 'last ran'} ${String(row.runs).replace(/\s+/g, ' ')}`
      : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}
