import type pg from 'pg';
import { type Failure, grouped, nowMs, pause, SlipwayError, sayBatches } from '../core/index.ts';
import { cacheWith, isKnown, type Repeated, writtenMark } from '../ledger/index.ts';
import { readRow } from '../ledger/rows.ts';
import { countBatch, inOwnRow } from '../ledger/write.ts';
import type { Version } from '../migrations/index.ts';
import type { Row } from '../postgres/index.ts';
import { placeAt, type Repeat, type Statement } from '../sql/index.ts';
import { isClosed } from './apply.ts';
import { bodySettings, closing, hasVariables, opening, runWith, setVariables } from './around-body.ts';
import { type OwnStatement, sendBatch } from './batch.ts';
import { type Body, BodyFailure } from './body.ts';
import { ending, ownAgain } from './own-session.ts';
import { refusedLedger } from './refusals.ts';
import { judgeBatch, type TableSize, type Touched } from './repeat-verdict.ts';
import { ReplayLag } from './replay-lag.ts';
import { retrying } from './retry.ts';
import type { Run, StepResult } from './run.ts';
import type { Work } from './step.ts';
import { addsForEver, boundingTables, countRows, estimateRows, planOfStatement } from './table-size.ts';
import { leaveTransaction, underLock } from './transaction.ts';
import { type Watch, watch } from './watch.ts';

/** How a file is repeated, and who is told. */
export interface Repetition {
  readonly repeat: Repeat;
  /** Whether the ledger has its row already. */
  readonly isBegun: boolean;
  /** Is told how far it is, after each batch that is committed. */
  readonly counted: (repeated: Repeated) => void;
}

/**
 * Runs a statement again and again, each time in a transaction of its own, until it touches no row. Each batch takes
 * the app's lock as a migration does, is counted in the row, which says `running` meanwhile, and is committed with that;
 * the one that touches no row completes the row. Whoever finds the row takes the next batch: it needs to know nothing of
 * who took the last.
 *
 * @returns as `applyInTransaction`; `busy` and `changed` also once batches are committed.
 * @throws BodyFailure; SlipwayError (65) where the statement would never end, (77) where SLIPWAY_MAX_LAG cannot be
 *   held; what `underLock` throws. What was committed before stays, and the next run goes on.
 */
export async function applyInBatches(run: Run, work: Work, repetition: Repetition): Promise<StepResult> {
  const { config, signal } = run;
  const { repeat, isBegun, counted } = repetition;
  const startedAt = nowMs();
  const lag = config.maxLagMs === null ? null : new ReplayLag(run, config.maxLagMs);
  const statement = new RepeatedStatement(run, repeat, work);
  let touched = 0;
  for (let taken = 0; ; ) {
    signal.throwIfAborted();
    await lag?.wait();
    const mayBeOthers = taken > 0 && isKnown(run.memory.ledger);
    const result = await takeBatch(run, isBegun || taken > 0 ? goingOn(work, taken) : work, statement);
    // Another run took a batch in between: under the lock the row says whether there is more to do.
    if (result.kind === 'changed' && mayBeOthers) continue;
    if (result.kind === 'done') return { kind: 'done', ms: Math.round(nowMs() - startedAt) };
    if (result.kind !== 'goOn') return { kind: result.kind };
    taken += 1;
    touched += result.touched;
    counted(result.repeated);
    say(run, work, result.repeated, { touched, elapsedMs: nowMs() - startedAt });
    await pause(run.bodyRunner ? 0 : repeat.pauseMs, signal);
  }
}

/** What became of a batch. */
type BatchResult =
  | { readonly kind: 'goOn'; readonly touched: number; readonly repeated: Repeated }
  | { readonly kind: 'done' | 'busy' | 'changed' };

/** The work of a batch that is not the first: the row is there. */
const goingOn = (work: Work, taken: number): Work => ({
  ...work,
  ledgerWrite: { ...work.ledgerWrite, open: [] },
  isStillRight: (inspection) => {
    if (taken === 0) return work.isStillRight(inspection);
    const { state } = inspection;
    const row = state.kind === 'managed' ? state.rows.find(({ version }) => version === work.version) : null;
    return row?.state === 'running' && row.checksum === work.script.source.checksum;
  },
});

/** Says how far it is, where that is due. */
function say(
  { log, memory }: Run,
  { title, version }: Work,
  repeated: Repeated,
  { touched, elapsedMs }: { readonly touched: number; readonly elapsedMs: number },
): void {
  if (!memory.heartbeat.isDue(version)) return;
  const rowsPerSecond = Math.round((1000 * touched) / Math.max(1, elapsedMs));
  log.info(
    { event: 'repeated', version, ...repeated, rowsPerSecond, elapsedMs: Math.round(elapsedMs) },
    `repeating ${title}: ${sayBatches(repeated)}, ${grouped(rowsPerSecond)} rows/s`,
  );
}

