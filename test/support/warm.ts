import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { SlipwayOptions } from './slipway-options.ts';

/** What a run in a warm Node ended with. */
export interface WarmResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Also from a folder of the cache, where programs that use this are bundled. */
const host = join(import.meta.dirname, '..', '..', 'test', 'support', 'warm-host.mjs');
/** More runs than this at once have a process each: a herd is one of processes. */
const mostHosts = 4;
/** What the code of each run leaves in memory stays small. */
const mostRuns = 200;

interface Host {
  readonly child: ChildProcess;
  runs: number;
}

const idle: Host[] = [];
let busy = 0;

/** Whether a run may be one of many in a process: it takes nothing from a process of its own. */
export const mayBeWarm = (args: readonly string[], options: SlipwayOptions): boolean =>
  process.env.SLIPWAY_TEST_PROCESSES !== 'own' &&
  busy < mostHosts &&
  args[0] !== 'demo' &&
  !options.ownProcess &&
  options.signal === undefined &&
  options.input === undefined &&
  options.bundle === undefined &&
  options.beneath === undefined &&
  !Object.keys(options.env ?? {}).some((name) => name.startsWith('NODE_'));

/** Runs the bundle in a Node that has run it before, where there is one. @throws Error where that Node ended. */
export async function runWarm(
  bundle: string,
  args: readonly string[],
  { env, cwd = process.cwd() }: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string | undefined },
): Promise<WarmResult> {
  busy += 1;
  const used = idle.pop() ?? startHost(bundle);
  const { child } = used;
  try {
    const result = await new Promise<WarmResult>((resolve, reject) => {
      const fail = (code: number | null, signal: string | null): void =>
        reject(new Error(`the process of slipway ${args.join(' ')} ended: ${code ?? signal}`));
      child.once('exit', fail);
      child.once('message', (message) => {
        child.off('exit', fail);
        resolve(message as WarmResult);
      });
      const known = Object.entries(env).filter(([, value]) => value !== undefined);
      child.send({ args, env: Object.fromEntries(known), cwd });
    });
    used.runs += 1;
    if (used.runs < mostRuns) idle.push(used);
    else child.kill('SIGKILL');
    return result;
  } finally {
    busy -= 1;
  }
}

function startHost(bundle: string): Host {
  // The program inspects what its streams are: they are pipes, as those of any run.
  const child = fork(host, [bundle], { env: {}, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  child.stdout?.resume();
  child.stderr?.resume();
  return { child, runs: 0 };
}

/** Ends what waits for another run. */
export function endHosts(): void {
  for (const { child } of idle.splice(0)) child.kill('SIGKILL');
}
