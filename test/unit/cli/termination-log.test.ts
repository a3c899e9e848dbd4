import { execFileSync } from 'node:child_process';
import {
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fittedMessage, writeTerminationMessage } from '../../../src/cli/termination-log.ts';

test('details stand beneath, as far as there is room, in whole lines', () => {
  expect(fittedMessage('it failed', ['a', 'b\nc'])).toBe('it failed\n  a\n  b\n  c\n');
  const details = Array.from({ length: 500 }, (_, n) => `detail ${n} ünd so weiter`);
  const word = fittedMessage('it failed', details);
  expect(Buffer.byteLength(word)).toBeLessThanOrEqual(4096);
  expect(Buffer.byteLength(word)).toBeGreaterThan(4000);
  const lines = word.trimEnd().split('\n');
  expect(lines.at(-1)).toBe(`  and ${500 - (lines.length - 2)} more lines in the log`);
  expect(lines.at(-2)).toBe(`  detail ${lines.length - 3} ünd so weiter`);
});

test.each([1, 2, 3, 4, 5, 40, 100, 400])(
  'never more than %i bytes over the least, whatever is said',
  (extra) => {
    for (const first of ['', 'é'.repeat(3000), 'x'.repeat(extra), '\u001b['.repeat(extra)])
      for (const details of [[], ['x'.repeat(extra)], ['ü'.repeat(extra), 'y'], Array(extra).fill('€')])
        expect(Buffer.byteLength(fittedMessage(first, details, 40 + extra))).toBeLessThanOrEqual(40 + extra);
  },
);

test('a first line that is too long is cut at a character', () => {
  const word = fittedMessage('é'.repeat(3000), ['more']);
  expect(word).toMatch(/^é+…\n$/);
  expect(Buffer.byteLength(word)).toBeGreaterThan(4090);
});

describe('Hostile and odd: files that are not files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-word-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('a termination log that is a file has the last word alone, whatever stood there', () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'x'.repeat(5000));
    writeTerminationMessage('it failed', ['so'], path);
    expect(readFileSync(path, 'utf8')).toBe('it failed\n  so\n');
  });

  test('a termination log that is a FIFO, with or without a reader, is not waited for and not written', () => {
    const path = join(folder, 'fifo');
    execFileSync('mkfifo', [path]);
    writeTerminationMessage('it failed', [], path);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writeTerminationMessage('it failed', [], path);
    expect(readSync(reader, Buffer.alloc(10))).toBe(0);
  });

  test.each(['/dev/full', '.', 'nowhere'])('a termination log that leads to %s is left alone', (target) => {
    const path = join(folder, target.replaceAll('/', '-'));
    symlinkSync(target, `${path}-link`);
    expect(() => writeTerminationMessage('it failed', [], `${path}-link`)).not.toThrow();
  });
});
