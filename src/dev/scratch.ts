import type { App } from '../app/index.ts';
import { nowMs, SlipwayError } from '../core/index.ts';
import { ConnectionLost } from '../postgres/index.ts';
import type { Snapshot } from '../schema/catalog/index.ts';
import type { SchemaGraph } from '../schema/generate/index.ts';
import {
  type Building,
  completeCopy,
  onShadow,
  type Shadow,
  type Template,
  withShadow,
} from '../shadow/index.ts';
import type { Answer } from './answer.ts';
import { isContinued, type Trial, type Watched } from './watched.ts';
import type { Watcher } from './watcher.ts';

/** A copy of the scratch database, on which nothing was tried yet. */
export interface ScratchCopy {
  readonly app: App;
  readonly shadow: Shadow;
  readonly building: Building;
  /** The schema as it is there. */
  readonly before: Snapshot;
}

/** How saves are answered, and who is told. */
export interface Answering {
  readonly watcher: Watcher<Watched>;
  /**
   * Tries a save on a copy.
   *
   * @param sinceSave milliseconds since the save.
   * @throws SlipwayError for what is no fault of the files.
   */
  readonly answer: (copy: ScratchCopy, trial: Trial, sinceSave: () => number) => Promise<Answer>;
  /** Is told that the scratch database begins to be built. */
  readonly building: (trial: Trial) => void;
  /** Is told that the scratch database is built, and on which server. */
  readonly built: (trial: Trial, server: string) => void;
  readonly tell: (answer: Answer) => void;
}

/** Aborts what a later save has made pointless. */
const superseded = new Error('a later save is tried in its place');

/**
 * Answers each save until the app's signal ends it: on a shadow, a database is built up to the version before the one
 * that is watched, and each save is tried on a copy of its own, which is made while the person still writes.
 *
 * @throws the signal's reason; what `withShadow` throws; and what no file is the reason of.
 */
export async function answerSaves(app: App, answering: Answering): Promise<never> {
  const { watcher, tell } = answering;
  return withShadow(app, async (shadow) => {
    let told: string | null = null;
    for (;;) {
      const now = await watcher.until(({ key }) => key !== told, app.signal);
      if (now.kind === 'trial') told = await onBase(app, shadow, { trial: now, start: null }, answering);
      else {
        tell(now);
        told = now.key;
      }
    }
  });
}

/** A database at a version, which is copied, and its schema. */
interface Base {
  readonly template: Template;
  readonly graph: SchemaGraph;
}

/** What a scratch database is for, and what it is begun with; null: it begins empty. */
interface BaseRequest {
  readonly trial: Trial;
  readonly start: Base | null;
}

/**
 * Builds a scratch database and answers saves on copies of it, until another is needed. One that goes on from this one,
 * since a newer file is there, is built of a copy of it meanwhile. Returns the key of what was told last.
 */
async function onBase(
  app: App,
  server: Shadow,
  { trial, start }: BaseRequest,
  answering: Answering,
): Promise<string | null> {
  const { watcher, built, tell } = answering;
  answering.building(trial);
  return server.scratch(start?.template ?? null, async (shadow) => {
    const isOther = (now: Watched): boolean => now.kind === 'trial' && now.base !== trial.base;
    const made = await unlessSuperseded(app, watcher, isOther, (inside) =>
      buildBase(inside, shadow, trial, start).catch(failureOfFiles),
    );
    if (made === null) return null;
    if (made instanceof SlipwayError) {
      tell({ kind: 'below', failure: made.failure });
      return trial.key;
    }
    built(trial, made.server);
    let told: string | null = null;
    for (let losses = 0; ; ) {
      const outcome = await server.scratch(made.template, (copy) =>
        onCopy(app, copy, { trial, told, graph: made.graph }, answering),
      );
      losses = outcome.kind === 'lost' ? losses + 1 : 0;
      switch (outcome.kind) {
        case 'superseded':
          break;
        case 'told':
          ({ told } = outcome);
          break;
        case 'lost':
          if (losses > mostLosses) throw outcome.error;
          break;
        case 'other':
          if (!isContinued(trial, outcome.wanted)) return outcome.told;
          told = await onBase(app, server, { trial: outcome.wanted, start: made }, answering);
      }
    }
  });
}

