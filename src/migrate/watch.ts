import { nowMs } from '../core/index.ts';
import { describeSession, sessionColumns } from '../ledger/advisory-lock.ts';
import type { Row, Session } from '../postgres/index.ts';
import type { Run } from './run.ts';

/** Looks on, over a connection of its own, while a statement takes long. */
export interface Watch {
  /** Who was last seen standing in the way, in words; null: nobody. */
  readonly blocker: string | null;
  /** Ends the looking on; resolves when its connection is closed. */
  stop(): Promise<void>;
}

const firstCheckMs = 1000;
const everyMs = 5000;
const mostForLastCheckMs = 500;

/** Says what a long step waits for and who holds it: first after 1 s at most if something holds it, then every 5 s. */
export function watch(run: Run, title: string, backendPid: number): Watch {
  const startedAt = nowMs();
  let session: Promise<Session> | null = null;
  let blocker: string | null = null;
  let checking: Promise<void> = Promise.resolve();
  let lastSaidMs = 0;
  let isChecking = false;
  const inspection = async (): Promise<void> => {
    session ??= run.openQuietly();
    const [row] = await (await session).rows(activityQuery(backendPid));
    if (!row) return;
    const blockers = (row.blockers ?? []) as Row[];
    blocker = blockers.length > 0 ? blockers.map(describeSession).join(' and ') : null;
    const elapsedMs = Math.round(nowMs() - startedAt);
    const isCommitting = row.wait === 'IPC: SyncRep';
    if (elapsedMs - lastSaidMs < everyMs - 500 && blocker === null && !isCommitting) return;
    lastSaidMs = elapsedMs;
    run.log.info(
      { event: 'progress', elapsedMs, blocker, phase: textOf(row.phase), waitsFor: textOf(row.wait) },
      [
        `still running ${title}, ${(elapsedMs / 1000).toFixed(0)} s`,
        isCommitting ? waitsForStandby : null,
        row.phase ? `${String(row.phase)}${percent(row)}` : null,
        blocker ? `waits for ${blocker}` : null,
      ]
        .filter((part) => part !== null)
        .join('; '),
    );
  };
  // Looking on is a courtesy: where no second connection is to be had, the step goes on without it.
  const tick = (): void => {
    if (isChecking) return;
    isChecking = true;
    checking = inspection()
      .catch(() => undefined)
      .finally(() => {
        isChecking = false;
      });
  };
  // Before the statement backs off, which it does after the lock timeout: who stood in its way is then known.
  const first = setTimeout(tick, Math.min(firstCheckMs, run.config.ddlLockTimeoutMs / 2));
  const timer = setInterval(tick, everyMs);
  return {
    get blocker() {
      return blocker;
    },
    async stop() {
      clearTimeout(first);
      clearInterval(timer);
      // A pool that has no room for a second connection must not keep the step from its end.
      const impatient = setTimeout(() => {
        session?.then((open) => open.destroy()).catch(() => undefined);
      }, mostForLastCheckMs);
      await checking;
      clearTimeout(impatient);
      if (session) await session.then((open) => open.end()).catch(() => undefined);
    },
  };
}

/** What PostgreSQL's COMMIT waits for where synchronous_standby_names is set (docs 26.2.8). */
const waitsForStandby =
  'committed here, waits for a synchronous standby (synchronous_standby_names) to confirm it';

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const percent = ({ done, total }: Row): string =>
  Number(total) > 0 ? ` ${Math.floor((100 * Number(done)) / Number(total))} %` : '';

/** What a server process waits for and who is in its way (PostgreSQL docs 9.27, pg_blocking_pids; 27.4.4). */
const activityQuery = (backendPid: number): string =>
  `SET LOCAL search_path = pg_catalog, pg_temp;
   SELECT concat_ws(': ', a.wait_event_type, a.wait_event) AS wait, i.phase, i.blocks_done AS done, i.blocks_total AS total,
     (SELECT json_agg(s) FROM (SELECT ${sessionColumns('b')}
        FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid))) s) AS blockers
   FROM pg_stat_activity a LEFT JOIN pg_stat_progress_create_index i ON i.pid = a.pid
  WHERE a.pid = ${backendPid}`;
