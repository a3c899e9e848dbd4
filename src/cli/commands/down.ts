import { exitCodes } from '../../core/index.ts';
import { withRun } from '../../migrate/index.ts';
import { undoNewest } from '../../migrate/own-script.ts';
import { command } from '../command.ts';
import type { Undone } from '../results.ts';
import { describeWhere, whereOf } from '../where.ts';

export const down = command({
  summary: 'undo the newest version, by its down file',
  positionals: '',
  options: {},
  description:
    'Runs the down file of the newest version in the ledger and removes its row, in one transaction. Refuses where there is no down file, or the migration is marked irreversible.',
  async run(context) {
    const { undone, database } = await withRun(context, { isWriter: true }, async (run) => ({
      undone: await undoNewest(run),
      database: whereOf(run),
    }));
    const words = `undone ${undone.version}_${undone.name} in ${undone.ms} ms, in ${describeWhere(database)}`;
    context.log.info(
      { event: 'undone', version: undone.version, name: undone.name, ms: undone.ms, database },
      words,
    );
    context.writeTerminationMessage(words, []);
    if (context.isJson) context.print(JSON.stringify({ undone, database } satisfies Undone));
    return exitCodes.ok.code;
  },
});
