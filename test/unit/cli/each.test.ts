import { type ListCourse, listLine } from '../../../src/cli/each/display.ts';
import { kept, listFailure } from '../../../src/cli/each/failures.ts';
import { SlipwayError } from '../../../src/core/index.ts';

const course: ListCourse = { command: 'up', of: 1000, done: 312, failed: 0, running: new Map() };

test('the live line has the counts first, then what each database is at', () => {
  expect(listLine(course, 12_340)).toBe('up, 312 of 1000, 12.3 s');
  const running = new Map([
    ['tenant_1', 'applying 1 of 2'],
    ['tenant_2', ''],
  ]);
  expect(listLine({ ...course, failed: 2, running }, 0)).toBe(
    'up, 312 of 1000, 2 failed, 0.0 s; tenant_1: applying 1 of 2, tenant_2',
  );
});

test('of a failure with much beneath it the first lines are kept', () => {
  const detail = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const { report } = kept(new SlipwayError({ exit: 'drift', message: 'm', remedy: 'r', detail }));
  const { detail: lines } = report as { detail: readonly string[] };
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('and 80 more in the log');
});

test('the last word has the counts, and the first failures with their codes', () => {
  const failures = Array.from(
    { length: 12 },
    (_, at) =>
      [
        `tenant_${at}`,
        kept(new SlipwayError({ exit: 'denied', message: 'wrong password', remedy: 'r' })),
      ] as const,
  );
  const counts = '8 of 20 databases at head, 12 failed';
  const { message, failure } = listFailure({
    exit: 'denied',
    counts,
    reason: undefined,
    failures,
    report: {},
  });
  expect(message).toBe(counts);
  expect(failure.detail).toHaveLength(11);
  expect(failure.detail?.[0]).toBe('tenant_0 (77): wrong password');
  expect(failure.detail?.at(-1)).toBe('and 2 more in the log');
});

test('what ended the run stands ahead of the counts, and its code is told to be tried again', () => {
  const reason = new SlipwayError({ exit: 'interruptedBySigterm', message: 'ended by SIGTERM', remedy: 'r' });
  const ended = { exit: 'interruptedBySigterm', counts: '1 of 2 databases at head', reason } as const;
  const { message, failure, code: exitCode } = listFailure({ ...ended, failures: [], report: {} });
  expect([message, exitCode]).toEqual(['ended by SIGTERM: 1 of 2 databases at head', 143]);
  expect(failure.remedy).toMatch(/^Start again: /);
});
