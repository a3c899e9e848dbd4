import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readTextIfThere, reasonOf } from '../../../src/core/read-file.ts';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { readLock } from '../../../src/lockfile/lockfile.ts';
import { readTexts } from '../../../src/lockfile/readable-snapshot.ts';
import type { MigrationSet } from '../../../src/migrations/migration.ts';
import { readMigrationSet, readMigrationSetIfAny } from '../../../src/migrations/read.ts';
import { type Family, observe } from '../family.ts';
import { type Kind, kinds, put } from '../file-kinds.ts';
import { anyText, mutated } from '../texts.ts';

/** An entry of the folder. */
interface Entry {
  readonly name: string;
  readonly is: Kind;
  readonly isSuperseded: boolean;
}

interface Input {
  readonly entries: readonly Entry[];
  readonly baseline: 'absent' | 'without a version' | Kind;
  readonly migrations: 'folder' | 'absent' | 'file';
  /** What stands in place of the lock, the readable snapshot and `.env`. */
  readonly others: readonly ('absent' | Kind)[];
  /** A version that the lock lists, be it a moment or not. */
  readonly listed: string;
}

const version = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '20250101000000',
      '20250102000000',
      '20250103000000',
      '00000000000000',
      '99999999999999',
      '20251301000000',
      '20250229000000',
    ),
  },
  { weight: 2, arbitrary: fc.stringMatching(/^\d{12,16}$/) },
  { weight: 1, arbitrary: fc.constantFrom('2025-01-01', '２０２５０１０１００００００', '1', '') },
);
const title = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'A',
    'add_fee',
    'ä',
    '😀',
    ' ',
    'a b',
    'a.b',
    'a.down',
    '.',
    '..',
    '-',
    '\n',
    '\u001b[2J',
    '\u202e',
    "'",
    'undefined',
    'x'.repeat(200),
  ),
  anyText,
);
const suffix = fc.constantFrom(
  '.sql',
  '.down.sql',
  '.SQL',
  '.Sql',
  '.sql.bak',
  '.js',
  '.mjs',
  '.cjs',
  '.ts',
  '.d.ts',
  '.down.js',
  '',
  '.',
  '.sql~',
  '.txt',
  '.md',
);
const usual = fc
  .tuple(version, fc.constantFrom('_', '_', '_', '-', '__', ''), title, suffix)
  .map((parts) => parts.join(''));
const anyKind = fc.constantFrom<Kind[]>(...kinds);
const entry: fc.Arbitrary<Entry> = fc.record({
  name: fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: mutated(usual, anyText) }),
  is: fc.oneof({ weight: 12, arbitrary: fc.constant<Kind>('file') }, { weight: 3, arbitrary: anyKind }),
  isSuperseded: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
});
/** What this family is given. */
export const nameInputs: fc.Arbitrary<Input> = fc.record({
  entries: fc.array(entry, { maxLength: 6 }),
  baseline: fc.oneof(
    fc.constantFrom<Input['baseline'][]>('absent', 'file', 'file', 'without a version'),
    anyKind,
  ),
  migrations: fc.constantFrom<Input['migrations'][]>(
    'folder',
    'folder',
    'folder',
    'folder',
    'folder',
    'absent',
    'file',
  ),
  others: fc.array(fc.oneof(fc.constant<'absent'>('absent'), anyKind), { minLength: 3, maxLength: 3 }),
  listed: fc.constantFrom('20250101000000', '99999999999999', '00000000000000'),
});

