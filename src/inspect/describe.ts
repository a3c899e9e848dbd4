import { type Described, describeSchema } from '../schema/generate/index.ts';
import type { InspectContext } from './context.ts';
import { askPatiently } from './inspect.ts';
import { asking } from './queries.ts';

/**
 * Describes the schema of the database that a run is connected to; reads only, as one moment has it.
 *
 * @param withPrivileges whether owners and grants are part of it.
 * @throws as `askPatiently`.
 */
export function describe(context: InspectContext, withPrivileges: boolean): Promise<Described> {
  const { session, ledger, config } = context;
  return askPatiently(context, async () => {
    await session.run(`BEGIN; ${asking(config.role)}`);
    try {
      return await describeSchema(session, { ledger, withPrivileges });
    } finally {
      if (!session.isLost) await session.run('ROLLBACK');
    }
  });
}
