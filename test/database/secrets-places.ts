import { canary, newSecret } from '../support/secrets.ts';

/** A password that nothing takes as it is: it has what URLs, DSNs, password files and SQL have to escape. */
export const secret = `${newSecret()} '"\\${canary}`;

/** Where a run is to connect to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** What is set to give a run its password, in the environment and in files of its folder. */
export interface Given {
  readonly env: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
}

const parts = ({ host, port, user, database }: Target): Record<string, string> => ({
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGDATABASE: database,
});
const url = ({ host, port, user, database }: Target, password: string): string =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;
const inDsn = secret.replaceAll(/['\\]/g, '\\$&');
const inPassfile = secret.replaceAll(/[:\\]/g, '\\$&');

/** A place where somebody gives a password; `isBad` where it cannot be read as it stands. */
export interface Place {
  readonly title: string;
  readonly isBad?: boolean;
  give(target: Target): Given;
}

/** Every place that Slipway reads a password from. */
export const places: readonly Place[] = [
  { title: 'PGPASSWORD', give: (to) => ({ env: { ...parts(to), PGPASSWORD: secret }, files: {} }) },
  {
    title: 'PGPASSWORD_FILE',
    give: (to) => ({
      env: { ...parts(to), PGPASSWORD_FILE: 'password.txt' },
      files: { 'password.txt': `${secret}\n` },
    }),
  },
  {
    title: 'PGPASSFILE',
    give: (to) => ({
      env: { ...parts(to), PGPASSFILE: 'passfile' },
      files: { passfile: `*:*:*:*:${inPassfile}\n` },
    }),
  },
  {
    title: 'DATABASE_URL',
    give: (to) => ({ env: { DATABASE_URL: url(to, encodeURIComponent(secret)) }, files: {} }),
  },
  {
    title: 'DATABASE_URL, not escaped',
    isBad: true,
    give: (to) => ({ env: { DATABASE_URL: url(to, secret) }, files: {} }),
  },
  {
    title: 'DATABASE_URL of key=value pairs',
    give: ({ host, port, user, database }) => ({
      env: { DATABASE_URL: `host=${host} port=${port} user=${user} password='${inDsn}' dbname=${database}` },
      files: {},
    }),
  },
  {
    title: 'DATABASE_URL_FILE',
    give: (to) => ({
      env: { DATABASE_URL_FILE: 'url.txt' },
      files: { 'url.txt': url(to, encodeURIComponent(secret)) },
    }),
  },
  {
    title: '.env',
    give: (to) => ({ env: parts(to), files: { '.env': `PGPASSWORD=\`${secret}\`\n` } }),
  },
];

const elsewhere = `postgresql://u:${encodeURIComponent(secret)}@127.0.0.1:1/x`;

/** What every run is given besides: the same secret, wherever else one may stand, and under names that Slipway does not know. */
export const besides: Given = {
  env: {
    SLIPWAY_DIRECT_URL: elsewhere,
    SLIPWAY_SHADOW_URL: elsewhere,
    SLIPWAY_VAR_key: secret,
    SLIPWAY_VAR_token_FILE: 'token.txt',
    SLIPWAY_PASWORD: secret,
    PGPASSWROD: secret,
    APP_SECRET: secret,
  },
  files: { 'token.txt': secret },
};
