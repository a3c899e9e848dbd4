import type { LockLimit } from '../core/index.ts';
import type { Setting } from './setting.ts';
import * as type from './setting-types.ts';

/** A setting of Slipway itself, with what it is when nobody sets it and how its text is read. */
export interface OwnSetting<T> extends Setting {
  readonly initial: T;
  readonly parse: type.Parse<T>;
}

/** The flag is the variable without `SLIPWAY_`: `SLIPWAY_WAIT_TIMEOUT` and `--wait-timeout`. */
function own<T>(
  variable: string,
  rest: Pick<OwnSetting<T>, 'placeholder' | 'fallback' | 'summary' | 'parse'> & {
    readonly initial: NoInfer<T>;
  },
): OwnSetting<T> {
  const flag = `--${variable.replace('SLIPWAY_', '').toLowerCase().replaceAll('_', '-')}`;
  return { variable, flag, isSecret: false, ...rest };
}

/** Slipway's own settings, each under its name in `Config`: what is read, its type and its help follow from the row. */
export const ownSettings = {
  migrations: own('SLIPWAY_MIGRATIONS', {
    placeholder: 'DIR',
    fallback: 'migrations',
    summary: 'where the migrations are',
    initial: 'migrations',
    parse: type.path,
  }),
  baseline: own('SLIPWAY_BASELINE', {
    placeholder: 'FILE',
    fallback: 'sql/baseline.sql',
    summary: 'the baseline: the whole schema as of one version',
    initial: 'sql/baseline.sql',
    parse: type.path,
  }),
  lockfile: own('SLIPWAY_LOCKFILE', {
    placeholder: 'FILE',
    fallback: 'sql/schema.lock.json',
    summary: 'the lock file',
    initial: 'sql/schema.lock.json',
    parse: type.path,
  }),
  app: own<string | null>('SLIPWAY_APP', {
    placeholder: 'NAME',
    fallback: 'the name in the lock, else `default`',
    summary: 'whose ledger rows these are: several apps can share a database',
    initial: null,
    parse: type.appName,
  }),
  schema: own('SLIPWAY_SCHEMA', {
    placeholder: 'NAME',
    fallback: 'slipway',
    summary: "the ledger's schema",
    initial: 'slipway',
    parse: type.schemaName,
  }),
  waitTimeoutMs: own('SLIPWAY_WAIT_TIMEOUT', {
    placeholder: 'DURATION',
    fallback: '60s',
    summary: 'how long to wait for the server, and for each answer to a query of Slipway; 0: do not wait',
    initial: 60_000,
    parse: type.duration,
  }),
  lockTimeoutMs: own('SLIPWAY_LOCK_TIMEOUT', {
    placeholder: 'DURATION',
    fallback: '60s',
    summary: 'how long to wait for another run to end; 0: do not wait',
    initial: 60_000,
    parse: type.duration,
  }),
  runTimeoutMs: own('SLIPWAY_RUN_TIMEOUT', {
    placeholder: 'DURATION',
    fallback: 'none',
    summary: 'deadline for the whole run',
    initial: null,
    parse: type.orNone(type.positiveDuration('no run can end in no time')),
  }),
  ddlLockTimeoutMs: own('SLIPWAY_DDL_LOCK_TIMEOUT', {
    placeholder: 'DURATION',
    fallback: '3s',
    summary: 'how long a statement waits for a lock before it backs off and is tried again',
    initial: 3_000,
    parse: type.positiveDuration('a DDL would hold up live traffic without limit'),
  }),
  statementTimeoutMs: own('SLIPWAY_STATEMENT_TIMEOUT', {
    placeholder: 'DURATION',
    fallback: 'none',
    summary: 'how long one statement may take',
    initial: null,
    parse: type.orNone(type.positiveDuration('PostgreSQL would read it as no limit')),
  }),
  maxLock: own<LockLimit | null>('SLIPWAY_MAX_LOCK', {
    placeholder: 'LEVEL',
    fallback: 'none',
    summary:
      'the strongest lock that a migration may take on a table that is there already, such as share-update-exclusive; by comma no-rewrite or no-scan',
    initial: null,
    parse: type.orNone(type.lockLimit),
  }),
  maxLagMs: own('SLIPWAY_MAX_LAG', {
    placeholder: 'DURATION',
    fallback: 'none',
    summary: 'a repeated file waits before its next batch while a replica lags by more than this',
    initial: null,
    parse: type.orNone(type.positiveDuration('no replica is ever without any lag')),
  }),
  onDrift: own('SLIPWAY_ON_DRIFT', {
    placeholder: 'WORD',
    fallback: 'fail',
    summary: 'when the schema differs from the lock: fail, warn or ignore',
    initial: 'fail',
    parse: type.choice(['fail', 'warn', 'ignore']),
  }),
  fingerprint: own('SLIPWAY_FINGERPRINT', {
    placeholder: 'WORD',
    fallback: 'renew',
    summary:
      'renew: a start at head believes that a catalog without a change has the schema that was proved; off: it reads the schema each time',
    initial: 'renew',
    parse: type.choice(['renew', 'off']),
  }),
  onAhead: own('SLIPWAY_ON_AHEAD', {
    placeholder: 'WORD',
    fallback: 'warn',
    summary: 'when the database is newer than this image: fail or warn',
    initial: 'warn',
    parse: type.choice(['fail', 'warn']),
  }),
  adopt: own('SLIPWAY_ADOPT', {
    placeholder: 'WORD',
    fallback: 'match',
    summary: 'adopt a database without a ledger where it matches: match or never',
    initial: 'match',
    parse: type.choice(['match', 'never']),
  }),
  allowOutOfOrder: own('SLIPWAY_ALLOW_OUT_OF_ORDER', {
    placeholder: null,
    fallback: 'off',
    summary: 'apply migrations older than the newest one applied',
    initial: false,
    parse: type.flag,
  }),
  role: own<string | null>('SLIPWAY_ROLE', {
    placeholder: 'ROLE',
    fallback: '',
    summary: 'role to take (SET ROLE) before any DDL',
    initial: null,
    parse: type.parseIdentifier,
  }),
  readers: own('SLIPWAY_READERS', {
    placeholder: 'ROLES',
    fallback: '',
    summary: 'roles, separated by commas, that may read the ledger, for `wait`',
    initial: [],
    parse: type.identifiers,
  }),
  createDatabase: own('SLIPWAY_CREATE_DATABASE', {
    placeholder: null,
    fallback: 'off',
    summary: 'create the database when it is missing',
    initial: false,
    parse: type.flag,
  }),
  logLevel: own('SLIPWAY_LOG_LEVEL', {
    placeholder: 'LEVEL',
    fallback: 'info',
    summary: 'trace, debug, info, warn, error or silent',
    initial: 'info',
    parse: type.choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  }),
  logFormat: own<'json' | 'pretty' | null>('SLIPWAY_LOG_FORMAT', {
    placeholder: 'FORMAT',
    fallback: '`json`, on a terminal `pretty`',
    summary: 'json or pretty',
    initial: null,
    parse: type.choice(['json', 'pretty']),
  }),
};

/** The value of each. */
export type OwnConfig = {
  readonly [Name in keyof typeof ownSettings]: (typeof ownSettings)[Name] extends OwnSetting<infer T>
    ? T
    : never;
};
