import { tmpdir } from 'node:os';
import { type Failure, SlipwayError } from '../core/index.ts';
import { filesFor } from './open-files.ts';

/** Whatever was thrown, as a failure: what nobody foresaw and the system did not refuse is a bug (70). */
export const asAnyFailure = (error: unknown): SlipwayError =>
  error instanceof SlipwayError ? error : (asSystemFailure(error) ?? bug(error));

function bug(error: unknown): SlipwayError {
  const message = error instanceof Error ? error.message : String(error);
  return new SlipwayError(
    {
      exit: 'bug',
      message: `a bug in Slipway: ${message}`,
      remedy: 'Run it again with --debug and report what it prints.',
    },
    { cause: error },
  );
}

/**
 * What the operating system refused, where nobody foresaw it at that place: it is no bug of ours. Null for what the
 * system did not say.
 */
function asSystemFailure(error: unknown): SlipwayError | null {
  const { code, syscall, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== 'string' || typeof syscall !== 'string') return null;
  return new SlipwayError(explain(code, syscall, path), { cause: error });
}

function explain(code: string, syscall: string, path: string | undefined): Failure {
  if (code === 'EMFILE' || code === 'ENFILE') return tooManyFiles(code);
  if (syscall === 'uv_cwd') {
    return {
      exit: 'files',
      message: `the working directory no longer exists (${code})`,
      remedy: 'It was removed or unmounted: change to one that exists, and start again.',
    };
  }
  if (path !== undefined && isOf(path, tmpdir())) {
    return {
      exit: 'config',
      message: `temporary files cannot be made in ${tmpdir()} (${code})`,
      remedy: 'Set TMPDIR to a folder that exists and is writable, or mount one (a tmpfs) at /tmp.',
    };
  }
  if (code === 'ENOMEM' || code === 'EAGAIN') {
    return {
      exit: 'temporary',
      message: `the machine has no memory or no process left for ${syscall} (${code})`,
      remedy: "Raise the container's limits (memory, pids), or start again when less is running.",
    };
  }
  return {
    exit: 'files',
    ...(path === undefined ? {} : { place: { file: path } }),
    message: `the system refuses ${syscall} (${code})`,
    remedy: meanings[code] ?? 'Check its file system and its permissions.',
  };
}

/** Whether a path is a folder, in it, or on the way to it. */
const isOf = (path: string, folder: string): boolean =>
  `${path}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${path}/`);

/** open(2): this process has as many files open as it may, or all processes together have. */
const tooManyFiles = (code: string): Failure => ({
  exit: 'config',
  message: `too many files are open (${code})`,
  remedy:
    code === 'EMFILE'
      ? `Raise the limit of open files (ulimit -n, or nofile of the container): Slipway needs about ${filesFor(1)}, and ${filesFor(2) - filesFor(1)} more for each further database that it works on at a time (--parallel).`
      : "Raise the machine's limit of open files (fs.file-max), or stop the processes that hold them.",
});

const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'It does not exist: make it, mount it, or name another.',
  EACCES: 'This user may not use it: change its owner or mode, or run as another user.',
  EPERM: 'This user may not do that: change its owner or mode, or run as another user.',
  EROFS: 'Its file system is read-only: mount it writable, or name a folder that is.',
  ENOSPC: 'Make room on its file system, and start again.',
};
