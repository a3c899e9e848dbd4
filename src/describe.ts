import { type Described, describeSchema } from './generate/described.ts';
import { asking } from './inspect.ts';
import { askPatiently } from './look.ts';
import type { Run } from './run.ts';

/**
 * Describes the schema of the database that a run is connected to; reads only, as one moment has it.
 *
 * @param withPrivileges whether owners and grants are part of it.
 * @throws as `askPatiently`.
 */
export function describe(run: Run, withPrivileges: boolean): Promise<Described> {
  const { session, ledger, config } = run;
  return askPatiently(run, async () => {
    await session.run(`BEGIN; ${asking(config.role)}`);
    try {
      return await describeSchema(session, { ledger, withPrivileges });
    } finally {
      if (!session.isLost) await session.run('ROLLBACK');
    }
  });
}
