import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Watcher } from '../../../src/dev/watcher.ts';

let folder: string;
let file: string;
let watcher: Watcher<{ readonly key: string }>;
let reads: number;
const never = new AbortController().signal;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  file = join(folder, 'file.sql');
  writeFileSync(file, 'one');
  reads = 0;
  watcher = new Watcher({
    folders: [folder, join(folder, 'later')],
    read: () => {
      reads += 1;
      return { key: textOf(file) };
    },
    isHalfSaved: (before, now) => before.key !== '' && now.key === '',
  });
});
afterEach(() => {
  watcher.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The keys that are seen, in order, until one is. */
async function keysUntil(last: string): Promise<string[]> {
  const keys: string[] = [];
  while (keys.at(-1) !== last) {
    const known = watcher.current.key;
    keys.push((await watcher.until(({ key }) => key !== known, never)).key);
  }
  return keys;
}

const saves: readonly [string, () => void][] = [
  ['written in place', () => writeFileSync(file, 'two')],
  [
    'written beside it and renamed',
    () => {
      writeFileSync(`${file}.tmp`, 'two');
      renameSync(`${file}.tmp`, file);
    },
  ],
  [
    'truncated first',
    () => {
      writeFileSync(file, '');
      setTimeout(() => writeFileSync(file, 'two'), 30);
    },
  ],
  [
    'moved away as a backup, and written anew',
    () => {
      renameSync(file, `${file}~`);
      setTimeout(() => writeFileSync(file, 'two'), 30);
    },
  ],
  [
    'written twice',
    () => {
      writeFileSync(file, 'two');
      writeFileSync(file, 'two');
    },
  ],
];

test.each(saves)('a file that is %s is seen once, as it is in the end', async (_, save) => {
  const seen = keysUntil('two');
  save();
  expect(await seen).toEqual(['two']);
});

test('a file that stays empty is seen so', async () => {
  const seen = keysUntil('');
  rmSync(file);
  expect(await seen).toEqual(['']);
});

test('a folder that comes later is watched from then on', async () => {
  const { mkdirSync } = await import('node:fs');
  file = join(folder, 'later', 'file.sql');
  mkdirSync(join(folder, 'later'));
  const seen = watcher.until(({ key }) => key === 'three', never);
  writeFileSync(file, 'three');
  expect((await seen).key).toBe('three');
});

test('what waits ends with its signal, and what reading throws is thrown', async () => {
  const over = new AbortController();
  const waiting = watcher.until(() => false, over.signal);
  over.abort(new Error('over'));
  await expect(waiting).rejects.toThrow('over');
  expect(reads).toBeGreaterThan(0);
});
