import type { Database, Row } from '../../model/database.ts';
import { decide } from '../../model/decide.ts';
import { type File, meaningOf, textOfFile, versionAt } from '../../model/file.ts';
import { firstBaseline, type Image } from '../../model/image.ts';
import { lockOf } from '../../model/lock.ts';
import { checksumOf, differing, type Facts } from '../../model/oracle.ts';
import { judgeRepair } from '../../model/repair-judge.ts';
import { commandsOf, parseCommands, runSequence, written } from '../../model/sequence.ts';
import { shrink } from '../../model/shrink.ts';
import type { Site } from '../../model/site.ts';
import { worldOf } from '../../model/start.ts';
import { followUp } from '../../model/up.ts';
import { wrongEnd } from '../../model/world.ts';

const file = (minute: number, kind: File['kind'], more: Partial<File> = {}): File => ({
  version: versionAt(minute),
  kind,
  form: 0,
  remark: 0,
  isIrreversible: false,
  isSuperseded: false,
  ...more,
});
const unlocked: Image = {
  baseline: firstBaseline(versionAt(1)),
  files: [file(2, 'table'), file(3, 'data'), file(4, 'index')],
  lock: null,
};
const image: Image = { ...unlocked, lock: lockOf(unlocked, new Map(), { lock: '', snapshot: '' }) };
const empty: Database = { objects: new Map(), traces: [], rows: [] };
const whole = followUp(image, empty).database;

/** A database as the oracle reads it. */
const factsOf = ({ objects, traces, rows }: Database): Facts => ({
  objects,
  traces,
  ledger: rows.map(({ version, kind, state, text }) => ({
    version,
    kind,
    state,
    checksum: checksumOf(text),
    taken: null,
  })),
});
const facts = factsOf(whole);
const table = `table t_${versionAt(2)}`;
const index = `index i_${versionAt(4)}`;
const without = (object: string): Map<string, string> =>
  new Map([...whole.objects].filter(([other]) => other !== object));

test('a database that is as it should be raises no problem', () => {
  expect(followUp(image, empty).code).toBe(0);
  expect(differing(facts, whole)).toEqual([]);
});

test.each<[string, Facts, RegExp]>([
  ['a table is gone', { ...facts, objects: without(table) }, /^table t_\d+ is not there$/],
  [
    'something is there too many',
    { ...facts, objects: new Map([...facts.objects, ['table other', '']]) },
    /^table other is there/,
  ],
  [
    'an index is invalid',
    { ...facts, objects: new Map([...facts.objects, [index, 'on base (id, kind) invalid']]) },
    /^index i_\d+ is "on base \(id, kind\) invalid"/,
  ],
  [
    'a row was written twice',
    { ...facts, traces: [...facts.traces, `${versionAt(3)}.0`] },
    /^the rows are .*20250101000300\.0, 20250101000300\.0/,
  ],
  ['a row is gone', { ...facts, traces: facts.traces.slice(1) }, /^the rows are /],
  ['a ledger row is gone', { ...facts, ledger: facts.ledger.slice(1) }, /^the ledger is /],
  [
    'a ledger row is not done',
    { ...facts, ledger: facts.ledger.map((row) => ({ ...row, state: 'running' })) },
    /^the ledger is .*running/,
  ],
  [
    'a ledger row is of another file',
    { ...facts, ledger: facts.ledger.map((row) => ({ ...row, checksum: checksumOf('other') })) },
    /^the ledger is /,
  ],
])('where %s, it is reported', (_, planted, line) => {
  expect(differing(planted, whole)).toEqual([expect.stringMatching(line)]);
});

test.each<[number | null, readonly number[], number]>([
  [0, [0], 0],
  [82, [0, 82], 0],
  [0, [82], 1],
  [70, [70], 1],
  [null, [0], 1],
])('the end %p where %p is allowed gives %i problems', (code, allowed, count) => {
  expect(wrongEnd(['up'], code, allowed, '')).toHaveLength(count);
});

test.each<[string, string, Image, Database]>([
  ['an edited file', '82', { ...unlocked, files: [file(2, 'table', { form: 1 })] }, whole],
  ['a file of which only a comment was edited', '82', withRemark(), whole],
  ['a file that is gone', '82', { ...unlocked, files: image.files.slice(1) }, whole],
  ['a file that is gone, and the lock lists it', '66', { ...image, files: image.files.slice(1) }, whole],
  ['a baseline that is gone, and the lock is of it', '66', { ...image, baseline: null }, empty],
  [
    'a file that came late',
    '82',
    { ...image, files: [file(1, 'data', { version: versionAt(1, 30) }), ...image.files] },
    whole,
  ],
  ['a table that is gone', '85', image, { ...whole, objects: without(table) }],
  ['an index that is gone', 'done', image, { ...whole, objects: without(index) }],
  ['an older image', 'done', { ...unlocked, files: image.files.slice(0, 1) }, whole],
  ['an image of which the newest files are gone', '66', { ...image, files: image.files.slice(0, 1) }, whole],
  ['a ledger that is gone', 'adopt', image, { ...whole, rows: [] }],
  ['a ledger that is gone, without a lock', '80', unlocked, { ...whole, rows: [] }],
])('of %s the model says %s', (_, what, files, database) => {
  const decision = decide(files, database);
  expect(decision.kind === 'refuse' ? String(decision.code) : decision.kind).toBe(what);
});