/** Brings a shadow to the version before the one that is watched. @throws what the files throw. */
function buildBase(
  app: App,
  shadow: Shadow,
  { below }: Trial,
  start: Base | null,
): Promise<Base & { readonly server: string }> {
  return onShadow(app, shadow, below, async (building) => {
    if (start) await completeCopy(building, start.graph);
    if (below.head !== '') await building.bring(below);
    const { platform, run } = building;
    return {
      template: { database: shadow.connection.database, platform },
      graph: await building.describe(true),
      server: run.session.greeting.version,
    };
  });
}

/** A connection that is lost while nobody saves, by a limit of the server's, is opened anew; not so where it is lost at once. */
const mostLosses = 2;

type Outcome =
  | { readonly kind: 'told'; readonly told: string }
  /** Another scratch database is needed. */
  | { readonly kind: 'other'; readonly wanted: Trial; readonly told: string | null }
  | { readonly kind: 'superseded' }
  | { readonly kind: 'lost'; readonly error: unknown };

/** What a copy is made of, and what was told when it was made. */
interface CopyRequest {
  readonly trial: Trial;
  readonly told: string | null;
  readonly graph: SchemaGraph;
}

/** Waits on a copy for a save, and answers it. */
async function onCopy(
  app: App,
  shadow: Shadow,
  { trial: { base, below, withPrivileges }, told: toldBefore, graph }: CopyRequest,
  { watcher, answer, tell }: Answering,
): Promise<Outcome> {
  const stop = new AbortController();
  const inside = { ...app, signal: AbortSignal.any([app.signal, stop.signal]) };
  const over = new AbortController();
  let told = toldBefore;
  try {
    return await onShadow(inside, shadow, below, async (building): Promise<Outcome> => {
      await completeCopy(building, graph);
      // What can be done ahead of a save is done by then.
      const before = await building.inspection(withPrivileges);
      for (;;) {
        const now = await watcher.until(({ key }) => key !== told, app.signal);
        if (now.kind !== 'trial') {
          tell(now);
          told = now.key;
          continue;
        }
        if (now.base !== base) return { kind: 'other', wanted: now, told };
        const { noticedAt } = watcher;
        watcher
          .until(({ key }) => key !== now.key, over.signal)
          .then(() => stop.abort(superseded))
          .catch(() => undefined);
        const found = await answer({ app: inside, shadow, building, before }, now, () =>
          Math.round(nowMs() - noticedAt),
        );
        stop.signal.throwIfAborted();
        tell(found);
        return { kind: 'told', told: now.key };
      }
    });
  } catch (error) {
    app.signal.throwIfAborted();
    if (stop.signal.aborted) return { kind: 'superseded' };
    if (error instanceof ConnectionLost || isTemporary(error)) return { kind: 'lost', error };
    throw error;
  } finally {
    over.abort();
  }
}

const isTemporary = (error: unknown): boolean =>
  error instanceof SlipwayError && error.failure.exit === 'temporary';

/** What files are the reason of, as a value: what else an error is, it stays. */
export function failureOfFiles(error: unknown): SlipwayError {
  if (error instanceof SlipwayError && !notOfFiles.has(error.failure.exit)) return error;
  throw error;
}

const notOfFiles: ReadonlySet<SlipwayError['failure']['exit']> = new Set([
  'temporary',
  'bug',
  'interruptedBySigint',
  'interruptedBySigterm',
]);

/** Does work until the files are others; null where they became that. @throws what `work` throws. */
async function unlessSuperseded<T>(
  app: App,
  watcher: Watcher<Watched>,
  isOther: (now: Watched) => boolean,
  work: (app: App) => Promise<T>,
): Promise<T | null> {
  const stop = new AbortController();
  const over = new AbortController();
  watcher
    .until(isOther, over.signal)
    .then(() => stop.abort(superseded))
    .catch(() => undefined);
  try {
    return await work({ ...app, signal: AbortSignal.any([app.signal, stop.signal]) });
  } catch (error) {
    app.signal.throwIfAborted();
    if (stop.signal.aborted) return null;
    throw error;
  } finally {
    over.abort();
  }
}
