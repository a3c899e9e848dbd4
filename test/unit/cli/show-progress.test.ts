import { type Course, eventOf, lineOf } from '../../../src/cli/show-progress.ts';

const course: Course = {
  command: 'squash',
  phase: 'prove',
  words: 'loading it',
  number: 4,
  of: 4,
  doing: null,
};
const busy: Course = {
  ...course,
  doing: { fields: { event: 'replaying', done: 1, versions: 2, file: 'a.sql' }, words: 'replayed 1 of 2' },
};

test('the live line says the command, which phase of how many, how long it has taken, and what is done', () => {
  expect(lineOf(course, 12_340)).toBe('squash, phase 4 of 4, 12.3 s: loading it');
  expect(lineOf(busy, 0)).toBe('squash, phase 4 of 4, 0.0 s: replayed 1 of 2');
});

test('the event says the same as fields; what the phase is busy with is an event of its own', () => {
  expect(eventOf(course, 12_340.4)).toEqual({
    fields: { event: 'phase', phase: 'prove', number: 4, of: 4, elapsedMs: 12_340 },
    words: 'squash, phase 4 of 4, 12.3 s: loading it',
  });
  expect(eventOf(busy, 0)).toEqual(busy.doing);
});
