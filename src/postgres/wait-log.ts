import { type Deadline, Heartbeat, seconds } from '../core/index.ts';
import type { Log } from '../log/index.ts';
import type { ConnectionFailure } from './failure.ts';
import type { Session } from './session.ts';

/** Says each new reason once, then that it still holds, every 10 s. */
export class WaitLog {
  readonly #log: Log;
  readonly #heartbeat = new Heartbeat();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param until when this reason is given up. */
  waiting({ key, text, remedy }: ConnectionFailure, until: Deadline): void {
    if (!this.#heartbeat.isDue(key)) return;
    const { spanMs } = until;
    const span = spanMs === null ? '' : ` of ${seconds(spanMs)}`;
    this.#log.info(
      {
        event: 'waiting',
        reason: key.split(' ')[0],
        waitedMs: Math.round(until.elapsedMs()),
        remedy,
      },
      `waiting: ${text}; ${seconds(until.elapsedMs())}${span}`,
    );
  }

  connected({ greeting }: Session, tries: number, deadline: Deadline): void {
    const { host, database, version, tls } = greeting;
    const waitedMs = Math.round(deadline.elapsedMs());
    const again = tries === 1 ? '' : ` after ${tries} tries`;
    this.#log.debug(
      {
        event: 'connected',
        host: host.host,
        port: host.port,
        database,
        server: version,
        tls,
        tries,
        waitedMs,
      },
      `connected to PostgreSQL ${version} at ${host.host}:${host.port}/${database} in ${waitedMs} ms${again}`,
    );
  }
}
