import { SlipwayError } from '../core/index.ts';
import { type Inspection, queryWithRetries, readOnlyPreamble } from '../inspect/index.ts';
import { ledgerTable } from '../ledger/index.ts';
import { literal, readOnly } from '../postgres/index.ts';
import { mayNotMake, mayNotWrite, typeInTheWay } from './may-not.ts';
import type { Run } from './run.ts';

/**
 * Refuses where the role could not write what a plan asks for, with the words of `up`. Reads only. A standby is no
 * reason: the primary is asked by `up`.
 *
 * @throws SlipwayError (77) where the ledger may not be made or written, (81) where a type has its name, (78) where the role is read-only.
 */
export async function assertMayWrite(
  run: Run,
  { hasLedger, hasSchema, isStandby }: Inspection,
): Promise<void> {
  const { session, ledger, config } = run;
  const { greeting } = session;
  if (greeting.isReadOnly && !isStandby) {
    const { exit, text, remedy } = readOnly(greeting);
    throw new SlipwayError({ exit, message: text, remedy });
  }
  const [row] = await queryWithRetries(run, () =>
    session.rows(
      `${readOnlyPreamble(config.role)} SELECT ${mayQuery(hasLedger, hasSchema, ledger.schema)} AS may,
        EXISTS (SELECT FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                 WHERE n.nspname = ${literal(ledger.schema)} AND t.typname = 'ledger') AS is_taken`,
    ),
  );
  if (!hasLedger && row?.is_taken === true) throw typeInTheWay(ledger, null);
  if (row?.may === true) return;
  const maker = { ledger, role: config.role ?? greeting.user, database: greeting.database };
  throw hasLedger ? mayNotWrite(maker, null) : mayNotMake(maker, hasSchema, null);
}

function mayQuery(hasLedger: boolean, hasSchema: boolean, schema: string): string {
  if (hasLedger) {
    const table = literal(ledgerTable({ schema }));
    return `(SELECT bool_and(has_table_privilege(${table}, p)) FROM unnest(ARRAY['INSERT', 'UPDATE', 'SELECT']) AS p)`;
  }
  return hasSchema
    ? `has_schema_privilege(${literal(schema)}, 'CREATE') AND has_schema_privilege(${literal(schema)}, 'USAGE')`
    : `has_database_privilege(current_database(), 'CREATE')`;
}