/** Names and kinds of what lies in `migrations/`, in a real folder. */
export function names(): Family<Input> {
  const scratch = mkdtempSync(join(tmpdir(), 'slipway-fuzz-names-'));
  const folder = join(scratch, 'project');
  return {
    name: 'names',
    share: 0.06,
    isPure: true,
    inputs: nameInputs,
    run(input) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(join(folder, 'sql'), { recursive: true });
      lay(folder, input);
      const paths = { migrations: join(folder, 'migrations'), baseline: join(folder, 'sql', 'baseline.sql') };
      return observe((broken) => {
        const isListed = (version: string): boolean => version === input.listed;
        const [lock = '', ...settings] = otherPaths(folder);
        const set = readMigrationSet(paths, isListed);
        const versions = set.migrations.map(({ version }) => version);
        if (versions.join() !== [...new Set(versions)].sort().join())
          broken.push(`versions ${versions.join()}`);
        if (JSON.stringify(readMigrationSetIfAny(paths, isListed)) !== JSON.stringify(set))
          broken.push('two readings differ');
        broken.push(...passedOver(folder, input, set));
        for (const path of settings) attempt(() => readTextIfThere(path, 'setting'));
        attempt(() => readTexts(lock));
        attempt(() => readLock(lock));
        return [];
      });
    },
    async destroy() {
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** What must not end but with a reason. */
function attempt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SlipwayError) && reasonOf(error).message === '') throw error;
  }
}

/** The lock, what lies beside it, and `.env`. */
const otherPaths = (folder: string): string[] => [
  join(folder, 'sql', 'schema.lock.json'),
  join(folder, 'sql', 'schema.snapshot.json'),
  join(folder, '.env'),
];

/** Entries that are migrations by their names, and are not in the set that was read without an objection. */
function passedOver(folder: string, { entries, migrations, listed }: Input, set: MigrationSet): string[] {
  if (migrations !== 'folder') return [];
  const read = new Set(
    set.migrations.flatMap(({ source, down }) => [source.path, down?.source.path].map(String)),
  );
  return entries.flatMap(({ name, isSuperseded }) => {
    const path = join(folder, 'migrations', ...(isSuperseded ? ['superseded'] : []), name);
    const isOne = !name.startsWith('.') && (/^\d{14}/.test(name) || /\.sql$/i.test(name));
    if (!isOne || /[\0/]/.test(name) || !existsSync(path)) return [];
    const version = name.slice(0, 14);
    const [year, month, day] = [version.slice(0, 4), version.slice(4, 6), version.slice(6, 8)];
    const time = `${version.slice(8, 10)}:${version.slice(10, 12)}:${version.slice(12, 14)}`;
    const moment = new Date(`${year}-${month}-${day}T${time}Z`);
    const isMoment =
      !Number.isNaN(moment.getTime()) &&
      moment.toISOString().replaceAll(/\D/g, '').startsWith(version) &&
      year !== '0000';
    return [
      ...(read.has(path) ? [] : [`${JSON.stringify(name)} is silently no migration`]),
      ...(statSync(path).isFile() ? [] : [`${JSON.stringify(name)} is no regular file, and was read`]),
      ...(/[\0-\x1f\x7f-\x9f]/.test(name) ? [`${JSON.stringify(name)} was read`] : []),
      ...(isMoment || version === listed ? [] : [`${version} is no moment, and was read`]),
    ];
  });
}

/** Makes a folder `migrations/`, a baseline and the files beside it as an input says; `sql/` is there. */
export function lay(folder: string, { entries, baseline, migrations, others }: Input): void {
  const base = join(folder, 'sql', 'baseline.sql');
  if (baseline === 'without a version') writeFileSync(base, 'SELECT 1;\n');
  else if (baseline !== 'absent')
    put(folder, base, baseline, '-- slipway: version 20250101000000\nSELECT 1;\n');
  for (const [at, path] of otherPaths(folder).entries()) {
    const is = others[at] ?? 'absent';
    if (is !== 'absent') put(folder, path, is, 'A=1');
  }
  if (migrations === 'file') writeFileSync(join(folder, 'migrations'), '');
  if (migrations !== 'folder') return;
  for (const { name, is, isSuperseded } of entries) {
    const home = join(folder, 'migrations', ...(isSuperseded ? ['superseded'] : []));
    mkdirSync(home, { recursive: true });
    try {
      put(folder, `${home}/${name}`, is, 'SELECT 1;\n');
    } catch {
      // The file system takes no such name, or has it already: then it is one entry less.
    }
  }
}
