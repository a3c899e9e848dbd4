import { count, exitCodes, SlipwayError } from '../../core/index.ts';
import { withRun } from '../../migrate/index.ts';
import { type UndoneVersion, undo } from '../../migrate/own-script.ts';
import { isVersion } from '../../migrations/names.ts';
import type { DownTarget } from '../../plan/undoing.ts';
import { type CommandOptions, command, type FlagsOf } from '../command.ts';
import type { Undone } from '../results.ts';
import { describeWhere, whereOf } from '../where.ts';

const options = {
  to: {
    type: 'string',
    placeholder: 'VERSION',
    summary: 'undo every version that is newer than this one',
  },
  steps: {
    type: 'string',
    placeholder: 'N',
    summary: 'undo so many versions, the newest first; 1 without it',
  },
  'accept-data-loss': { type: 'boolean', summary: 'undo also what takes rows away that cannot be had again' },
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const down = command({
  summary: 'undo the newest version, by its down file',
  positionals: '',
  options,
  description:
    'Runs the down file of the newest version in the ledger and removes its row, in one transaction; with --to or --steps those of several, each in its own. If one of them cannot be undone (it has no down file, is marked irreversible, or is the baseline), that is said and nothing is undone. A down file that takes rows away, or values of a column, is rolled back: what would be lost is counted and named, and --accept-data-loss lets it go.',
  async run(context) {
    const target = targetOf(context.flags);
    const { versions, database } = await withRun(context, { isWriter: true }, async (run) => {
      const where = whereOf(run);
      const tell = ({ version, name, ms }: UndoneVersion): void =>
        context.log.info(
          { event: 'undone', version, name, ms, database: where },
          `undone ${version}_${name} in ${ms} ms, in ${describeWhere(where)}`,
        );
      const mayLose = context.flags['accept-data-loss'] === true;
      return { versions: await undo(run, { target, mayLose, undone: tell }), database: where };
    });
    context.writeTerminationMessage(`${inShort(versions)}, in ${describeWhere(database)}`, []);
    const undone = versions.at(-1) ?? null;
    if (context.isJson) context.print(JSON.stringify({ undone, versions, database } satisfies Undone));
    else if (versions.length !== 1) context.print(`${inShort(versions)}, in ${describeWhere(database)}`);
    return exitCodes.ok.code;
  },
});

/** @throws SlipwayError (64) for what is no version, no number, or both. */
function targetOf({ to, steps }: Flags): DownTarget {
  const bad = (message: string, remedy: string): SlipwayError =>
    new SlipwayError({ exit: 'usage', message, remedy });
  if (to !== undefined) {
    if (steps !== undefined)
      throw bad('--to and --steps both say how far', 'Give one of them: slipway down --to VERSION');
    if (!isVersion(to))
      throw bad(`--to ${to}: not a version`, 'Write its 14 digits; slipway status --all lists them.');
    return { kind: 'to', version: to };
  }
  if (steps === undefined) return { kind: 'steps', steps: 1 };
  if (!/^[1-9]\d{0,8}$/.test(steps))
    throw bad(`--steps ${steps}: not a number of versions`, 'Write how many, e.g. --steps 2');
  return { kind: 'steps', steps: Number(steps) };
}

function inShort(versions: readonly UndoneVersion[]): string {
  const [first] = versions;
  const last = versions.at(-1);
  if (!first || !last) return 'nothing to undo: the database is there already';
  const names = versions.length === 1 ? '' : `${count(versions.length, 'version')}, `;
  return `undone ${names}${first.version}_${first.name}${versions.length === 1 ? ` in ${first.ms} ms` : ` down to ${last.version}_${last.name}`}`;
}
