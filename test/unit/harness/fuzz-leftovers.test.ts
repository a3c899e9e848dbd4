import { type Left, wrongIn } from '../../fuzz/families/leftovers.ts';
import { word } from '../../support/leftovers.ts';

const found = { who: 'fuzz fuzz', text: word, settings: { work_mem: '4096' }, locks: 1 };
const states = [1, 2, 3, 4].map((n) => `2025010${n}000000:done`);
const fine: Left = {
  exit: 'ok',
  states,
  found: new Map([
    [1, found],
    [3, found],
  ]),
  isMade: true,
};
const after = (change: object): Left => ({
  ...fine,
  found: new Map([
    [1, found],
    [3, { ...found, ...change }],
  ]),
});

test.each<[string, Left, RegExp | null]>([
  ['all done', fine, null],
  [
    'a body that is refused',
    { exit: 'migration', states: states.slice(0, 2), found: new Map(), isMade: false },
    null,
  ],
  [
    'a row that is left',
    {
      exit: 'denied',
      states: [...states.slice(0, 2), '20250103000000:running'],
      found: new Map(),
      isMade: false,
    },
    /leaves .*running/,
  ],
  [
    'a table that is left',
    { exit: 'migration', states: states.slice(0, 2), found: new Map(), isMade: true },
    /leaves its table/,
  ],
  ['an exit that no body can cause', { ...fine, exit: 'interrupted' }, /ended with interrupted/],
  ['a bug', { ...fine, exit: 'bug' }, /ended with bug/],
  ['a row that is missing', { ...fine, states: states.slice(0, 3) }, /the ledger has/],
  ['a body that did nothing', { ...fine, isMade: false }, /is not there/],
  ['another role', after({ who: 'pg_monitor fuzz' }), /finds another "who"/],
  ['another setting', after({ settings: { work_mem: '64' } }), /finds another "settings"/],
  ['a lock', after({ locks: 2 }), /finds another "locks"/],
  ['text that is spoiled', after({ text: 'Å¼' }), /text did not arrive/],
  [
    'text that is spoiled alike',
    { ...fine, found: new Map([1, 3].map((n) => [n, { ...found, text: 'x' }])) },
    /text did not arrive/,
  ],
  ['nothing that was found', { ...fine, found: new Map() }, /text did not arrive/],
])('the judge of what a body leaves, of %s', (_, left, expected) => {
  const problems = wrongIn(left);
  if (expected === null) expect(problems).toEqual([]);
  else expect(problems.join()).toMatch(expected);
});
