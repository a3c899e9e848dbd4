import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { exitCodes, SlipwayError } from '../errors.ts';
import { type FilePaths, readMigrationSetIfAny } from '../files.ts';
import type { Command, Context } from './command.ts';

export const newMigration: Command = {
  summary: 'make a migration file, with the one that undoes it',
  positionals: '[NAME...]',
  options: {
    restamp: {
      type: 'string',
      placeholder: 'FILE',
      summary: 'give a file that a merge left behind a newer version',
    },
    from: {
      type: 'string',
      placeholder: 'SOURCE',
      summary: 'write what turns head into SOURCE: a SQL file, or the URL of a database',
    },
    'from-command': { type: 'string', placeholder: 'CMD', summary: 'the same, from the SQL that CMD prints' },
    rename: {
      type: 'string',
      placeholder: 'TABLE.OLD=NEW',
      isList: true,
      summary: 'with --from: a column, or SCHEMA.OLD=NEW a table, that got another name; again for more',
    },
    keep: {
      type: 'string',
      placeholder: 'PATTERN',
      isList: true,
      summary: "with --from: leave such objects as they are, e.g. 'view *'; again for more",
    },
    'no-transaction': { type: 'boolean', summary: 'for a statement that cannot run in a transaction' },
    'no-down': { type: 'boolean', summary: 'make no down file' },
  },
  description:
    'Makes migrations/VERSION_NAME.sql and its .down.sql; the version is the UTC time, and always newer than what is there. With --restamp it renames a migration and its down file. With --from it writes them: head and the wished schema are built on a shadow and compared, the files are tried there on tables with rows, and what they do not reach or would lose stands in their first lines.',
  async run(context) {
    if (isGenerated(context)) return generate(context);
    const paths = makeFiles(context);
    context.print(context.isJson ? JSON.stringify({ files: paths }) : paths.join('\n'));
    return exitCodes.ok.code;
  },
};

/** @throws SlipwayError (64) for what cannot be meant, (66) where the file system does not let it. */
function makeFiles(context: Context): string[] {
  const { restamp: file } = context.flags;
  return onDisk(context, () => (typeof file === 'string' ? restamp(context, file) : create(context)));
}

function writeFiles(context: Context, texts: readonly string[], paths: readonly string[]): void {
  onDisk(context, () => {
    mkdirSync(context.config.migrations, { recursive: true });
    for (const [index, path] of paths.entries()) writeFileSync(path, texts[index] ?? '', { flag: 'wx' });
  });
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

function create({ config, flags, positionals }: Context): string[] {
  const name = nameOf(positionals);
  mkdirSync(config.migrations, { recursive: true });
  const version = nextVersion(config, config.migrations);
  const directive = flags['no-transaction'] ? '-- slipway: no-transaction\n' : '';
  const up = join(config.migrations, `${version}_${name}.sql`);
  const down = join(config.migrations, `${version}_${name}.down.sql`);
  writeFileSync(up, `${directive}-- ${name.replaceAll('_', ' ')}\n`, { flag: 'wx' });
  if (flags['no-down']) return [up];
  writeFileSync(down, `${directive}-- undoes: ${name.replaceAll('_', ' ')}\n`, { flag: 'wx' });
  return [up, down];
}

/** @throws SlipwayError (64) for options that do not go together. */
function isGenerated({ flags }: Context): boolean {
  const isAsked = flags.from !== undefined || flags['from-command'] !== undefined;
  const wrong = isAsked
    ? ['restamp', 'no-transaction'].find((option) => flags[option] !== undefined)
    : ['rename', 'keep'].find((option) => flags[option] !== undefined);
  if (wrong === undefined) return isAsked;
  throw new SlipwayError({
    exit: 'usage',
    message: isAsked ? `--from and --${wrong} do not go together` : `--${wrong} says how --from is meant`,
    remedy: 'slipway new --help says what goes with what.',
  });
}

async function generate(context: Context): Promise<number> {
  const { config, flags, log } = context;
  const name = nameOf(context.positionals);
  const version = nextVersion(config, config.migrations, readMigrationSetIfAny(config).head);
  const { autogenerate } = await import('../autogenerate/autogenerate.ts');
  const { findWish } = await import('../autogenerate/wish.ts');
  const wish = await findWish(context);
  const up = join(config.migrations, `${version}_${name}.sql`);
  const down = flags['no-down'] ? null : join(config.migrations, `${version}_${name}.down.sql`);
  const generated = await autogenerate(context, wish, { version, name, up, down });
  const files = generated ? [up, ...(down === null ? [] : [down])] : [];
  if (generated)
    writeFiles(context, [generated.up, ...(generated.down === null ? [] : [generated.down])], files);
  const { statements = 0, problems = [] } = generated ?? {};
  for (const problem of problems) log.warn({ event: 'generated', file: up }, problem);
  if (context.isJson) context.print(JSON.stringify({ files, statements, problems }));
  else context.print(generated ? files.join('\n') : `nothing differs: head is what ${wish.name} describes`);
  return exitCodes.ok.code;
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
  const parts = /^(?<version>\d+)_(?<rest>.+?)(?:\.down)?\.(?:sql|js|mjs|ts)$/.exec(basename(file))?.groups;
  const stem = parts && `${parts.version}_${parts.rest}`;
  const files = stem ? listed(folder).filter((name) => name === basename(file) || isOf(name, stem)) : [];
  if (!parts || files.length === 0) {
    throw new SlipwayError({
      exit: 'usage',
      message: `--restamp: ${file} is not a migration in ${folder}/`,
      remedy: 'Name the file as it is, e.g. migrations/20251204093000_add_fee_tier.sql.',
    });
  }
  const version = nextVersion(config, folder);
  return files.map((name) => {
    const renamed = join(folder, name.replace(/^\d+/, version));
    renameSync(join(folder, name), renamed);
    return renamed;
  });
}

const isOf = (name: string, stem: string): boolean =>
  /^(?:\.down)?\.(?:sql|js|mjs|ts)$/.test(name.slice(stem.length)) && name.startsWith(stem);

/** Now, or one second after the newest version that is there, the baseline's and `head` among them. */
function nextVersion({ baseline }: FilePaths, folder: string, head = ''): string {
  const names = listed(folder).map((name) => /^\d{14}/.exec(name)?.[0] ?? '');
  const newest = [head, baselineVersion(baseline), ...names].sort().at(-1) ?? '';
  const now = stamp(new Date());
  if (newest < now) return now;
  const [year, month, day, hour, minute, second] = (newest.match(/^\d{4}|\d{2}/g) ?? []).map(Number);
  return stamp(new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, (second ?? 0) + 1)));
}

/** What the baseline says its version is; empty where it says none. What else is wrong with it is for `check` to tell. */
const baselineVersion = (path: string): string =>
  (existsSync(path) && /^-- slipway: version (\d{14})\s*$/m.exec(readFileSync(path, 'utf8'))?.[1]) || '';

const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

const stamp = (date: Date): string => date.toISOString().replaceAll(/\D/g, '').slice(0, 14);