function withRemark(): Image {
  return { ...image, files: image.files.map((one) => ({ ...one, remark: 1 })) };
}

test('a failing file leaves the versions before it', () => {
  const failing = { ...unlocked, files: [file(2, 'data'), file(3, 'fail'), file(4, 'data')] };
  const { code, database } = followUp(failing, empty);
  expect(code).toBe(65);
  expect(database.rows.map(({ version }) => version)).toEqual([versionAt(1), versionAt(2)]);
  expect(database.traces).not.toContain(`${versionAt(3)}.0`);
});

const rowsOf = (change: (row: Row) => Row | null): Database => ({
  ...whole,
  rows: whole.rows.flatMap((row) => change(row) ?? []),
});
const forget =
  (version: string) =>
  (row: Row): Row | null =>
    row.version === version ? null : row;
const edited = file(2, 'table', { form: 1 });

test.each<[string, Database, Database, RegExp]>([
  [
    'removes a row whose table is there',
    whole,
    rowsOf(forget(versionAt(2))),
    /was removed, and some of it is there/,
  ],
  [
    'removes a row of data',
    whole,
    rowsOf(forget(versionAt(3))),
    /was removed, and the schema cannot show it/,
  ],
  [
    'records a version whose table is not there',
    { ...rowsOf(forget(versionAt(2))), objects: without(table) },
    { ...whole, objects: without(table) },
    /was recorded, and its objects are not there/,
  ],
  [
    'takes an edit that is more than a comment',
    whole,
    rowsOf((row) => ({ ...row, text: textOfFile(edited), meaning: meaningOf(edited) })),
    /it is more than a comment/,
  ],
  [
    'finishes a version without its index',
    { ...rowsOf((row) => ({ ...row, state: 'running' })), objects: without(index) },
    { ...whole, objects: without(index) },
    /was marked as done without a proof/,
  ],
])('a repair that %s is reported', (_, before, now, problem) => {
  expect(judgeRepair(image, before, now).join('\n')).toMatch(problem);
  expect(judgeRepair(image, before, before)).toEqual([]);
});

/** A program that says 0 to everything and does nothing. */
function lyingSite(): Site {
  let files = new Map<string, string>();
  const none: Facts = { objects: new Map(), traces: [], ledger: [] };
  const ran = { code: 0, said: '' };
  return {
    run: async () => ran,
    runKilled: async () => ran,
    onFresh: (work) => work({ run: async () => ran, facts: async () => none }),
    facts: async () => none,
    sql: async () => undefined,
    install: (installed) => {
      files = new Map(installed.files.map((one) => [`migrations/${one.version}_step.sql`, textOfFile(one)]));
    },
    read: (path) => files.get(path) ?? '',
    files: () => files,
    reset: async () => undefined,
    destroy: async () => undefined,
  };
}

test.each(['up', 'twoUps', 'killedUp', 'down', 'fresh', 'wait', 'adopt'])(
  'a program that says 0 and does nothing is found out by %s',
  async (kind) => {
    const locks: never[] = [];
    const { problems } = await runSequence(
      lyingSite(),
      [
        { kind: 'start', pick: 1 },
        { kind, pick: 1 },
      ],
      (pick) => worldOf(pick, locks),
      false,
    );
    expect(problems).not.toEqual([]);
  },
);

test('a sequence is the same for the same seed, and can be written and read', () => {
  const commands = commandsOf(7, 3);
  expect(commandsOf(7, 3)).toEqual(commands);
  expect(commandsOf(7, 4)).not.toEqual(commands);
  expect(parseCommands(written(commands))).toEqual(commands);
  expect(() => parseCommands('start:1 nonsense:2')).toThrow(/no command is called nonsense/);
});

test('what a failure does not need is left out, and the beginning stays', async () => {
  const commands = ['start', 'plan', 'add', 'status', 'up', 'wait'].map((kind) => ({ kind, pick: 1 }));
  const kinds = (some: readonly { kind: string }[]): string[] => some.map(({ kind }) => kind);
  const fewest = await shrink(commands, async (some) => {
    return kinds(some).join().includes('add') && kinds(some).includes('up');
  });
  expect(kinds(fewest)).toEqual(['start', 'add', 'up']);
});
