import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { nowMs } from '../core/index.ts';

/** So long after the last event of a burst the files are read: an editor writes, renames and sets times at once. */
const quietMs = 8;
/** A burst that does not end is read after so long all the same. */
const longestBurstMs = 80;
/** So long a file that is gone or empty may be half of a save. */
const halfSavedMs = 100;
/**
 * Names, sizes and times are compared so often: a bind mount of another system passes no events on, and a folder that
 * is not there yet has none.
 */
const pollMs = 1000;

/** What is known of files at a moment; it is another where `key` is. */
interface Keyed {
  readonly key: string;
}

/** How files are watched. */
interface WatcherOptions<T> {
  readonly folders: readonly string[];
  /** Reads them. Throws what no file can be the reason of. */
  readonly read: () => T;
  /** Whether the second of two readings may be of a save that is not over. */
  readonly isHalfSaved: (before: T, now: T) => boolean;
}

/** Watches folders. Their files are the truth: an event says only that they are to be read again. */
export class Watcher<T extends Keyed> {
  readonly #options: WatcherOptions<T>;
  readonly #watching = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  readonly #waiting = new Set<() => void>();
  readonly #poll: NodeJS.Timeout;
  #timer: NodeJS.Timeout | null = null;
  #noticedAt = nowMs();
  #isNoticed = false;
  /** Since when files may be half of a save; null: they are whole. */
  #halfSince: number | null = null;
  #seen: string;
  #current: T;
  #error: { readonly error: unknown } | null = null;

  constructor(options: WatcherOptions<T>) {
    this.#options = options;
    this.#watchFolders();
    this.#seen = this.#look();
    this.#current = options.read();
    this.#poll = setInterval(() => this.#pollOnce(), pollMs);
  }

  /** When the change that led to `current` was noticed; milliseconds of the monotonic clock. */
  get noticedAt(): number {
    return this.#noticedAt;
  }

  get current(): T {
    return this.#current;
  }

  /**
   * Resolves with what the files are as soon as that is wanted.
   *
   * @throws the signal's reason, and what reading throws.
   */
  until(isWanted: (now: T) => boolean, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', look);
      };
      const look = (): void => {
        if (!signal.aborted && this.#error === null && !isWanted(this.#current)) return;
        end();
        if (signal.aborted) reject(signal.reason);
        else if (this.#error !== null) reject(this.#error.error);
        else resolve(this.#current);
      };
      this.#waiting.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  close(): void {
    clearInterval(this.#poll);
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { watcher } of this.#watching.values()) watcher.close();
    this.#watching.clear();
  }

  /** Watches each folder that is there and not watched yet; one that another has taken the place of is watched anew. */
  #watchFolders(): void {
    for (const folder of new Set(this.#options.folders)) {
      const inode = inodeOf(folder);
      const had = this.#watching.get(folder);
      if (had?.inode === inode) continue;
      had?.watcher.close();
      this.#watching.delete(folder);
      if (inode === null) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#notice());
        // Out of watches, say (inotify(7), ENOSPC): polling goes on.
        watcher.on('error', () => this.#watching.delete(folder));
        this.#watching.set(folder, { watcher, inode });
      } catch {
        // Polling goes on here, too.
      }
    }
  }

  #pollOnce(): void {
    this.#watchFolders();
    const seen = this.#look();
    if (seen === this.#seen) return;
    this.#notice();
  }

  #look(): string {
    return JSON.stringify([...new Set(this.#options.folders)].map(filesIn));
  }

  #notice(): void {
    if (!this.#isNoticed) this.#noticedAt = nowMs();
    this.#isNoticed = true;
    const isLong = nowMs() - this.#noticedAt > longestBurstMs;
    if (this.#timer !== null && isLong) return;
    this.#readIn(quietMs);
  }

  #readIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#read(), ms);
  }

  #read(): void {
    this.#timer = null;
    this.#seen = this.#look();
    try {
      const now = this.#options.read();
      if (this.#options.isHalfSaved(this.#current, now)) {
        this.#halfSince ??= nowMs();
        const leftMs = this.#halfSince + halfSavedMs - nowMs();
        if (leftMs > 0) {
          this.#readIn(leftMs);
          return;
        }
      }
      this.#current = now;
    } catch (error) {
      this.#error = { error };
    }
    this.#isNoticed = false;
    this.#halfSince = null;
    for (const look of [...this.#waiting]) look();
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/** What tells of a folder's files whether they were written; empty where there is no such folder. */
function filesIn(folder: string): unknown[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return [];
  }
  return names.map((name) => {
    const known = statSync(join(folder, name), { throwIfNoEntry: false });
    return [name, known?.ino, known?.size, known?.mtimeMs];
  });
}
