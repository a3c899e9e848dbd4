import type pg from 'pg';
import { nextTurn, nowMs } from '../core/index.ts';
import { cacheAfter } from '../ledger/index.ts';
import { hasVariables, opening, runWith, underHeadline } from './around-body.ts';
import { Abort } from './assertion.ts';
import { type OwnStatement, type ShortBody, shortBody } from './batch.ts';
import { BodyFailure } from './body.ts';
import type { Begun, Link } from './link.ts';
import { openNext } from './opening.ts';
import type { Run } from './run.ts';
import type { Work } from './step.ts';
import { type Watch, watch } from './watch.ts';

/** One try at a step. */
export interface InTransaction {
  readonly work: Work;
  readonly body: ShortBody | null;
  readonly seen: { watch: Watch | null };
  readonly link: Link | null;
  readonly startedAt: number;
  readonly committed: (at: number) => void;
}

/** A step that can begin in the message that ends the one before. */
export interface Next {
  readonly work: Work;
  readonly body: ShortBody;
  readonly opening: readonly OwnStatement[];
}

/** A body that took longer is not run a second time because the server cannot read the next one. */
const mostToRepeatMs = 1000;

/** The next step, where it can begin in the message that ends this one. */
export async function nextOf(run: Run, { work, link, startedAt }: InTransaction): Promise<Next | null> {
  if (link === null || run.config.readers.length > 0 || hasVariables(run)) return null;
  if (nowMs() - startedAt > mostToRepeatMs) return null;
  const next = await link.next();
  const body = next && shortBody(next.body);
  const ahead = body && openNext(run, work.version);
  return next && body && ahead && { work: next, body, opening: ahead };
}

/**
 * Ends a step, and begins the next one in the same message: that saves a round trip. The server reads all of a message
 * before it runs any of it: where it cannot read the next body, this step is taken back too, and done again by itself.
 */
export async function endAndBegin(
  run: Run,
  { seen, link, committed, work }: InTransaction,
  { after, next }: { readonly after: readonly OwnStatement[]; readonly next: Next },
): Promise<boolean> {
  let refused: unknown = null;
  let begun: Omit<Begun, 'outcome'> | null = null;
  const [complete, ...rest] = after.map((own): OwnStatement => {
    const { sql, refused: means = (error: unknown) => error } = typeof own === 'string' ? { sql: own } : own;
    return { sql, refused: (error) => (refused = means(error)) };
  }) as [OwnStatement, ...OwnStatement[]];
  const commit = rest.pop() as Exclude<OwnStatement, string>;
  const hasCommitted = (): void => {
    const startedAt = nowMs();
    committed(startedAt);
    void seen.watch?.stop();
    seen.watch = null;
    next.work.begin();
    begun = { work: next.work, startedAt, watch: watch(run, next.work.title, run.session.processId) };
  };
  let closed: pg.QueryResult | undefined;
  const before = underHeadline(next.work, [
    { ...(complete as Exclude<OwnStatement, string>), told: (result) => (closed = result) },
    ...rest,
    { ...commit, done: hasCommitted },
    ...next.opening,
    ...opening(run, next.work),
    flush,
  ]);
  const question = next.work.proof?.query() ?? [];
  try {
    const [answer] = await Promise.all([
      runWith(run, next.work, { before, body: next.body, after: question }),
      nextTurn().then(() => link?.afterNext()),
    ]);
    remember(run, work, closed);
    link?.hand({ ...(begun as unknown as Begun), outcome: { answer } });
  } catch (error) {
    if (begun === null && refused === null && error instanceof BodyFailure) {
      link?.standAlone();
      throw new Abort('again');
    }
    if (begun === null) throw error;
    run.memory.forgetsLedger();
    link?.hand({ ...(begun as Begun), outcome: { error } });
  }
  return true;
}

/** A row that fills the server's buffer: what it has to say of the statements before is sent, however long the body takes. */
const flush = `SELECT pg_catalog.repeat(' ', 8192)`;

/** What the ledger is after the row of a step was completed. */
export function remember(
  { memory, ledger }: Run,
  { version }: Work,
  closed: pg.QueryResult | undefined,
): void {
  memory.wrote(cacheAfter(memory.ledger, ledger, version, closed?.rows[0] ?? {}));
}