async function takeBatch(run: Run, work: Work, statement: RepeatedStatement): Promise<BatchResult> {
  let result: BatchResult = { kind: 'done' };
  const isSharing = !hasVariables(run) && work.limit === null;
  try {
    const end = await retrying(run, (seen) =>
      underLock(
        run,
        work.isStillRight,
        async ({ ahead, backendPid }) => {
          work.begin();
          await beginWatch(run, work, seen, backendPid);
          const touched = await statement.run(work, ahead);
          if (touched === 0) return finish(run, work);
          result = { kind: 'goOn', touched, repeated: await commitBatch(run, work, touched) };
          return true;
        },
        { isSharing },
      ),
    );
    return end === 'committed' ? result : { kind: end };
  } catch (error) {
    throw error instanceof BodyFailure ? keeping(error, work, statement.repeated) : error;
  }
}

async function beginWatch(
  run: Run,
  work: Work,
  seen: { watch: Watch | null },
  backendPid: number,
): Promise<void> {
  await seen.watch?.stop();
  seen.watch = watch(run, work.title, backendPid);
}

/** Counts a batch in the row, and commits it. */
async function commitBatch(run: Run, work: Work, touched: number): Promise<Repeated> {
  const { session, ledger, memory } = run;
  const after: OwnStatement[] = [
    { sql: countBatch(ledger, work.version, touched), refused: (error) => refusedLedger(work, error) },
    writtenMark(ledger),
    ...ending,
  ];
  const results = await sendBatch(session, { title: work.title, before: [], body: null, after });
  await leaveTransaction(run, results);
  const [counted, marked] = results.map(({ rows }) => (rows[0] ?? {}) as Row);
  const written = (counted?.written ?? {}) as Row;
  memory.wrote(memory.ledger && cacheWith(memory.ledger, ledger, written, String(marked?.mark)));
  return repeatedIn(written);
}

/** Completes the row with what the lock says of the file, if anything; returns as what `underLock` calls. */
async function finish(run: Run, work: Work): Promise<boolean> {
  const { session } = run;
  const { title, proof } = work;
  if (proof) {
    const answer = await sendBatch(session, { title, before: [], body: null, after: proof.query() });
    await proof.hold(run, 'migration', answer);
  }
  const after = closing(run, work, inOwnRow(work.ledgerWrite).close);
  return isClosed(run, work, await sendBatch(session, { title, before: [], body: null, after }));
}

/** What a row of the ledger, as it came, says of how far its file is. */
function repeatedIn(row: Row | undefined): Repeated {
  const read = row ? readRow(row) : { problem: '' };
  return ('problem' in read ? null : read.repeated) ?? { batches: 0, rows: 0 };
}

/** A statement that is repeated, with what is known of the tables that bound how many rows it can touch. */
class RepeatedStatement {
  readonly #run: Run;
  readonly #repeat: Repeat;
  readonly #body: Body & { readonly kind: 'sql' };
  readonly #version: Version;
  #tables: readonly string[] = [];
  #isMeasured = false;
  #size: TableSize = { kind: 'unknown' };

  constructor(run: Run, repeat: Repeat, { body, title, version }: Work) {
    if (body.kind !== 'sql') throw new Error(`a module is repeated: ${title}`);
    this.#run = run;
    this.#repeat = repeat;
    this.#body = body;
    this.#version = version;
  }

