import { setVariables } from './around-body.ts';
import { runBody } from './body.ts';
import { ownSession, searchPath, settingsOf } from './open-outside.ts';
import type { Run } from './run.ts';
import type { StatementPart } from './statement-part.ts';

/** A statement of ours, in a message of its own, which makes it a transaction. */
export const own = (sql: string): string => `${searchPath}; ${sql}`;

/** Makes the session what a statement is to find: what Slipway sets, the variables, and what the file sets before it. */
export async function setUp(run: Run, { work, settings }: StatementPart): Promise<void> {
  await run.session.run([...ownSession(run), ...settingsOf(run, work)].join('; '));
  await setVariables(run, 'SESSION');
  for (const setting of settings) await runBody(run.session, setting);
}
