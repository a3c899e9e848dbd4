import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './peer.ts';

/** What a process took. */
export interface Ran {
  /** From before it was started until it had ended. */
  readonly ms: number;
}

/** What a process of Node took besides. */
export interface Weighed extends Ran {
  /** Most resident memory. */
  readonly peakKib: number;
  /** User and system. */
  readonly cpuMs: number;
}

/** How a process ended that did not end with 0. */
class ProcessFailed extends Error {
  override readonly name = 'ProcessFailed';
}

const keptCharacters = 2000;

/**
 * Runs a command to its end; its output is dropped, as a container's is collected by another process.
 *
 * @param mostMs after which it is killed; 0: never.
 * @throws ProcessFailed with the end of what it wrote, where it did not end with 0.
 */
export async function runProcess(command: Command, mostMs = 0): Promise<Ran> {
  const { ms } = await run(command, [], mostMs);
  return { ms };
}

const weigh = `process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  require('node:fs').writeSync(3, JSON.stringify({ peakKib: maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 }));
});
`;

/**
 * As `runProcess`, of a command that is a Node; it is told to say at its end what it took.
 *
 * @param scratch a folder for the code that does so.
 */
export async function weighProcess(command: Command, scratch: string): Promise<Weighed> {
  const preload = join(scratch, 'weigh.cjs');
  // Not again while others read it.
  if (!existsSync(preload)) writeFileSync(preload, weigh);
  const { ms, said } = await run(command, ['--require', preload], 0);
  return { ms, ...(JSON.parse(said) as Omit<Weighed, 'ms'>) };
}

async function run(
  command: Command,
  ahead: readonly string[],
  mostMs: number,
): Promise<{ ms: number; said: string }> {
  const { program, args, cwd, env } = command;
  const start = performance.now();
  const child = spawn(program, [...ahead, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: mostMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-keptCharacters);
  };
  let said = '';
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.stdio[3]?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const exited = once(child, 'exit').then(() => performance.now() - start);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code !== 0)
    throw new ProcessFailed(`${program} ${args.join(' ')} ended with ${code ?? signal}\n${output}`);
  return { ms: await exited, said };
}
