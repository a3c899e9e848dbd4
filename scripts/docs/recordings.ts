import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { localhostIn } from '../../src/postgres/container.ts';
import { makeProject, type Project } from '../../test/support/project.ts';
import { slipway } from '../../test/support/slipway.ts';
import { fence } from './text.ts';

/** A server to record on, as its superuser. */
export interface RecordingServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** One database, one project folder, and what the program printed there. */
export interface Take {
  readonly project: Project;
  /** The name of a role that may log in with the password `secret`; it is made for this take. */
  readonly role: string;
  /** @param database another one than that of the take. */
  sql(text: string, database?: string): Promise<void>;
  /** Runs the program; records its command line, what it printed and its exit code. */
  run(command: string, env?: Readonly<Record<string, string>>): Promise<void>;
  /** Records what a file of the project holds; of several that begin and end so, the first. */
  show(file: string): void;
  /** Records what a file of the project holds, and nothing else. */
  keep(file: string): void;
}

const alembic = `CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
  INSERT INTO public.alembic_version VALUES ('3f1c2a9d7e10'), ('9b7d5e0c4a21');`;

/** Each recorded part with how it comes about. */
const takes: Readonly<Record<string, (take: Take, root: string) => Promise<void>>> = {
  async up({ project, run }, root) {
    copyExample(root, project);
    await run('up');
    await run('up');
  },
  async 'says-refused'({ project, run }, root) {
    copyExample(root, project);
    // Nobody listens on the port of tcpmux.
    await run('up --wait-timeout 1s', { PGPORT: '1' });
  },
  async 'says-name'({ project, run }, root) {
    copyExample(root, project);
    // An empty label cannot resolve, with or without a network.
    await run('up --wait-timeout 1s', { PGHOST: 'postgress..' });
  },
  async 'says-password'({ project, run }, root) {
    copyExample(root, project);
    await run('up --wait-timeout 1s', { PGPASSWORD: 'from-before' });
  },
  async 'says-unmanaged'({ project, run, sql }, root) {
    copyExample(root, project);
    const byHand = 'ALTER TABLE trading.orders ALTER COLUMN status DROP DEFAULT;';
    await sql(readFileSync(join(root, 'sql/baseline.sql'), 'utf8') + byHand);
    await run('up');
  },
  async adopt({ project, run, sql }, root) {
    copyExample(root, project);
    await sql(readFileSync(join(root, 'sql/baseline.sql'), 'utf8') + alembic);
    await run('up');
  },
  async fix({ project, run, sql, show }, root) {
    copyExample(root, project);
    const lost =
      'ALTER TABLE trading.accounts DROP balance_usd; ALTER TABLE trading.orders ALTER status DROP DEFAULT';
    await sql(`${readFileSync(join(root, 'sql/baseline.sql'), 'utf8')}; ${lost}`);
    await run('adopt --write-fix fix.sql');
    show('fix.sql');
    await run('adopt --fix fix.sql');
  },
  async 'new-from'({ project, run, show }, root) {
    copyExample(root, project);
    const head = readFileSync(join(root, 'sql/baseline.sql'), 'utf8');
    const migrations = readdirSync(project.path('migrations')).filter((name) => !name.includes('.down.'));
    const texts = migrations.map((name) => readFileSync(project.path(`migrations/${name}`), 'utf8'));
    project.write(
      'sql/desired.sql',
      [head, ...texts]
        .join('\n')
        .replace('INDEX CONCURRENTLY', 'INDEX')
        .replace('  created_by varchar(100),\n', '')
        .replace(
          '  is_paper_trading',
          "  referral_code varchar(20) NOT NULL DEFAULT 'none',\n  is_paper_trading",
        ),
    );
    await run('new add referral code --from sql/desired.sql');
    show('migrations/*_add_referral_code.sql');
    show('migrations/*_add_referral_code.down.sql');
  },
  async each({ project, run, sql, show }, root) {
    copyExample(root, project);
    const names = ['acme', 'globex', 'initech'];
    const dropAll = async (): Promise<void> => {
      for (const name of names) await sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    };
    await dropAll();
    try {
      for (const name of names.slice(0, 2)) await sql(`CREATE DATABASE ${name}`);
      project.write('tenants.txt', `# a name or a URL a line\n${names.join('\n')}\n`);
      show('tenants.txt');
      await run('up --each tenants.txt --parallel 1 --create-database');
      await sql('ALTER TABLE trading.orders ALTER COLUMN status DROP DEFAULT', 'globex');
      await run('up --each tenants.txt --parallel 1');
      await run('status --each tenants.txt');
    } finally {
      await dropAll();
    }
  },
  async repair({ project, run, sql }, root) {
    copyExample(root, project);
    await run('up --log-level silent');
    await sql("DELETE FROM slipway.ledger WHERE version > '20251204093000'");
    await run('repair');
    await run('repair --apply --log-level silent');
  },
  async 'says-drift'({ project, run, sql }, root) {
    copyExample(root, project);
    await run('up --log-level silent');
    await sql('ALTER TABLE trading.orders ALTER COLUMN status DROP DEFAULT');
    await run('up');
  },
  async 'says-check'({ project, run }, root) {
    copyExample(root, project);
    project.write(
      'migrations/20260105090000_add_note.sql',
      'ALTER TABLE trading.orders ADD COLUMN note text;\n',
    );
    await run('check');
  },
  async 'says-exists'({ project, run, sql }) {
    project.write('migrations/20260105090000_add_alerts.sql', 'CREATE TABLE public.notes (id int);\n');
    await run('up --log-level silent');
    await sql('CREATE TABLE public.alerts (id int)');
    project.write(
      'migrations/20260112101500_add_alerts.sql',
      "COMMENT ON TABLE public.notes IS 'free text';\nCREATE TABLE public.alerts (\n  id int\n);\n",
    );
    await run('up');
  },
  async 'says-extension'({ project, run }) {
    project.write('migrations/20260105090000_hypertable.sql', 'CREATE EXTENSION timescaledb;\n');
    await run('up');
  },
  async 'says-directory'({ project, run }) {
    mkdirSync(project.path('sql/baseline.sql'));
    await run('up');
  },
  async 'says-privilege'({ project, role, run }, root) {
    copyExample(root, project);
    await run('up', { PGUSER: role, PGPASSWORD: 'secret' });
  },
  async 'says-reader'({ project, role, run }) {
    project.write('migrations/20260105090000_add_notes.sql', 'CREATE TABLE public.notes (id int);\n');
    await run('up --log-level silent');
    await run('wait --timeout 0', { PGUSER: role, PGPASSWORD: 'secret' });
  },
};

