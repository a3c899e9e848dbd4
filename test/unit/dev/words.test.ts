import type { Answer } from '../../../src/dev/answer.ts';
import { answerLines, eventOfAnswer } from '../../../src/dev/words.ts';
import { unstyled } from '../../../src/log/paint.ts';

const failure = {
  exit: 'migration',
  message: 'column a.idd does not exist',
  place: { file: 'migrations/1_a.sql', line: 3, column: 7 },
  remedy: 'Correct the statement and start again.',
  detail: ['   3 | SELECT a.idd', '     |        ^'],
  sqlstate: '42703',
} as const;
const change = {
  verb: 'adds',
  kind: 'column',
  object: 'column public.a.note',
  table: 'public.a',
  words: ['column ', { code: 'note' }, ': ', { code: 'text' }],
  lines: [],
} as const;
const made: Answer = {
  kind: 'made',
  file: 'migrations/1_a.sql',
  version: '20250101000000',
  report: {
    version: '20250101000000',
    file: 'migrations/1_a.sql',
    changes: [change],
    undoing: ['It has no down file and cannot be undone.'],
    locks: ['Line 1: locks public.a'],
    findings: [],
  },
  problems: [],
  ms: 84,
};
const failed: Answer = { kind: 'failed', file: 'migrations/1_a.sql', failure, ms: 12 };

test.each<[string, Answer, readonly string[]]>([
  [
    'a migration that runs',
    made,
    [
      '✓ migrations/1_a.sql: adds 1 column (84 ms)',
      '  public.a:',
      '    + column note: text',
      '  Line 1: locks public.a',
      '  It has no down file and cannot be undone.',
    ],
  ],
  [
    'one that changes rows alone',
    { ...made, report: { ...made.report, changes: [] } },
    [
      '✓ migrations/1_a.sql: changes nothing in the schema (84 ms)',
      '  Line 1: locks public.a',
      '  It has no down file and cannot be undone.',
    ],
  ],
  [
    'a down file that is wrong',
    {
      ...made,
      problems: [
        { file: 'migrations/1_a.down.sql', message: 'it fails', remedy: 'Correct it.', detail: ['why'] },
      ],
    },
    [
      '! migrations/1_a.sql: adds 1 column (84 ms)',
      '  public.a:',
      '    + column note: text',
      '  Line 1: locks public.a',
      '  ✗ migrations/1_a.down.sql: it fails',
      '    why',
      '    → Correct it.',
    ],
  ],
  [
    'what fails, with what to do in the editor',
    failed,
    [
      '✗ migrations/1_a.sql:3:7: column a.idd does not exist (12 ms)',
      '       3 | SELECT a.idd',
      '         |        ^',
      '    → Correct the statement and save it.',
    ],
  ],
  [
    'an older file that fails',
    { kind: 'below', failure },
    [
      '✗ migrations/1_a.sql:3:7: column a.idd does not exist',
      '       3 | SELECT a.idd',
      '         |        ^',
      '    → Correct the statement and save it.',
      '    Nothing can be tried until the files before the newest run.',
    ],
  ],
  ['no file', { kind: 'nothing' }, ['there is no file yet: slipway new NAME makes a migration']],
  [
    'a desired schema',
    {
      kind: 'generated',
      file: 'wish.sql',
      up: 'SELECT 1;\n',
      down: null,
      problems: ['it is left for you'],
      ms: 9,
    },
    ['! wish.sql: new --from would write (9 ms)', '  up:', '    SELECT 1;', '  ! it is left for you'],
  ],
  [
    'a desired schema that head has',
    { kind: 'generated', file: 'wish.sql', up: null, down: null, problems: [], ms: 9 },
    ['✓ wish.sql: head already matches it (9 ms)'],
  ],
])('%s', (_, answer, lines) => {
  expect(answerLines(answer, unstyled)).toEqual(lines);
  expect(eventOfAnswer(answer)).toMatchObject({
    fields: { event: 'answer', kind: answer.kind, ok: lines[0]?.startsWith('✓') === true },
    words: lines[0],
  });
});

test('what comes from outside begins no line and is no command of the terminal', () => {
  const words = ['column ', { code: 'a\n\u001b[31m' }];
  const report = { ...made.report, changes: [{ ...change, words }] };
  const lines = answerLines({ ...made, report } as Answer, unstyled);
  expect(lines.join('')).not.toMatch(/\u001b|\n/);
});

test('the event has the place as fields', () => {
  expect(eventOfAnswer(failed).fields).toMatchObject({
    file: 'migrations/1_a.sql',
    ms: 12,
    error: { file: 'migrations/1_a.sql', line: 3, column: 7, sqlstate: '42703' },
  });
});
