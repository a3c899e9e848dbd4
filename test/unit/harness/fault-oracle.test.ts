import { history } from '../../faults/history.ts';
import { type Facts, halfDone, isAtHead, needsPerson, readFacts } from '../../faults/oracle.ts';

/** The facts of a database that stands after so many versions. */
function after(versions: number): Facts {
  const done = history.slice(0, versions);
  return {
    ledger: new Map(done.map(({ version }) => [version, 'done'])),
    relations: new Map(
      done.flatMap(({ relation }) => (relation === null ? [] : [[relation, true] as const])),
    ),
    traces: done.flatMap(({ traces }) => traces),
  };
}
const [baseline, , transactional, index, , block] = history.map(({ version }) => version);
const with_ = (facts: Facts, ...rows: [string | undefined, string][]): Facts => ({
  ...facts,
  ledger: new Map([...facts.ledger, ...rows.map(([version, state]) => [String(version), state] as const)]),
});

test.each(history.map((_, n) => n))('after %i versions nothing is half done', (n) => {
  expect(halfDone(after(n))).toEqual([]);
  expect(isAtHead(after(n))).toBe(false);
});

test('after all of them it is at head', () => {
  expect(halfDone(after(history.length))).toEqual([]);
  expect(isAtHead(after(history.length))).toBe(true);
});

const cases: readonly [string, Facts, RegExp][] = [
  ['a version without its table', { ...after(3), relations: after(2).relations }, /is done without t3/],
  ['a table without its version', { ...after(2), relations: after(3).relations }, /t3 is there without/],
  ['rows without their version', { ...after(2), traces: [1, 2, 3] }, /rows 3 are there without/],
  ['a version without its rows', { ...after(3), traces: [1, 2] }, /is done with the rows $/],
  ['a row that was written twice', { ...after(3), traces: [1, 2, 3, 3] }, /is done with the rows 3,3/],
  [
    'a version that is out of its order',
    with_(after(1), [transactional, 'done']),
    /after one that is not done/,
  ],
  ['a transactional one that is running', with_(after(2), [transactional, 'running']), /is running$/],
  ['a version that no file has', with_(after(1), ['20990101000000', 'done']), /which no file has/],
  [
    'an invalid index that is done',
    { ...after(4), relations: new Map([...after(4).relations, ['trace_step', false]]) },
    /is done without trace_step/,
  ],
  [
    'a block whose second row came without the first',
    { ...with_(after(5), [block, 'running']), traces: [1, 2, 3, 5, 62] },
    /is running with the rows 62/,
  ],
];
test.each(cases)('%s is half done', (_, facts, problem) => {
  expect(halfDone(facts)).toContainEqual(expect.stringMatching(problem));
});

test('a concurrent index that is being built is not half done, and needs nobody', () => {
  const facts = with_(after(3), [index, 'running']);
  expect(halfDone({ ...facts, relations: new Map([...facts.relations, ['trace_step', false]]) })).toEqual([]);
  expect(needsPerson(facts)).toBe(false);
});

test('a block that was begun needs a person', () => {
  expect(halfDone({ ...with_(after(5), [block, 'running']), traces: [1, 2, 3, 5, 61] })).toEqual([]);
  expect(needsPerson(with_(after(5), [block, 'running']))).toBe(true);
});

test('facts are read from the row that the server gives', () => {
  expect(
    readFacts({
      relations: { trace: true, trace_step: false },
      ledger: `<row>\n  <version>${baseline}</version>\n  <state>done</state>\n</row>`,
      traces: '<row>\n  <step>1</step>\n</row>\n\n<row>\n  <step>61</step>\n</row>',
    }),
  ).toEqual({
    relations: new Map([
      ['trace', true],
      ['trace_step', false],
    ]),
    ledger: new Map([[baseline, 'done']]),
    traces: [1, 61],
  });
  expect(readFacts({ relations: null, ledger: null, traces: null })).toEqual({
    relations: new Map(),
    ledger: new Map(),
    traces: [],
  });
});
