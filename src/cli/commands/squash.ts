import { cwd } from 'node:process';
import { prepareToWrite } from '../../app/index.ts';
import { describeProblem, readAll } from '../../check/index.ts';
import { count, exitCodes, nowMs, SlipwayError } from '../../core/index.ts';
import { isListedIn, requireLock } from '../../lockfile/index.ts';
import { isCutOff } from '../../lockfile/problems.ts';
import type { Superseded } from '../../migrations/index.ts';
import { upTo } from '../../shadow/index.ts';
import {
  decisionsOf,
  moveSuperseded,
  packageVersion,
  type Squashed,
  type SquashInput,
  squash,
  squashedFiles,
  supersededBy,
  type Written,
  writeSquashed,
} from '../../squash/index.ts';
import { type CommandOptions, type Context, command, type FlagsOf } from '../command.ts';
import type { Disagrees, NothingToSquash, SquashDone, SquashPrinted } from '../results.ts';
import { withProgress } from '../show-progress.ts';
import { decisionOptions } from './squash-options.ts';

const options = {
  keep: { type: 'boolean', summary: 'leave the squashed files where they are' },
  'carried-by': {
    type: 'string',
    placeholder: 'VERSION',
    summary: "the last image version that contains them; default the nearest package.json's",
  },
  'dry-run': { type: 'boolean', summary: 'print the new baseline, and write nothing' },
  ...decisionOptions,
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const squashCommand = command({
  summary: 'roll the baseline forward: one file of baseline and migrations, proved to make the same database',
  positionals: '',
  options,
  description:
    'Replays the baseline and every migration on a shadow database, makes the new baseline from the schema and rows there, loads it into an empty database, and compares the two. Only then does it write the baseline, with the lock, and move the squashed files to migrations/superseded/, where lagging databases still find them. If it needs a decision of yours, it ends with 1 and lists each with file, line and the option that decides it.',
  run: (context) => withProgress(context, squashFiles),
});

async function squashFiles(context: Context<Flags>): Promise<number> {
  const startedAt = nowMs();
  const input = readInput(context);
  const isDry = context.flags['dry-run'] === true;
  const folded = upTo(input.set, input.set.head).migrations.map(({ version }) => version);
  if (folded.length === 0 && !isDry) return nothingToFold(context, input);
  const superseded = supersededBy(input, isDry ? '' : carriedBy(context));
  if (!isDry) prepareToWrite(context, squashedFiles(context.config, context.flags.keep === true));
  const squashed = await squash(context, input, decisionsOf(context.flags));
  const ms = Math.round(nowMs() - startedAt);
  if (squashed.kind === 'stopped') {
    const { problems } = squashed;
    if (context.isJson) context.print(JSON.stringify({ ok: false, problems, ms } satisfies Disagrees));
    else context.print(problems.flatMap(describeProblem).join('\n'));
    return exitCodes.no.code;
  }
  const made = {
    version: input.set.head,
    folded,
    objects: squashed.made.snapshot.size,
    ms,
    ...counts(squashed),
  };
  if (isDry) {
    if (context.isJson)
      context.print(JSON.stringify({ ok: true, ...made, baseline: squashed.text } satisfies SquashPrinted));
    else context.printFile(`${squashed.text.trimEnd()}\n`);
    return exitCodes.ok.code;
  }
  const written = writeSquashed(context.config, input, squashed, {
    superseded,
    isKept: context.flags.keep === true,
  });
  if (context.isJson) context.print(JSON.stringify({ ok: true, ...made, ...written } satisfies SquashDone));
  else context.print(describe(context, made, written).join('\n'));
  return exitCodes.ok.code;
}

/** @throws SlipwayError (65, 66, 83), also where there is no lock. */
function readInput({ config }: Context): SquashInput {
  const lock = requireLock(config.lockfile);
  const files = readAll(config, { lock, isListed: isListedIn(lock) });
  const set = { ...files, superseded: lock.superseded };
  return { set, lock, isResumed: isCutOff(lock, set) };
}

/** @throws SlipwayError (64) where nothing says it. */
function carriedBy({ flags }: Context<Flags>): string {
  const given = flags['carried-by'] ?? packageVersion(cwd());
  if (given !== null && given !== '') return given;
  throw new SlipwayError({
    exit: 'usage',
    message:
      'there is no package.json with a version, so the last image that contains these files is not known',
    remedy: 'Name it, for databases that lag: slipway squash --carried-by 1.4.0',
  });
}

/** The baseline stays as it is: databases are held to the very bytes of it. */
function nothingToFold(context: Context<Flags>, { set, lock }: SquashInput): number {
  const known: readonly Superseded[] = lock.superseded;
  const moved = context.flags.keep === true ? [] : moveSuperseded(context.config, set, known);
  const result: NothingToSquash = { ok: true, version: set.head, folded: [], written: [], moved };
  const also = moved.length > 0 ? `; ${moved.length} superseded files moved` : '';
  context.print(
    context.isJson
      ? JSON.stringify(result)
      : `the baseline is at head already, ${set.head}: nothing to squash${also}`,
  );
  return exitCodes.ok.code;
}

const counts = ({ rows, sequences, kept }: Squashed) => ({ rows, sequences, kept });

interface Made extends Pick<Squashed, 'rows' | 'sequences' | 'kept'> {
  readonly version: string;
  readonly folded: readonly string[];
  readonly objects: number;
  readonly ms: number;
}

function describe({ config }: Context, made: Made, { written, moved }: Written): string[] {
  const tables = Object.values(made.rows);
  const rows = tables.reduce((sum, n) => sum + n, 0);
  return [
    `${config.baseline} is now ${made.version}, with ${count(made.folded.length, 'migration')} squashed: ${made.folded.join(', ')}`,
    `it holds ${[
      count(made.objects, 'object'),
      ...(rows > 0 ? [`${count(rows, 'row')} in ${count(tables.length, 'table')}`] : []),
      ...(made.kept > 0 ? [`${count(made.kept, 'section')} kept as they are`] : []),
    ].join(', ')}`,
    `proved: in an empty database it makes the same schema, the same rows and the same sequences (${made.ms} ms)`,
    `written: ${written.join(', ')}`,
    ...(moved.length > 0 ? [`moved: ${moved.join(', ')}; keep them as long as a database may lag`] : []),
    'Commit all of it.',
  ];
}
