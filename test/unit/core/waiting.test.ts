import { type Deadline, deadlineIn } from '../../../src/core/deadline.ts';
import { Waiting } from '../../../src/core/waiting.ts';

const never = new AbortController().signal;
const giveUp = (): Error => new Error('time is up');

/** Waits turn by turn for what is never there; returns what was said, and when it was to be given up. */
async function waitFor(waiting: Waiting, keys: readonly string[], graceMs?: number): Promise<string[]> {
  const said: string[] = [];
  for (const key of keys) {
    const say = ({ spanMs }: Deadline): void => void said.push(`${key} ${spanMs}`);
    await waiting.turn({ key, backoff: 'brisk', graceMs, say }, giveUp);
  }
  return said;
}

test('each obstacle is said once while it lasts, and again when it comes back', async () => {
  const waiting = new Waiting(deadlineIn(60_000), never);
  expect(await waitFor(waiting, ['down', 'down', 'starting', 'starting', 'down'])).toEqual([
    'down 60000',
    'starting 60000',
    'down 60000',
  ]);
});

test('an obstacle with a grace ends the wait when that is over, and another one has its own', async () => {
  const waiting = new Waiting(deadlineIn(60_000), never);
  expect(await waitFor(waiting, ['denied'], 30)).toEqual(['denied 30']);
  const turns = Array.from({ length: 1000 }, () => 'denied');
  await expect(waitFor(waiting, turns, 30)).rejects.toThrow('time is up');
  expect(await waitFor(waiting, ['down'])).toEqual(['down 60000']);
});

test('when time is up nothing more is said or waited for', async () => {
  await expect(waitFor(new Waiting(deadlineIn(0), never), ['down'])).rejects.toThrow('time is up');
});

test('without a giving up it goes on, and a signal ends it at once', async () => {
  const abort = new AbortController();
  const waiting = new Waiting(deadlineIn(null), abort.signal);
  await waiting.turn({ key: 'build', backoff: 'brisk', say: () => undefined }, null);
  const turn = waiting.turn({ key: 'build', backoff: 'gentle', say: () => undefined }, null);
  abort.abort(new Error('ended by SIGTERM'));
  await expect(turn).rejects.toThrow('ended by SIGTERM');
});
