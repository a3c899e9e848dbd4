import { Worker } from 'node:worker_threads';

/** So long one case may hold the event loop, or not come back, before the whole run is given up. */
const mostSilentMs = 45_000;

/** Ends a process that no case can end any more: one that loops holds everything else up. */
export interface Watchdog {
  /** Says which case begins, and its input. */
  begin(family: number, run: number, input: string): void;
  end(): Promise<unknown>;
}

/** Bytes of an input. */
const mostShown = 4_000;

const code = `
const { parentPort, workerData: { shared, input, names, seed, mostSilentMs } } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const now = new Int32Array(shared);
let last = -1;
let since = Date.now();
setInterval(() => {
  if (now[2] !== last) { last = now[2]; since = Date.now(); return; }
  if (Date.now() - since < mostSilentMs) return;
  writeSync(2, '\\n' + names[now[0]] + ': case ' + now[1] + ' does not end\\n  input: ' +
    Buffer.from(input).toString('utf8', 0, now[3]) + '\\n  again: npm run fuzz -- --only ' +
    names[now[0]] + ' --seed ' + seed + ' --replay ' + now[1] + '\\n');
  process.kill(process.pid, 'SIGKILL');
}, 500);
`;

/** Watches from another thread. */
export function startWatchdog(names: readonly string[], seed: number): Watchdog {
  const shared = new SharedArrayBuffer(16);
  const now = new Int32Array(shared);
  const input = new SharedArrayBuffer(mostShown);
  const worker = new Worker(code, { eval: true, workerData: { shared, input, names, seed, mostSilentMs } });
  worker.unref();
  return {
    begin(family, run, text) {
      now[0] = family;
      now[1] = run;
      now[2] = (now[2] ?? 0) + 1;
      now[3] = new TextEncoder().encodeInto(text.slice(0, mostShown), new Uint8Array(input)).written;
    },
    end: () => worker.terminate(),
  };
}
