import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { mostBytes, SlipwayError } from '../core/index.ts';
import { type Lock, parseLockOfAnyFormat, readLockText } from '../lockfile/index.ts';
import type { Base } from './against.ts';

/**
 * Reads the lock that --against names: a file, or else the lock file as a git ref has it.
 *
 * @param lockfile where the lock lies in the working tree, and so in the ref.
 * @throws SlipwayError (64) for what can be neither; (66) where there is no such file, ref, or lock in it; (83) as
 *   `readLock` does.
 */
export async function readBase(named: string, lockfile: string, signal: AbortSignal): Promise<Base> {
  if (named === '' || named.startsWith('-') || /\p{Cc}/u.test(named)) {
    throw new SlipwayError({
      exit: 'usage',
      message: `--against: "${named}" is neither a file nor a git ref`,
      remedy:
        'Name a lock file, or a branch, tag or commit such as origin/main. A file may be written as ./FILE.',
    });
  }
  if (isThere(named)) return { name: named, lock: parseBase(named, readLockText(named) ?? '') };
  const commit = await commitOf(named, lockfile, signal);
  const path = `./${basename(lockfile)}`;
  const shown = await git(['cat-file', 'blob', `${commit}:${path}`], lockfile, signal);
  if (shown.code !== 0) {
    throw new SlipwayError({
      exit: 'files',
      message: `--against: ${named} has no ${lockfile}`,
      detail: shown.said,
      remedy:
        'Was the lock file committed there? Where this is the first, leave --against out until it is merged.',
    });
  }
  return { name: named, lock: parseBase(`${named}:${lockfile}`, shown.output) };
}

/** Reads the text of a base's lock. To make one anew here, as a damaged lock of the project is, would be no help. */
function parseBase(path: string, text: string): Lock {
  const remedy =
    'Give it the lock file as the base branch has it: git show REF:sql/schema.lock.json > FILE. Where the base has none yet, leave --against out.';
  try {
    return parseLockOfAnyFormat(path, text);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.failure.exit !== 'files') throw error;
    throw new SlipwayError({ ...error.failure, remedy }, { cause: error });
  }
}

/** A folder is no lock file, and may have the name of a branch. */
const isThere = (path: string): boolean => (existsSync(path) ? !statSync(path).isDirectory() : false);

/** @throws SlipwayError (66) where git, the repository or the ref is not there. */
async function commitOf(ref: string, lockfile: string, signal: AbortSignal): Promise<string> {
  const nothing = `--against: there is no file ${ref}`;
  const parsed = await git(['rev-parse', '--verify', `${ref}^{commit}`], lockfile, signal).catch(
    (error: NodeJS.ErrnoException) => {
      signal.throwIfAborted();
      if (error.syscall === undefined) throw error;
      throw new SlipwayError(
        {
          exit: 'files',
          message: `${nothing}, and git cannot be run to find a ref of that name (${error.code})`,
          remedy:
            'Install git where this runs, or write the lock to a file first: git show REF:sql/schema.lock.json > base.lock.json',
        },
        { cause: error },
      );
    },
  );
  const commit = /^[0-9a-f]{40,64}$/m.exec(parsed.output)?.[0];
  if (parsed.code === 0 && commit !== undefined) return commit;
  throw new SlipwayError({
    exit: 'files',
    message: `${nothing}, and git knows no such branch, tag or commit here`,
    detail: parsed.said,
    remedy:
      'Name it as git does, e.g. origin/main; where the clone is a shallow one, fetch it first: git fetch origin main',
  });
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
  /** What it wrote to stderr, at most some lines. */
  readonly said: readonly string[];
}

/** Runs git in the folder of the lock file, without a shell; more output than a lock may have ends it. */
function git(words: readonly string[], lockfile: string, signal: AbortSignal): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', words, {
      cwd: dirname(lockfile),
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => void child.kill();
    signal.addEventListener('abort', stop, { once: true });
    const output: Buffer[] = [];
    let bytes = 0;
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes.lock) stop();
      else output.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString('utf8');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason);
      else
        resolve({
          code,
          output: Buffer.concat(output).toString('utf8'),
          said: said
            .trimEnd()
            .split('\n')
            .filter((line) => line !== '')
            .slice(-10),
        });
    });
  });
}
