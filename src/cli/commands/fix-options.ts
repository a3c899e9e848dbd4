import { count, exitCodes, SlipwayError } from '../../core/index.ts';
import type { FixedBy, WrittenFix } from '../../reconcile/index.ts';
import type { CommandOptions, Context, FlagsOf } from '../command.ts';
import type { Fixed, FixWritten } from '../results.ts';

/** What `adopt` and `repair` have in common. */
export const fixOptions = {
  'write-fix': {
    type: 'string',
    placeholder: 'FILE',
    summary: 'write the SQL that brings this database there (-: print it); the database is only read',
  },
  fix: {
    type: 'string',
    placeholder: 'FILE',
    summary: 'run such a file in one transaction; commit only if the schema then matches',
  },
  rename: {
    type: 'string',
    placeholder: 'TABLE.OLD=NEW',
    isList: true,
    summary:
      'with --write-fix: a column that was renamed, or SCHEMA.OLD=NEW for a table; `none`: no other; repeat for more',
  },
  stepwise: {
    type: 'boolean',
    summary:
      'with --write-fix: in parts that are committed one after the other, each of which keeps nobody waiting for long',
  },
} as const satisfies CommandOptions;

type FixFlags = FlagsOf<typeof fixOptions>;

export interface FixAsked {
  readonly option: 'write-fix' | 'fix';
  readonly file: string;
}

/**
 * Which of the two is asked for, with its file; null: neither.
 *
 * @param apart the command's options that neither goes with.
 * @throws SlipwayError (64) for both at once, for a file without a name, and beside an option that it cannot stand with.
 */
export function fixAsked<Flags extends FixFlags>(
  { name, flags }: Context<Flags>,
  apart: readonly (keyof Flags & string)[],
): FixAsked | null {
  const { 'write-fix': toWrite, fix: toRun } = flags;
  if (flags.rename !== undefined && toWrite === undefined) {
    throw new SlipwayError({
      exit: 'usage',
      message: '--rename goes only with --write-fix',
      remedy: `Give both: slipway ${name} --write-fix FILE --rename ${flags.rename}`,
    });
  }
  if (flags.stepwise === true && toWrite === undefined) {
    throw new SlipwayError({
      exit: 'usage',
      message: '--stepwise goes only with --write-fix',
      remedy: `Write the fix so: slipway ${name} --write-fix FILE --stepwise; --fix FILE then commits it in its parts.`,
    });
  }
  if (toWrite === undefined && toRun === undefined) return null;
  const option = toWrite === undefined ? 'fix' : 'write-fix';
  const file = flags[option];
  const others: readonly (keyof Flags & string)[] = [...apart, option === 'fix' ? 'write-fix' : 'fix'];
  const other = others.find((candidate) => flags[candidate] !== undefined);
  if (other !== undefined || file === undefined || file === '') {
    throw new SlipwayError({
      exit: 'usage',
      message:
        other === undefined ? `--${option} names no file` : `--${option} and --${other} do not go together`,
      remedy: `slipway ${name} --write-fix FILE writes it; read it; slipway ${name} --fix FILE runs it.`,
    });
  }
  return { option, file };
}

/** Says what was written; returns the exit code. */
export function reportWritten(context: Context, written: WrittenFix): number {
  const { version, file, text, statements, left } = written;
  const fix = { version, file, statements, left };
  const words =
    file === null
      ? `nothing to fix: the schema already matches ${version}`
      : `${text === null ? file : 'what is printed'} brings this database to ${version}: ${count(statements, 'statement')}${left.length > 0 ? `, and ${count(left.length, 'object')} left for you: ${left.join(', ')}` : ''}`;
  context.log[left.length > 0 ? 'warn' : 'info']({ event: 'fixWritten', ...fix }, words);
  if (context.isJson)
    context.print(JSON.stringify({ fix: text === null ? fix : { ...fix, text } } satisfies FixWritten));
  else if (text !== null) context.printFile(`${text.trimEnd()}\n`);
  return exitCodes.ok.code;
}

/** Says what a fix did; returns the exit code. */
export function reportFixed(context: Context, fixed: FixedBy): number {
  const { version, recorded, fix, ms } = fixed;
  const words =
    recorded > 0
      ? `${fix.file} ran in ${ms} ms; adopted at ${version}: ${count(recorded, 'version')} recorded`
      : `${fix.file} ran in ${ms} ms; the schema matches ${version} again`;
  context.log.info({ event: 'fixed', version, recorded, fix, ms }, words);
  if (context.isJson) context.print(JSON.stringify({ fixed: version, recorded, fix, ms } satisfies Fixed));
  return exitCodes.ok.code;
}