  /** How far it is, by the ledger as this run knows it. */
  get repeated(): Repeated {
    const { memory } = this.#run;
    return repeatedIn(memory.ledger?.content.rows.find(({ version }) => version === this.#version));
  }

  /**
   * Runs it once, in the transaction that the opening begins.
   *
   * @returns how many rows it touched.
   * @throws BodyFailure; SlipwayError (65) where the server does not say how many rows, and where it would never end.
   */
  async run(work: Work, ahead: readonly OwnStatement[]): Promise<number> {
    const run = this.#run;
    const { script } = this.#body;
    const [segment] = script.segments;
    if (segment?.kind !== 'sql') throw new Error(`nothing to repeat: ${work.title}`);
    let result: pg.QueryResult | undefined;
    const told = ([own]: readonly pg.QueryResult[]): void => {
      result = own;
    };
    await setVariables(run, 'LOCAL');
    run.signal.throwIfAborted();
    const before = [...ahead, ...opening(run, work), this.#batch];
    if (run.bodyRunner && !this.#isMeasured) {
      this.#isMeasured = true;
      await runWith(run, work, { before, body: null, after: [] });
      // Whoever measures does not count: what is left of it is done by the batches after it.
      return 1;
    }
    await runWith(run, work, { before, body: { script, segment, told }, after: [] });
    if (!counted.includes(result?.command)) throw this.#failure(uncounted(result?.command ?? ''));
    const now = result?.rowCount ?? 0;
    if (now > 0 && result?.command === 'INSERT' && this.#size.kind === 'unknown')
      this.#size = await this.#measure(work);
    await this.#judge(work, { now, inAll: this.repeated.rows + now });
    return now;
  }

  /** Says how large a batch is to be, also through a pooler; and makes the transaction one that writes. */
  get #batch(): string {
    return `SELECT pg_catalog.set_config('slipway.batch', '${this.#repeat.rows}', true), pg_catalog.pg_current_xact_id()`;
  }

  /** @throws SlipwayError (65) where it would never end. */
  async #judge(work: Work, touched: Touched): Promise<void> {
    // Others write to the table as well: what was counted for an earlier batch is counted again before it decides.
    if (this.#size.kind === 'counted') this.#size = { ...this.#size, kind: 'estimated' };
    for (;;) {
      const verdict = judgeBatch(touched, this.#size);
      if (verdict === 'endless') {
        const { batches } = this.repeated;
        throw this.#failure(
          this.#size.kind === 'endless'
            ? addingForEver(work, batches)
            : endless(work, { batches, rows: touched.inAll }, this.#tables, this.#size),
        );
      }
      if (verdict !== 'measure') return;
      this.#size = await this.#measure(work);
    }
  }

  /** Finds out better than before how many rows there are to touch. */
  async #measure(work: Work): Promise<TableSize> {
    const { session } = this.#run;
    if (this.#size.kind === 'estimated')
      return { kind: 'counted', rows: await countRows(session, this.#tables) };
    const plan = await this.#plan(work);
    if (await addsForEver(this.#run.session, plan)) return { kind: 'endless' };
    this.#tables = boundingTables(plan, this.#text);
    if (this.#tables.length === 0) return { kind: 'unbounded' };
    return { kind: 'estimated', rows: await estimateRows(session, this.#tables) };
  }

  /** Its plan, as the settings of a body make it. */
  async #plan({ script }: Work): Promise<object | undefined> {
    const run = this.#run;
    const sent = [...bodySettings(run, script, 'LOCAL'), this.#batch, planOfStatement(this.#text)];
    const answer = (await run.session.work(sent.join(';\n'), () => true)).at(-1)?.rows[0];
    await run.session.run(ownAgain(run.session, run.config.role, false).join('; '));
    return answer;
  }

  #failure(failure: Pick<Failure, 'message' | 'remedy'>): SlipwayError {
    const place = placeAt(this.#body.script.source, this.#statement.start);
    return new SlipwayError({ exit: 'migration', place, ...failure });
  }

  get #text(): string {
    const { start, end } = this.#statement;
    return this.#body.script.text.slice(start, end);
  }

  get #statement(): Pick<Statement, 'start' | 'end'> {
    return this.#body.script.statements.at(0) ?? { start: 0, end: 0 };
  }
}

/** The statements of which the server says how many rows they touched; SELECT tells how many rows it returns. */
const counted: readonly (string | undefined)[] = ['UPDATE', 'DELETE', 'INSERT', 'MERGE'];

const uncounted = (command: string): Pick<Failure, 'message' | 'remedy'> => ({
  message: `the statement ended as ${command === '' ? 'none that changes rows' : command}: the server does not say how many rows it changed`,
  remedy:
    'Let the statement itself be the UPDATE, DELETE, INSERT or MERGE, with nothing but WITH ahead of it: it is repeated until it touches no row.',
});

const endless = (
  { version }: Work,
  repeated: Repeated,
  tables: readonly string[],
  size: TableSize,
): Pick<Failure, 'message' | 'remedy'> => ({
  message: `it would never end: ${grouped(repeated.rows)} rows were touched, more than twice as many as ${tables.join(' or ')} has${'rows' in size ? ` (${grouped(size.rows)})` : ''}`,
  remedy: `A row that was touched must not be found again: see whether its WHERE still holds for it (for a column that is filled, \`... IS NULL\`). ${goingOnAfter(version, repeated)}`,
});

const addingForEver = ({ version }: Work, batches: number): Pick<Failure, 'message' | 'remedy'> => ({
  message:
    'it would never end: the INSERT adds rows without reading the table that it adds them to, so that it finds the same again',
  remedy: `Let it leave out what is there already, by WHERE NOT EXISTS (SELECT FROM that table ...) or ON CONFLICT DO NOTHING. ${goingOnAfter(version, { batches })}`,
});

/** What to do once a file was corrected of which batches are committed. */
const goingOnAfter = (version: Version, { batches }: Pick<Repeated, 'batches'>): string =>
  batches === 0
    ? 'Correct it and start again.'
    : `What ${grouped(batches)} ${batches === 1 ? 'batch' : 'batches'} did is kept. Correct the file; where that may stay: slipway repair --apply --accept-edit ${version}, and \`slipway up\` goes on.`;

/** A failure of a batch, with what was committed before it. */
function keeping(error: BodyFailure, { version }: Work, repeated: Repeated): BodyFailure {
  const { failure, again } = error;
  if (repeated.batches === 0 || failure.exit !== 'migration') return error;
  return new BodyFailure(
    { ...failure, remedy: `${failure.remedy} ${goingOnAfter(version, repeated)}` },
    again,
    error,
  );
}
