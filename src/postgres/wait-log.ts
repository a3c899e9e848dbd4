import { type Deadline, seconds } from '../core/index.ts';
import type { Log } from '../log/index.ts';
import type { ConnectionFailure } from './failure.ts';
import type { Session } from './session.ts';

/**
 * @param until when this reason is given up.
 * @param isNew whether this reason was not said before: what to do is said once.
 */
export function sayWaiting(
  log: Log,
  { key, text, remedy }: ConnectionFailure,
  until: Deadline,
  isNew: boolean,
): void {
  const { spanMs } = until;
  const span = spanMs === null ? '' : ` of ${seconds(spanMs)}`;
  log.info(
    {
      event: 'waiting',
      reason: key.split(' ')[0],
      waitedMs: Math.round(until.elapsedMs()),
      ...(isNew ? { remedy } : {}),
    },
    `waiting: ${text}; ${seconds(until.elapsedMs())}${span}`,
  );
}

export function sayConnected(log: Log, { greeting }: Session, tries: number, deadline: Deadline): void {
  const { host, database, version, tls } = greeting;
  const waitedMs = Math.round(deadline.elapsedMs());
  const again = tries === 1 ? '' : ` after ${tries} tries`;
  log.debug(
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
