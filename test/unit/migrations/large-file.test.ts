import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LargeFile } from '../../../src/migrations/large-file.ts';
import { decodeSource } from '../../../src/migrations/source.ts';

const window = 1_048_576;
const folder = mkdtempSync(join(tmpdir(), 'slipway-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(text: string | Buffer): string {
  files += 1;
  const path = join(folder, `${files}.sql`);
  writeFileSync(path, text);
  return path;
}

const row = (n: number): string => `INSERT INTO t VALUES (${n}, 'row ${n}');\n`;
const text = Array.from({ length: 70_000 }, (_, n) => row(n)).join('');
const edges = [
  0,
  1,
  17,
  window - 1,
  window,
  window + 1,
  2 * window - 3,
  2 * window,
  text.length - 1,
  text.length,
];

test('it reads as the string that it stands for', () => {
  const file = LargeFile.read(fileOf(text));
  expect(file).not.toBeNull();
  expect(file?.length).toBe(text.length);
  expect(file?.checksum).toBe(decodeSource('a.sql', Buffer.from(text)).checksum);
  for (const at of edges) {
    expect([at, file?.charCodeAt(at)]).toEqual([at, text.charCodeAt(at)]);
    expect([at, file?.codePointAt(at)]).toEqual([at, text.codePointAt(at)]);
    for (const to of edges)
      expect([at, to, file?.slice(at, to) === text.slice(at, to)]).toEqual([at, to, true]);
    for (const sought of ['\n', "'", 'INSERT', row(25_000), 'nowhere']) {
      expect([sought, at, file?.indexOf(sought, at)]).toEqual([sought, at, text.indexOf(sought, at)]);
      expect([sought, at, file?.lastIndexOf(sought, at)]).toEqual([sought, at, text.lastIndexOf(sought, at)]);
    }
  }
  expect(file?.toString()).toBe(text);
});

test('what lies across the edge of a window is found', () => {
  const across = `${'x'.repeat(window - 3)}needle${'x'.repeat(window)}needle`;
  const file = LargeFile.read(fileOf(across));
  expect(file?.indexOf('needle')).toBe(window - 3);
  expect(file?.indexOf('needle', window - 2)).toBe(2 * window + 3);
  expect(file?.lastIndexOf('needle', 2 * window)).toBe(window - 3);
});

test.each([
  ['a carriage return', `${'x'.repeat(window)}\r\n`],
  ['a NUL', `${'x'.repeat(window + 5)}\0`],
  ['what an unfinished merge leaves, across the edge of a window', `${'x'.repeat(window - 4)}<<<<<<< ours\n`],
  ['more than ASCII', `${'x'.repeat(window)}ż`],
])('a file with %s is read as a whole', (_, content) => {
  expect(LargeFile.read(fileOf(content))).toBeNull();
});

test.each([
  ['edited', text.replace('row 30000', 'row 3000x')],
  ['cut short', text.slice(0, window + 5)],
  ['taken for longer', `${text}SELECT 1;`],
])('a file that was %s since it was checksummed is not read on', (_, other) => {
  const path = fileOf(text);
  const file = LargeFile.read(path);
  writeFileSync(path, other);
  expect(() => file?.toString()).toThrow(/changed while it was read/);
});
