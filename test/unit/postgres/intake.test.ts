import { Intake, mostOfAnswer, TooMuch } from '../../../src/postgres/intake.ts';
import { mostNotices, type Notice, Notices } from '../../../src/postgres/notices.ts';
import { headerOf, message } from '../../support/lying-server.ts';

/** What an intake says to bytes that come in pieces of this size. */
function told(intake: Intake, bytes: Buffer, size: number): string | null {
  try {
    for (let at = 0; at < bytes.length; at += size) intake.admit(bytes.subarray(at, at + size));
    return null;
  } catch (error) {
    if (error instanceof TooMuch) return error.message;
    throw error;
  }
}

describe.each([1, 3, 5, 1000])('in pieces of %d bytes', (size) => {
  test('messages are told apart, and the length of one is judged before the rest of it comes', () => {
    const intake = new Intake();
    const small = Buffer.concat([
      message('S', 'a\0b\0'),
      message('Z', 'I'),
      message('E', 'x'.repeat(60_000)),
    ]);
    expect(told(intake, small, size)).toBeNull();
    expect(told(intake, headerOf('R', 65_537), size)).toMatch(/a message of 64 KiB or more before the login/);
    expect(told(new Intake(), headerOf('R', 65_536), size)).toBeNull();
  });

  test('after the login the limit is another, and begins anew with each query', () => {
    const intake = new Intake();
    intake.loggedIn();
    intake.expect(mostOfAnswer);
    expect(told(intake, message('D', 'x'.repeat(100_000)), size)).toBeNull();
    intake.expect(500);
    expect(told(intake, message('C', 'SELECT 1\0'), size)).toBeNull();
    intake.expect(500);
    expect(told(intake, Buffer.concat(Array(4).fill(message('I'))), size)).toMatch(
      /an answer of 0 KiB or more/,
    );
    intake.expect(Number.POSITIVE_INFINITY);
    expect(told(intake, Buffer.concat(Array(100).fill(message('I'))), size)).toBeNull();
    expect(told(intake, headerOf('D', mostOfAnswer + 1), size)).toMatch(/a message of 256 MiB or more/);
  });
});

const notice = (n: number, text = `number ${n}`): Notice => ({
  severity: 'NOTICE',
  message: text,
  detail: null,
  hint: null,
  routine: null,
});

/** What is told of so many notices in the answer to one message. */
function answered(count: number, text?: string): { said: string[]; leftOut: number[] } {
  const said: string[] = [];
  const leftOut: number[] = [];
  const notices = new Notices({
    say: ({ message }) => void said.push(message),
    leftOut: (more) => void leftOut.push(more),
  });
  for (let n = 1; n <= count; n += 1) notices.take(notice(n, text));
  notices.end();
  return { said, leftOut };
}

test.each([
  [0, []],
  [mostNotices, []],
  [2 * mostNotices, []],
  [2 * mostNotices + 1, [1]],
  [3 * mostNotices, [mostNotices]],
  [100 * mostNotices, [98 * mostNotices]],
])('of %d notices the first and the last are told, and how many not', (count, leftOut) => {
  const told = answered(count);
  expect(told.leftOut).toEqual(leftOut);
  expect(told.said).toHaveLength(Math.min(count, 2 * mostNotices));
  if (count > 0) expect(told.said.at(-1)).toBe(`number ${count}`);
});

test('long texts are cut, and what they add up to is bounded', () => {
  const { said } = answered(1000, 'x'.repeat(100_000));
  const characters = said.reduce((sum, text) => sum + text.length, 0);
  expect(characters).toBeLessThan(2_100_000);
  expect(said.every((text) => text.length < 8_010 && text.endsWith('...'))).toBe(true);
});
