import { SlipwayError } from '../../../src/core/index.ts';
import { runBounded, ServerPatience } from '../../../src/fleet/index.ts';

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

describe('a server that was waited for in vain', () => {
  const at = (server: string) => ({ place: '', text: '', database: 'a', server });
  const failure = (exit: 'temporary' | 'denied', sqlstate?: string) =>
    new SlipwayError({ exit, message: 'm', remedy: 'r', sqlstate });

  test.each([
    ['was not reached', failure('temporary'), 0],
    ['is starting up', failure('temporary', '57P03'), 0],
    ['has no connection left', failure('temporary', '53300'), 60],
    ['rejects the login', failure('denied'), 60],
  ])('%s: how long its other databases wait', (_, error, waitMs) => {
    const patience = new ServerPatience(60);
    patience.failed(at('a:5432'), error);
    expect([patience.waitMs(at('a:5432')), patience.waitMs(at('b:5432'))]).toEqual([waitMs, 60]);
    patience.connected(at('a:5432'));
    expect(patience.waitMs(at('a:5432'))).toBe(60);
  });
});
