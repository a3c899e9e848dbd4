import type { Run } from '../migrate/index.ts';
/** Which database a run was about. */
export interface Where {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The role that reads and writes: SLIPWAY_ROLE's, or the one that logged in. */
  readonly role: string;
}

/** The database of the connection as it is now. */
export function whereOf({ session, config }: Pick<Run, 'session' | 'config'>): Where {
  const { host, database, user } = session.greeting;
  return { name: database, host: host.host, port: host.port, role: config.role ?? user };
}

/** `trading (postgres:5432, role app)`. */
export const describeWhere = ({ name, host, port, role }: Where): string =>
  `${name} (${host.includes(':') ? `[${host}]` : host}:${port}, role ${role})`;
