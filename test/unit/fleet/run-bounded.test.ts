import { SlipwayError } from '../../../src/core/index.ts';
import { type ListEntry, runBounded, runList, ServerPatience } from '../../../src/fleet/index.ts';

/** Work whose end the test decides. */
function workshop() {
  const open = new Map<number, () => void>();
  const begun: number[] = [];
  return {
    begun,
    work: (item: number): Promise<void> => {
      begun.push(item);
      return new Promise((resolve) => open.set(item, resolve));
    },
    /** Ends one, and lets what follows from that happen. */
    end: async (item: number): Promise<void> => {
      open.get(item)?.();
      await new Promise(setImmediate);
    },
  };
}

test('so many at a time, in the order of the list; whoever ends makes room for the next', async () => {
  const { begun, work, end } = workshop();
  const done = runBounded([0, 1, 2, 3, 4], { parallel: 2, signal: new AbortController().signal }, work);
  expect(begun).toEqual([0, 1]);
  await end(1);
  expect(begun).toEqual([0, 1, 2]);
  for (const item of [0, 2, 3, 4]) await end(item);
  await done;
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('once it is aborted nothing more begins, and what was begun comes to its end', async () => {
  const { begun, work, end } = workshop();
  const abort = new AbortController();
  const done = runBounded([0, 1, 2], { parallel: 2, signal: abort.signal }, work);
  abort.abort();
  await end(0);
  await end(1);
  await done;
  expect(begun).toEqual([0, 1]);
});

const at = (server: string, database = 'a'): ListEntry => ({
  place: '',
  text: database,
  kind: 'name',
  database,
  server,
});

describe('a server that was waited for in vain', () => {
  const failure = (exit: 'temporary' | 'denied', sqlstate?: string) =>
    new SlipwayError({ exit, message: 'm', remedy: 'r', sqlstate });

  test.each([
    ['was not reached', failure('temporary'), 5_000],
    ['is starting up', failure('temporary', '57P03'), 5_000],
    ['has no connection left', failure('temporary', '53300'), 60_000],
    ['rejects the login', failure('denied'), 60_000],
  ])('%s: how long it is waited for after that', (_, error, waitMs) => {
    const patience = new ServerPatience(60_000);
    patience.failed(at('a:5432'), error);
    expect([patience.waitMs(at('a:5432')), patience.waitMs(at('b:5432'))]).toEqual([waitMs, 60_000]);
    patience.connected(at('a:5432'));
    expect(patience.waitMs(at('a:5432'))).toBe(60_000);
  });

  test('is not waited for longer than is usual, and is there once it refuses a login', () => {
    const patience = new ServerPatience(1_000);
    patience.failed(at('a'), failure('temporary'));
    expect(patience.waitMs(at('a'))).toBe(1_000);
    patience.failed(at('a'), failure('denied'));
    expect(patience.absence(at('a'))).toBeNull();
  });

  /** Runs a list on servers of which each answers only from its nth try on; says what came of each, in that order. */
  async function run(list: readonly string[], answersFrom: Readonly<Record<string, number>>, parallel = 1) {
    const patience = new ServerPatience(60_000);
    const tries = new Map<string, number>();
    const said: string[] = [];
    const options = { parallel, signal: new AbortController().signal, patience };
    await runList(
      list.map((name) => at(name.slice(0, 1), name)),
      options,
      {
        work: async (entry) => {
          const { server, database } = entry;
          const number = (tries.get(server) ?? 0) + 1;
          tries.set(server, number);
          await new Promise(setImmediate);
          if (number >= (answersFrom[server] ?? 1)) {
            patience.connected(entry);
            said.push(database);
          } else {
            said.push(`${database}: waited ${patience.waitMs(entry) / 1_000} s`);
            patience.failed(entry, failure('temporary'));
          }
        },
        giveUp: async ({ database }, reason) => {
          said.push(`${database}: given up`);
          expect(reason.message).toBe(
            `not tried: ${database.slice(0, 1)} was waited for twice, for other databases of the list: m`,
          );
        },
      },
    );
    return said;
  }

  test.each([
    [
      'stays away: it is waited for twice, at the end of the list again',
      { a: Infinity },
      ['a1: waited 60 s', 'b1', 'b2', 'a2: waited 5 s', 'a3: given up', 'a4: given up'],
    ],
    [
      'comes up meanwhile: all of its others are done',
      { a: 2 },
      ['a1: waited 60 s', 'b1', 'b2', 'a2', 'a3', 'a4'],
    ],
    [
      'is one of several: the others go on',
      { a: 1, b: 2 },
      ['a1', 'a2', 'b1: waited 60 s', 'a3', 'a4', 'b2'],
    ],
  ])('%s', async (_, answersFrom, expected) => {
    expect(await run(['a1', 'a2', 'b1', 'a3', 'b2', 'a4'], answersFrom)).toEqual(expected);
  });

  test('two that stay away, several databases at a time', async () => {
    const list = ['a1', 'b1', 'a2', 'b2', 'c1', 'a3', 'b3'];
    expect(await run(list, { a: Infinity, b: Infinity }, 2)).toEqual([
      'a1: waited 60 s',
      'b1: waited 60 s',
      'b2: waited 5 s',
      'c1',
      'a2: waited 5 s',
      'b3: waited 5 s',
      'a3: given up',
    ]);
  });
});
