import { changesBetween } from '../../../src/schema/generate/changes/changes.ts';
import { formatChanges } from '../../../src/schema/generate/changes/text.ts';
import { describeSchema } from '../../../src/schema/generate/describe-schema.ts';
import { openSession } from '../databases.ts';
import type { Adapter } from '../engine.ts';

const options = { ledger: { schema: 'slipway', app: 'default' }, withPrivileges: true };

/** What Slipway's own generator writes, before it proves it on a shadow. */
export const write: Adapter['write'] = async (before, after) => {
  const sessions = [await openSession(before), await openSession(after)] as const;
  try {
    const [is, wished] = [
      await describeSchema(sessions[0], options),
      await describeSchema(sessions[1], options),
    ];
    const changes = changesBetween(is, wished, {
      drops: 'write',
      renames: { columns: new Map(), tables: new Map() },
      purpose: 'migration',
    });
    const hasStatements = changes.some(({ kind }) => kind === 'statement');
    return {
      units: hasStatements ? [{ sql: formatChanges(changes, []), isTransactional: true }] : [],
      left: changes.flatMap((change) =>
        change.kind === 'manual' ? [`${change.object}: ${change.reason}`] : [],
      ),
    };
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
};
