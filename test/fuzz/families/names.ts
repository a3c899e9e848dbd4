import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readMigrationSet, readMigrationSetIfAny } from '../../../src/files.ts';
import { type Family, observe } from '../family.ts';
import { anyText, mutated } from '../texts.ts';

/** An entry of the folder. */
interface Entry {
  readonly name: string;
  readonly is: 'file' | 'folder' | 'link to nowhere' | 'link to a folder' | 'unreadable' | 'link to itself';
  readonly isSuperseded: boolean;
}

interface Input {
  readonly entries: readonly Entry[];
  readonly baseline: 'absent' | 'file' | 'folder' | 'without a version' | 'link to nowhere';
  readonly migrations: 'folder' | 'absent' | 'file';
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
const entry: fc.Arbitrary<Entry> = fc.record({
  name: fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: mutated(usual, anyText) }),
  is: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Entry['is']>('file') },
    {
      weight: 3,
      arbitrary: fc.constantFrom<Entry['is'][]>(
        'folder',
        'link to nowhere',
        'link to a folder',
        'unreadable',
        'link to itself',
      ),
    },
  ),
  isSuperseded: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
});
/** What this family is given. */
export const nameInputs: fc.Arbitrary<Input> = fc.record({
  entries: fc.array(entry, { maxLength: 6 }),
  baseline: fc.constantFrom<Input['baseline'][]>(
    'absent',
    'file',
    'file',
    'folder',
    'without a version',
    'link to nowhere',
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
        const set = readMigrationSet(paths);
        const versions = set.migrations.map(({ version }) => version);
        if (versions.join() !== [...new Set(versions)].sort().join())
          broken.push(`versions ${versions.join()}`);
        if (JSON.stringify(readMigrationSetIfAny(paths)) !== JSON.stringify(set))
          broken.push('two readings differ');
        return [];
      });
    },
    async destroy() {
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** Makes a folder `migrations/` and a baseline as an input says; `sql/` is there. */
export function lay(folder: string, { entries, baseline, migrations }: Input): void {
  const base = join(folder, 'sql', 'baseline.sql');
  if (baseline === 'file') writeFileSync(base, '-- slipway: version 20250101000000\nSELECT 1;\n');
  if (baseline === 'without a version') writeFileSync(base, 'SELECT 1;\n');
  if (baseline === 'folder') mkdirSync(base);
  if (baseline === 'link to nowhere') symlinkSync('nowhere', base);
  if (migrations === 'file') writeFileSync(join(folder, 'migrations'), '');
  if (migrations !== 'folder') return;
  for (const { name, is, isSuperseded } of entries) {
    const home = join(folder, 'migrations', ...(isSuperseded ? ['superseded'] : []));
    mkdirSync(home, { recursive: true });
    const path = `${home}/${name}`;
    try {
      if (is === 'file' || is === 'unreadable') writeFileSync(path, 'SELECT 1;\n');
      if (is === 'unreadable') chmodSync(path, 0o000);
      if (is === 'folder') mkdirSync(path);
      if (is === 'link to nowhere') symlinkSync('nowhere', path);
      if (is === 'link to a folder') symlinkSync('.', path);
      if (is === 'link to itself') symlinkSync(name, path);
    } catch {
      // The file system takes no such name, or has it already: then it is one entry less.
    }
  }
}
