import { existsSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { prepareToWrite } from '../../app/index.ts';
import { exitCodes, SlipwayError } from '../../core/index.ts';
import { createFiles } from '../../core/replace-file.ts';
import { listFiles } from '../../lockfile/bundled.ts';
import { isListedIn, readLock } from '../../lockfile/index.ts';
import { isMoment, namesOf, restamped, stemOf, versionAt, versionBefore } from '../../migrations/names.ts';
import { type FilePaths, readBaselineVersion, readMigrationSetIfAny } from '../../migrations/read.ts';
import { type CommandOptions, type Context, command, type FlagsOf } from '../command.ts';
import type { GeneratedFiles, NewFiles } from '../results.ts';
import { withProgress } from '../show-progress.ts';

const options = {
  restamp: {
    type: 'string',
    placeholder: 'FILE',
    summary: 'give a migration that was merged late a newer version',
  },
  from: {
    type: 'string',
    placeholder: 'SOURCE',
    summary:
      'write what turns head into SOURCE: a SQL file, the URL of a database, or - for the standard input',
  },
  'from-command': { type: 'string', placeholder: 'CMD', summary: 'the same, from the SQL that CMD prints' },
  rename: {
    type: 'string',
    placeholder: 'TABLE.OLD=NEW',
    isList: true,
    summary:
      'with --from: a column that is renamed, or SCHEMA.OLD=NEW for a table; `none`: no other; repeat for more',
  },
  keep: {
    type: 'string',
    placeholder: 'PATTERN',
    isList: true,
    summary: "with --from: leave such objects as they are, e.g. 'view *'; repeat for more",
  },
  'no-transaction': { type: 'boolean', summary: 'for a statement that cannot run in a transaction' },
  repeat: { type: 'boolean', summary: 'for a statement that is repeated in batches until it touches no row' },
  'no-down': { type: 'boolean', summary: 'make no down file' },
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const newMigration = command({
  summary: 'make a migration file, with the one that undoes it',
  positionals: '[NAME...]',
  options,
  description:
    'Makes migrations/VERSION_NAME.sql and its .down.sql; the version is the UTC time, and always newer than what is there. With --restamp it renames a migration and its down file. With --from it generates them: it builds head and the desired schema on a shadow, compares them, tries the files there on tables with rows, and lists in their first lines what they miss or would lose.',
  async run(context) {
    if (isGenerated(context)) return withProgress(context, generate);
    const paths = makeFiles(context);
    context.print(context.isJson ? JSON.stringify({ files: paths } satisfies NewFiles) : paths.join('\n'));
    return exitCodes.ok.code;
  },
});

/** @throws SlipwayError (64) for what cannot be meant, (66) where the file system does not let it. */
function makeFiles(context: Context<Flags>): string[] {
  const { restamp: file } = context.flags;
  return onDisk(context, () => (file !== undefined ? restamp(context, file) : create(context)));
}

const asNew = (path: string) => ({ path, setting: 'SLIPWAY_MIGRATIONS' });

/** @throws SlipwayError (66) where one cannot be written; none of them is there then. */
function writeFiles(paths: readonly string[], texts: readonly string[]): void {
  createFiles(paths.map((path, index) => ({ ...asNew(path), text: texts[index] ?? '' })));
}

function onDisk<T>(context: Context, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, path, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new SlipwayError(
      {
        exit: 'files',
        place: { file: path ?? context.config.migrations },
        message: `a migration cannot be written there (${code})`,
        remedy: 'Make the folder writable, or name another with SLIPWAY_MIGRATIONS.',
      },
      { cause: error },
    );
  }
}

function create({ config, flags, positionals, log }: Context<Flags>): string[] {
  const name = nameOf(positionals);
  const version = nextVersion(config, listed(config.migrations));
  const directive = flags['no-transaction'] ? '-- slipway: no-transaction\n' : '';
  const repeated = flags.repeat ? '-- slipway: repeat\n' : '';
  const names = namesOf(version, name);
  const [up, down] = [join(config.migrations, names.up), join(config.migrations, names.down)];
  const words = name.replaceAll('_', ' ');
  const paths = flags['no-down'] ? [up] : [up, down];
  prepareToWrite({ log }, paths.map(asNew));
  writeFiles(paths, [`${directive}${repeated}-- ${words}\n`, `${directive}-- undoes: ${words}\n`]);
  return paths;
}

/** @throws SlipwayError (64) for options that do not go together. */
function isGenerated({ flags }: Context<Flags>): boolean {
  const isAsked = flags.from !== undefined || flags['from-command'] !== undefined;
  const wrong = isAsked
    ? (['restamp', 'no-transaction', 'repeat'] as const).find((option) => flags[option] !== undefined)
    : (['rename', 'keep'] as const).find((option) => flags[option] !== undefined);
  if (flags.repeat && flags['no-transaction']) {
    throw new SlipwayError({
      exit: 'usage',
      message: '--repeat and --no-transaction do not go together',
      remedy: 'Leave one of them out: what is repeated runs in a transaction each time.',
    });
  }
  if (wrong === undefined) return isAsked;
  throw new SlipwayError({
    exit: 'usage',
    message: isAsked ? `--from and --${wrong} do not go together` : `--${wrong} goes only with --from`,
    remedy: 'slipway new --help says what goes with what.',
  });
}

async function generate(context: Context<Flags>): Promise<number> {
  const { config, flags, log } = context;
  const name = nameOf(context.positionals);
  const lock = readLock(config.lockfile);
  // What is to be generated is what head lacks: it must be the whole of head.
  listFiles(config, lock);
  const { head } = readMigrationSetIfAny(config, isListedIn(lock));
  const version = nextVersion(config, listed(config.migrations), head);
  const { autogenerate } = await import('../../autogenerate/index.ts');
  const { findDesiredSchema } = await import('../../autogenerate/index.ts');
  const desired = await findDesiredSchema(context);
  const names = namesOf(version, name);
  const up = join(config.migrations, names.up);
  const down = flags['no-down'] ? null : join(config.migrations, names.down);
  prepareToWrite(context, [up, down].filter((path) => path !== null).map(asNew));
  const generated = await autogenerate(context, desired, { version, name, up, down });
  const texts = generated.kind === 'other' ? [generated.up, generated.down] : [];
  const files = [up, down].filter(
    (path, at): path is string => path !== null && typeof texts[at] === 'string',
  );
  writeFiles(
    files,
    texts.filter((text) => text !== null),
  );
  const { leftAlone } = generated;
  const { statements, problems } = generated.kind === 'other' ? generated : { statements: 0, problems: [] };
  for (const problem of problems) log.warn({ event: 'generated', file: up }, problem);
  if (context.isJson)
    context.print(JSON.stringify({ files, statements, problems, leftAlone } satisfies GeneratedFiles));
  else context.print(generated.kind === 'other' ? files.join('\n') : nothingDiffers(desired.name, leftAlone));
  return exitCodes.ok.code;
}

function nothingDiffers(desired: string, leftAlone: readonly string[]): string {
  const same = `nothing differs: head already matches ${desired}`;
  if (leftAlone.length === 0) return same;
  const what = leftAlone.length === 1 ? 'the schema' : 'the schemas';
  return `${same}, apart from ${what} ${leftAlone.join(', ')}, of which it has nothing: left as ${leftAlone.length === 1 ? 'it is' : 'they are'}. To drop something there, write a migration by hand`;
}

function nameOf(positionals: readonly string[]): string {
  const name = positionals
    .join('_')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (name === '') {
    throw new SlipwayError({
      exit: 'usage',
      message: 'the migration has no name',
      remedy: 'Say what it does: slipway new add fee tier',
    });
  }
  return name;
}

function restamp({ config }: Context, file: string): string[] {
  const folder = existsSync(file) ? dirname(file) : config.migrations;
  const stem = stemOf(basename(file));
  const files = stem === null ? [] : listed(folder).filter((name) => stemOf(name) === stem);
  if (files.length === 0) {
    throw new SlipwayError({
      exit: 'usage',
      message: `--restamp: ${file} is not a migration in ${folder}/`,
      remedy: 'Name the file as it is, e.g. migrations/20251204093000_add_fee_tier.sql.',
    });
  }
  const others = listed(folder).filter((name) => !files.includes(name));
  const version = nextVersion(config, others);
  return files.map((name) => {
    const renamed = join(folder, restamped(name, version));
    renameSync(join(folder, name), renamed);
    return renamed;
  });
}

/**
 * Now, or one second after the newest version that is there, the baseline's and `head` among them.
 *
 * @throws SlipwayError (65) where nothing can be newer than what is there.
 */
function nextVersion({ baseline, migrations }: FilePaths, names: readonly string[], head = ''): string {
  const versions = names.map((name) => versionBefore(name) ?? '');
  const newest = [head, baselineVersion({ baseline, migrations }), ...versions].sort().at(-1) ?? '';
  const now = versionAt(new Date());
  if (newest < now) return now;
  const [year, month, day, hour, minute, second] = (newest.match(/^\d{4}|\d{2}/g) ?? []).map(Number);
  const next = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, (second ?? 0) + 1));
  const version = Number.isNaN(next.getTime()) ? '' : versionAt(next);
  if (version > newest && isMoment(version)) return version;
  throw new SlipwayError({
    exit: 'migration',
    message: `no version can be newer than ${newest}, the newest migration`,
    remedy: `First give that file a valid date and time as its version: slipway new --restamp ${migrations}/${newest}_*.sql`,
  });
}

/** What the baseline says its version is; empty where it says none. What else is wrong with it is for `check` to tell. */
function baselineVersion(paths: FilePaths): string {
  try {
    return readBaselineVersion(paths, () => true) ?? '';
  } catch (error) {
    if (error instanceof SlipwayError) return '';
    throw error;
  }
}

const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);
