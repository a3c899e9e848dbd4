import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { App } from '../app/index.ts';
import type { Config } from '../config/index.ts';
import { deadlineIn, version } from '../core/index.ts';
import { shortId } from '../ledger/advisory-lock.ts';
import {
  type BundledMigrations,
  baselineDrops,
  createdRelationsOf,
  isResumable,
  listFiles,
  readFiles,
  throwWithFileProblems,
} from '../lockfile/bundled.ts';
import {
  type LateLock,
  type Lock,
  readLate,
  readLockOfAnyFormat,
  readLockText,
  readTexts,
} from '../lockfile/index.ts';
import { lockInZone } from '../lockfile/zone.ts';
import type { MigrationSet } from '../migrations/index.ts';
import { endedBy, type Session } from '../postgres/index.ts';
import { Memory } from './memory.ts';
import { Opener, type WaitBudget } from './opener.ts';
import type { Run } from './run.ts';

type Reads = 'files' | 'lock' | 'files, lock late';

export interface StartOptions {
  /** Whether the command writes to the database: it needs the primary, and a ledger in trusted hands. */
  readonly isWriter: boolean;
  /** How long the server is waited for; by default SLIPWAY_WAIT_TIMEOUT, anew each time. */
  readonly waitBudget?: WaitBudget | undefined;
  /** What to run instead of what the configuration names: for a shadow. */
  readonly bundled?: BundledMigrations | undefined;
  /** What is read: the files; or where there is a lock that alone; or the files, and all of the lock only where it is needed. */
  readonly reads?: Reads;
  /** What was read already, in place of that: for a run beside others of the same files. */
  readonly files?: SharedFiles | undefined;
}

/**
 * Reads the files while it waits for the server, and calls `work` with the run; the connection is closed after it.
 *
 * @throws SlipwayError from files (65, 66), from the wait (75, 77, 78), and from `work`.
 */
export async function withRun<T>(
  app: App,
  { isWriter, bundled, waitBudget, reads = 'files', files: shared }: StartOptions,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const { config, log, signal } = app;
  const budget: WaitBudget = waitBudget ?? { waitMs: () => config.waitTimeoutMs };
  const { waitMs } = budget;
  const id = randomUUID();
  const failing = new AbortController();
  const asked = moment(waitingMs);
  const identity = {
    applicationName: applicationName(app.name, id),
    signal: AbortSignal.any([signal, failing.signal]),
    accepted: asked.hasCome,
  };
  const ready = shared ?? (bundled && readingOf(bundled));
  const reading = ready ? Promise.resolve(ready) : asked.comes.then(() => read(config, reads));
  const assertFiles = async (): Promise<void> => void (await reading).files();
  const options = { identity, isWriter, waitBudget: budget, assertFiles };
  // A shadow is what the files make of it, whatever its role has set.
  const opener = new Opener(app, options, bundled !== undefined);
  const opening = opener.open(config.connection, deadlineIn(waitMs()));
  opening.catch(() => undefined);
  const { lock, lateLock, isZoned, files } = await reading.catch(async (error) => {
    failing.abort(error);
    await opening.then((opened) => opened.destroy()).catch(() => undefined);
    throw error;
  });
  const readAll = (): void => {
    lateLock?.whole();
    files();
  };
  const late = setTimeout(() => attempt(readAll, (error) => failing.abort(error)), waitingMs);
  const session = await opening
    .finally(() => clearTimeout(late))
    .catch((error) => {
      if (signal.aborted) throw endedBy(error, signal);
      // Whatever is wrong with the files comes first.
      files();
      throw error;
    });
  // By then the first query is sent, and the server works on it.
  setImmediate(() => {
    log.load().catch(() => undefined);
    attempt(files);
  });
  const stopCancelling = cancelOnAbort(signal, opener.opened);
  const run = runOf(app, { id, lock, lateLock, isZoned, files, isWriter, waitMs }, opener, session);
  try {
    return await work(run);
  } catch (error) {
    if (signal.aborted) throw endedBy(error, signal);
    // What the files are wrong in comes before whatever became of an inspection.
    files();
    const { asFailure } = await import('../postgres/start-failure.ts');
    throw asFailure(error, { ...config.connection, hosts: [run.session.greeting.host] });
  } finally {
    stopCancelling();
    // A shadow is dropped next, which takes that nobody is in it.
    await (bundled ? run.session.end() : run.session.leave());
  }
}

/** What a run is made of. */
interface Parts extends Reading {
  readonly id: string;
  readonly isWriter: boolean;
  readonly waitMs: () => number;
}

