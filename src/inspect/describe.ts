import { describeSchema, type SchemaGraph } from '../schema/generate/index.ts';
import type { InspectContext } from './context.ts';
import { queryWithRetries } from './inspect.ts';
import { readOnlyPreamble } from './queries.ts';

/**
 * Describes the schema of the database that a run is connected to; reads only, as one moment has it.
 *
 * @param withPrivileges whether owners and grants are part of it.
 * @throws as `queryWithRetries`.
 */
export function describe(context: InspectContext, withPrivileges: boolean): Promise<SchemaGraph> {
  const { session, ledger, config } = context;
  return queryWithRetries(context, async () => {
    await session.run(`BEGIN; ${readOnlyPreamble(config.role)}`);
    try {
      return await describeSchema(session, { ledger, withPrivileges });
    } finally {
      if (!session.isLost) await session.run('ROLLBACK');
    }
  });
}
