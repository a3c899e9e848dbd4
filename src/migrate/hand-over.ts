import type pg from 'pg';
import { nextTurn, nowMs } from '../core/index.ts';
import { cacheAfter } from '../ledger/index.ts';
import { hasVariables, opening, runWith, sharedBody } from './around-body.ts';
import type { OwnStatement, ShortBody } from './batch.ts';
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
  readonly committed: (at: number) => void;
}

/** A step that can begin in the round trip that ends the one before. */
export interface Next {
  readonly work: Work;
  readonly body: ShortBody;
  readonly opening: readonly OwnStatement[];
}

/** The next step, where it can begin in the round trip that ends this one. */
export async function nextOf(run: Run, { work, link }: InTransaction): Promise<Next | null> {
  if (link === null || run.config.readers.length > 0 || hasVariables(run)) return null;
  const next = await link.next();
  const body = next && sharedBody(run, next);
  const ahead = body && openNext(run, work.version);
  return next && body && ahead && { work: next, body, opening: ahead };
}

/** Ends a step, and begins the next one in the same round trip; the next body is in a message of its own. */
export async function endAndBegin(
  run: Run,
  { seen, link, committed, work }: InTransaction,
  { after, next }: { readonly after: readonly OwnStatement[]; readonly next: Next },
): Promise<boolean> {
  let begun: Omit<Begun, 'outcome'> | null = null;
  const [complete, ...rest] = after.map((own) => (typeof own === 'string' ? { sql: own } : own));
  const commit = rest.pop();
  if (!complete || !commit) throw new Error('a step ends with its row and COMMIT');
  const hasCommitted = (): void => {
    const startedAt = nowMs();
    committed(startedAt);
    void seen.watch?.stop();
    seen.watch = null;
    next.work.begin();
    begun = { work: next.work, startedAt, watch: watch(run, next.work.title, run.session.processId) };
  };
  let closed: pg.QueryResult | undefined;
  const before: OwnStatement[] = [
    { ...complete, told: (result) => (closed = result) },
    ...rest,
    { ...commit, done: hasCommitted },
    ...next.opening,
    ...opening(run, next.work),
  ];
  const question = next.work.proof?.query() ?? [];
  try {
    const [answer] = await Promise.all([
      runWith(run, next.work, { before, body: next.body, after: question }),
      nextTurn().then(() => link?.afterNext()),
    ]);
    remember(run, work, closed);
    link?.hand({ ...(begun as unknown as Begun), outcome: { answer } });
  } catch (error) {
    if (begun === null) throw error;
    run.memory.forgetsLedger();
    link?.hand({ ...(begun as Begun), outcome: { error } });
  }
  return true;
}

/** What the ledger is after the row of a step was completed. */
export function remember(
  { memory, ledger }: Run,
  { version }: Work,
  closed: pg.QueryResult | undefined,
): void {
  memory.wrote(cacheAfter(memory.ledger, ledger, version, closed?.rows[0] ?? {}));
}
