import type { Authority } from '../support/certificates.ts';
import type { Target } from './secrets-places.ts';

/** What the failures need. */
export interface Ground {
  /** Has not signed the server's certificate. */
  readonly stranger: Authority;
  /** A PgBouncer in transaction mode, and a way around it that asks for the password in clear text; null where there is none. */
  readonly pooler: { readonly port: number; readonly direct: string } | null;
}

/** A run that fails: how, and with which code. */
export interface Failure {
  readonly title: string;
  readonly code: number;
  /** SLIPWAY_WAIT_TIMEOUT, where waiting is what it does. */
  readonly wait?: string;
  readonly args?: readonly string[];
  readonly target?: Partial<Target>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly files?: Readonly<Record<string, string>>;
}

const file = 'migrations/20250102000000_second.sql';
/** Takes a session of its own, which a pooler does not give. */
const concurrent = '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY i ON public.first (id);';
const usesKey = "current_setting('slipway.key')";

/** Runs of every kind that fail. */
export const failuresOn = ({ stranger, pooler }: Ground): readonly Failure[] => [
  { title: 'a wrong password', wait: '2s', code: 77, target: { user: 'other' } },
  { title: 'a missing role', wait: '2s', code: 77, target: { user: 'nobody' } },
  { title: 'a missing database', wait: '2s', code: 78, target: { database: 'nothing' } },
  { title: 'a server that is not there', wait: '0', code: 75, target: { port: 1 } },
  { title: 'a host that is not there', wait: '0', code: 75, target: { host: 'no-such-host.invalid' } },
  { title: 'a bad setting', code: 78, env: { SLIPWAY_WAIT_TIMEOUT: 'soon' } },
  {
    title: 'a certificate of a stranger',
    code: 78,
    env: { PGSSLMODE: 'verify-full', PGSSLROOTCERT: stranger.rootFile },
  },
  { title: 'a password in clear text', code: 78, target: { user: 'clear' }, env: { PGSSLMODE: 'disable' } },
  { title: 'a role without rights', code: 77, target: { user: 'weak', database: 'fresh' } },
  { title: 'an unknown flag', code: 64, args: ['up', '--no-such-flag'] },
  { title: 'a bad migration', code: 65, files: { [file]: 'SELECT no_such_column;' } },
  {
    title: 'a migration that fails beside a secret',
    code: 65,
    files: {
      [file]: `CREATE TABLE t (key text);\nINSERT INTO t SELECT ${usesKey};\nSELECT 1 / 0, key FROM t;`,
    },
  },
  {
    title: 'a migration that takes a secret for a number',
    code: 65,
    files: { [file]: "SELECT current_setting('slipway.token')::int;" },
  },
  {
    title: 'a migration whose constraint does not hold for a secret',
    code: 65,
    files: { [file]: `CREATE TABLE t (key text CHECK (key = ''));\nINSERT INTO t SELECT ${usesKey};` },
  },
  {
    title: 'a migration that makes a role with a secret',
    code: 65,
    files: { [file]: `DO $$ BEGIN EXECUTE format('CREATE ROLE other PASSWORD %L', ${usesKey}); END $$;` },
  },
  {
    title: 'a shadow database on a server that is not there',
    wait: '0',
    code: 75,
    args: ['check', '--write'],
  },
  {
    title: 'a database that is behind',
    code: 1,
    args: ['status', '--exit-code'],
    target: { database: 'fresh' },
  },
  { title: 'a wait that ends', code: 75, args: ['wait', '--timeout', '0'], target: { database: 'fresh' } },
  ...(pooler === null ? [] : throughPooler(pooler)),
];

const throughPooler = ({ port, direct }: NonNullable<Ground['pooler']>): readonly Failure[] => {
  const common = {
    target: { host: '127.0.0.1', port },
    env: { PGSSLMODE: 'disable' },
    files: { [file]: concurrent },
  };
  return [
    {
      title: 'a pooler, and a way around it that asks for the password in clear text',
      code: 78,
      ...common,
      env: { ...common.env, SLIPWAY_DIRECT_URL: direct },
    },
    {
      title: 'a pooler, and no direct connection',
      code: 78,
      ...common,
      env: { ...common.env, SLIPWAY_DIRECT_URL: undefined },
    },
  ];
};
