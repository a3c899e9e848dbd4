import { identifier } from '../postgres/index.ts';
import { snapshotQuery } from '../schema/catalog/index.ts';
import type { InspectOptions } from './inspection.ts';

/** What may end a statement or a session of ours. */
const limits = [
  'statement_timeout',
  'transaction_timeout',
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
  'exit_on_error',
] as const;

/**
 * Ahead of a inspect the whole schema in a transaction of ours. To compile it takes longer than to run it, a minute
 * where nobody has analyzed a schema that was just made (PostgreSQL docs 32.2); and its tables are joined in the order
 * in which it names them (docs 14.3).
 */
export const cheapPlans = 'SET LOCAL jit = off; SET LOCAL join_collapse_limit = 1';

/**
 * Ahead of every query: nothing can be written, nothing is looked up outside of pg_catalog, no lock is queued for
 * long, no limit of the role ends it (that to a transaction is there from 17 on, PostgreSQL docs 20.11.1), and no view
 * or foreign table of a user is read (restrict_nonsystem_relation_kind, from 14.13, 15.8, 16.4 and 17 on), and to plan
 * a query computes no CHECK of a table. The second
 * statement tells what the limits were.
 */
export const readOnlyPreamble = (role: string | null): string =>
  [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
    `SELECT ${limits.map((name) => `pg_catalog.current_setting('${name}', true) AS ${name}`).join(', ')}, pg_catalog.set_config('statement_timeout', '0', true)`,
    'SET LOCAL search_path = pg_catalog, pg_temp',
    `SELECT set_config(s.name, s.value, true) FROM (VALUES ('transaction_timeout', '0'), ('restrict_nonsystem_relation_kind', 'view, foreign-table')) AS s(name, value) WHERE current_setting(s.name, true) IS NOT NULL`,
    `SET LOCAL lock_timeout = '1s'; SET LOCAL idle_in_transaction_session_timeout = 0`,
    `${cheapPlans}; SET LOCAL constraint_exclusion = off; ${asRole(role)}`,
  ].join('; ');

export const asRole = (role: string | null): string =>
  role === null ? '' : `SET LOCAL ROLE ${identifier(role)}; `;

export const snapshotOf = ({ ledger, lock }: InspectOptions): string =>
  snapshotQuery({ ledger, withPrivileges: lock?.options.privileges ?? false });