function runOf({ config, log, signal }: App, parts: Parts, opener: Opener, first: Session): Run {
  const { id, lateLock, files, waitMs } = parts;
  let session = first;
  const { zone } = session;
  const lock = parts.lock && parts.isZoned ? lockInZone(parts.lock, zone) : parts.lock;
  const ledger = { schema: config.schema, app: config.app ?? parts.lock?.app ?? 'default' };
  const memory = new Memory();
  return {
    config,
    get set() {
      return files();
    },
    lock,
    zone,
    ledger,
    memory,
    forgetPrepared: () => memory.forgetsPrepared(),
    lateLock,
    author: { slipway: version, run: id },
    log,
    signal,
    inspectOptions: {
      ledger,
      lock,
      texts: () => readTexts(config.lockfile),
      fingerprint: null,
      withDrift: config.onDrift !== 'ignore',
      isWriter: parts.isWriter,
      isSelfTrusted: true,
      role: config.role,
      readers: parts.isWriter ? config.readers : [],
      shortest: (asked, query) => memory.preparedYet?.shortest(asked, query) ?? query,
      passedOver: new Set(),
      ownRelations: () => createdRelationsOf(files()),
    },
    planOptions: planOptionsOf(config, files),
    get session() {
      return session;
    },
    waitMs,
    async reconnect(deadline = deadlineIn(waitMs())) {
      opener.isFirm ||= session.isHurried;
      session.destroy();
      files();
      session = await opener.open(config.connection, deadline, { isProved: true });
    },
    open: (target) =>
      opener.open(
        target === 'direct' ? (config.direct ?? config.connection) : config.connection,
        deadlineIn(10_000),
      ),
    openQuietly: () => opener.openQuietly(),
  };
}

const planOptionsOf = (config: Config, files: Reading['files']): Run['planOptions'] => ({
  onAhead: config.onAhead,
  onDrift: config.onDrift,
  adopt: config.adopt,
  allowOutOfOrder: config.allowOutOfOrder,
  baselineDrops: () => baselineDrops(files()),
  isResumable,
});

/** What is read when: the lock and the files' names before the first question, the rest while the server works on it. */
interface Reading {
  readonly lock: Lock | null;
  /** Null where all of it was read. */
  readonly lateLock: LateLock | null;
  /** Whether something of the lock may follow the time zone. */
  readonly isZoned: boolean;
  /** @throws SlipwayError (65, 66), each time. */
  readonly files: () => MigrationSet;
}

/** The files of a project, read and checked once for several runs; nothing that belongs to one database is in it. */
export type SharedFiles = Reading;

/**
 * Reads the files and the lock for several runs.
 *
 * @throws SlipwayError (65, 66, 83).
 */
export async function readShared(config: Config): Promise<SharedFiles> {
  const reading = await read(config, 'files, lock late');
  reading.files();
  reading.lateLock?.whole();
  return reading;
}

const readingOf = ({ lock, set }: BundledMigrations): Reading => ({
  lock,
  lateLock: null,
  isZoned: true,
  files: () => set,
});

/** A moment that comes when `hasCome` is called, and at the latest so long from now, milliseconds. */
function moment(mostMs: number): { readonly comes: Promise<void>; readonly hasCome: () => void } {
  let hasCome = (): void => undefined;
  const comes = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, mostMs);
    hasCome = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { comes, hasCome: () => hasCome() };
}

async function read(config: Config, reads: Reads): Promise<Reading> {
  if (reads === 'lock') {
    const lock = readLockOfAnyFormat(config.lockfile);
    if (lock) {
      const { setOfLock } = await import('../lockfile/migration-set.ts');
      return { lock, lateLock: null, isZoned: true, files: once(() => setOfLock(config, lock)) };
    }
  }
  const late = readLockAtFirst(config);
  const isLate =
    reads === 'files, lock late' && config.fingerprint === 'renew' && config.onDrift !== 'ignore';
  if (!isLate) late?.whole();
  const lock = late?.lock ?? null;
  const listing = listFiles(config, lock);
  return {
    lock,
    lateLock: isLate ? late : null,
    isZoned: late?.isZoned ?? false,
    files: once(() => readFiles(config, lock, listing)),
  };
}

/** What of the lock is read at first; null where there is none. @throws SlipwayError, with what is wrong with the files. */
function readLockAtFirst(config: Config): LateLock | null {
  try {
    const text = readLockText(config.lockfile);
    return text === null ? null : readLate(config.lockfile, text);
  } catch (error) {
    return throwWithFileProblems(error, config, null);
  }
}

/** A server that has not taken the connection in so long, or then not let us in, is being waited for: what is to be read is read meanwhile. */
const waitingMs = 50;

function attempt(work: () => unknown, failed: (error: unknown) => void = () => undefined): void {
  try {
    work();
  } catch (error) {
    failed(error);
  }
}

/** Calls `work` at most once; what came of it, be it an error, comes again each time. */
function once<T>(work: () => T): () => T {
  let outcome: { readonly value: T } | { readonly error: unknown } | null = null;
  return () => {
    if (outcome === null) {
      try {
        outcome = { value: work() };
      } catch (error) {
        outcome = { error };
      }
    }
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}

/** What pg_stat_activity shows, within the server's 63 bytes: which program, what it does, which run, and where. */
const applicationName = (command: string, run: string): string =>
  Buffer.from(`slipway ${version} ${command} ${shortId(run)} on ${hostname()}`)
    .subarray(0, 63)
    .toString('utf8');

/** So long after an abort the server has to answer; then its connections are dropped, and it rolls back by itself. */
const mostAfterAbortMs = 3_500;

/**
 * Asks the server to cancel, again and again: a request that arrives before the statement it is meant for is lost.
 */
function cancelOnAbort(signal: AbortSignal, sessions: readonly Session[]): () => void {
  const timers: NodeJS.Timeout[] = [];
  const onAbort = (): void => {
    const cancel = (): void => {
      for (const session of sessions) if (!session.isLost) void session.cancel();
    };
    cancel();
    timers.push(setInterval(cancel, 250));
    timers.push(setTimeout(() => sessions.forEach((session) => void session.destroy()), mostAfterAbortMs));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
    for (const timer of timers) clearTimeout(timer);
  };
}
