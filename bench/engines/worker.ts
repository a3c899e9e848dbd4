import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Place, Written } from './engine.ts';

const deadlineMs = 120_000;

/** What came of asking an engine. */
export type Answer =
  | { readonly kind: 'written'; readonly written: Written }
  | { readonly kind: 'crashed'; readonly reason: string };

/** An engine in a process of its own, which is started again after a crash. */
export class Worker {
  readonly #script: string;
  readonly #adapter: string;
  #child: ChildProcess | null = null;

  /**
   * @param folder where worker.mjs is.
   * @param adapter the path of the adapter.
   */
  constructor(folder: string, adapter: string) {
    this.#script = join(folder, 'worker.mjs');
    this.#adapter = adapter;
  }

  /** Asks for what turns the schema of one database into that of the other. Never throws. */
  async ask(before: Place, after: Place): Promise<Answer> {
    const child =
      this.#child ?? fork(this.#script, [this.#adapter], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    const said: string[] = [];
    const listen = (chunk: Buffer): number => said.push(String(chunk));
    child.stderr?.on('data', listen);
    try {
      if (this.#child === null) {
        child.once('exit', () => {
          if (this.#child === child) this.#child = null;
        });
        await this.#next(child);
        this.#child = child;
      }
      child.send({ before, after });
      const message = await this.#next(child);
      return 'written' in message
        ? { kind: 'written', written: message.written as Written }
        : { kind: 'crashed', reason: String(message.error) };
    } catch (error) {
      this.#child = null;
      child.kill('SIGKILL');
      return { kind: 'crashed', reason: `${String(error)} ${said.join('').slice(-400)}` };
    } finally {
      child.stderr?.off('data', listen);
    }
  }

  /** Ends the process. */
  end(): void {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  async #next(child: ChildProcess): Promise<Record<string, unknown>> {
    const ending = new AbortController();
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(deadlineMs)]);
    try {
      return await Promise.race([
        once(child, 'message', { signal }).then(([message]) => message),
        once(child, 'exit', { signal }).then(([code]) => {
          throw new Error(`it ended with ${code}`);
        }),
      ]);
    } finally {
      ending.abort();
    }
  }
}