/** The names of the parts that `record` makes. */
export const recorded: readonly string[] = Object.keys(takes);

/**
 * Runs the program for every recorded part, each on a database of its own, which is gone afterwards.
 *
 * @param bundle the program to run, `dist/slipway.js`.
 * @returns name -> Markdown. The server is called `postgres:5432` there, the database and the roles as in the example.
 */
export async function record(
  server: RecordingServer,
  bundle: string,
  root: string,
): Promise<ReadonlyMap<string, string>> {
  const parts = new Map<string, string>();
  for (const [name, take] of Object.entries(takes)) {
    parts.set(name, fence('text', await recordOne(server, bundle, (stage) => take(stage, root))));
  }
  return parts;
}

/**
 * Runs the program on a database of its own, which is gone afterwards.
 *
 * @returns what was recorded, with the names of the example.
 */
export async function recordOne(
  server: RecordingServer,
  bundle: string,
  take: (stage: Take) => Promise<void>,
): Promise<string> {
  const admin = new pg.Client({ ...server, database: 'postgres' });
  await admin.connect();
  try {
    return await recordOn(admin, server, bundle, take);
  } finally {
    await admin.end();
  }
}

async function recordOn(
  admin: pg.Client,
  server: RecordingServer,
  bundle: string,
  take: (stage: Take) => Promise<void>,
): Promise<string> {
  const id = randomBytes(4).toString('hex');
  const database = `docs_${id}`;
  const role = `docs_role_${id}`;
  const project = makeProject();
  const lines: string[] = [];
  await admin.query(`CREATE DATABASE ${database}`);
  await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
  const sql: Take['sql'] = async (text, name = database) => {
    const client = new pg.Client({ ...server, database: name });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  const run: Take['run'] = async (command, env) => {
    const { code, stdout, stderr } = await slipway(command.split(' '), {
      bundle,
      cwd: project.directory,
      env: { ...environment(server, database), ...env },
    });
    const printed = (stderr + stdout).trimEnd();
    if (printed !== '') lines.push(`$ slipway ${command}`, printed, `exit ${code}`);
  };
  const show: Take['show'] = (file) => {
    const [before = '', after = ''] = basename(file).split('*');
    const folder = dirname(file);
    const found = readdirSync(project.path(folder))
      .sort()
      .find((name) => (file.includes('*') ? name.startsWith(before) && name.endsWith(after) : name === file));
    const path = join(folder, found ?? file);
    lines.push(`$ cat ${path}`, readFileSync(project.path(path), 'utf8').trimEnd());
  };
  const keep: Take['keep'] = (file) => {
    lines.push(readFileSync(project.path(file), 'utf8').trimEnd());
  };
  try {
    await take({ project, role, sql, run, show, keep });
  } finally {
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.query(`DROP ROLE ${role}`);
    project.destroy();
  }
  return (
    lines
      .join('\n')
      .replaceAll(new RegExp(`${server.host}:(?:${server.port}|1)\\b`, 'g'), 'postgres:5432')
      // What localhost is where this is recorded; the server is no localhost there.
      .replaceAll(` ${localhostIn.container}`, '')
      .replaceAll('postgress..', 'postgress')
      .replaceAll(database, 'trading')
      .replaceAll(role, 'trading_app')
      .replaceAll(/\b\d{14}(?=_add_referral_code)/g, '20260105090000')
      .replaceAll(/(?<=^-- Written by slipway \S+ on )\d{4}-\d\d-\d\d/gm, '2026-01-05')
  );
}

const environment = ({ host, port, user, password }: RecordingServer, database: string) => ({
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: database,
  PGSSLMODE: 'disable',
  SLIPWAY_LOG_FORMAT: 'pretty',
  SLIPWAY_SHADOW_URL: `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=disable`,
});

export function copyExample(root: string, project: Project): void {
  for (const folder of ['sql', 'migrations']) {
    cpSync(join(root, folder), project.path(folder), { recursive: true });
  }
}
