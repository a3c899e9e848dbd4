import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import pg from 'pg';
import { leftovers as known, probe, word } from '../../support/leftovers.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { startServer } from '../../support/servers.ts';
import { canary } from '../canary.ts';
import { runCommand } from '../commands.ts';
import type { Family, Observed } from '../family.ts';
import { exitOf } from '../judge.ts';

/** How a body comes to the server. */
const paths = ['message', 'module', 'copy', 'outside'] as const;

export interface LeftoverInput {
  readonly path: (typeof paths)[number];
  /** Whether the lock says what the body makes, so that it is inspected before the end. */
  readonly isProved: boolean;
  readonly statements: readonly string[];
  /** Whether they run within a block of PL/pgSQL. */
  readonly isBlock: boolean;
}

/** What stands in the database after a run. */
export interface Left {
  /** The exit's name. */
  readonly exit: string;
  /** The rows of the ledger: version and state. */
  readonly states: readonly string[];
  /** What the first and the last migration found, by its number. */
  readonly found: ReadonlyMap<number, unknown>;
  /** Whether the body's table is there. */
  readonly isMade: boolean;
}

/** The tables that are written to; an inspection; the body; an inspection. */
const [v0, v1, v2, v3] = ['20250101000000', '20250102000000', '20250103000000', '20250104000000'];
const done = [v0, v1, v2, v3].map((version) => `${version}:done`);

/**
 * What is wrong with what a run left. Either all is done, and the last migration finds what the first one found;
 * or the body was refused for what it says, and nothing of it is kept.
 */
export function wrongIn({ exit, states, found, isMade }: Left): string[] {
  if (exit !== 'ok') {
    return [
      ...(exit === 'migration' || exit === 'denied' ? [] : [`it ended with ${exit}`]),
      ...(states.join() === done.slice(0, 2).join()
        ? []
        : [`a body that is refused leaves ${states.join() || 'no row'}`]),
      ...(isMade ? ['a body that is refused leaves its table'] : []),
    ];
  }
  const [first, last] = [found.get(1), found.get(3)] as readonly (Record<string, unknown> | undefined)[];
  const names = Object.keys(first ?? {}).filter(
    (name) => JSON.stringify(first?.[name]) !== JSON.stringify(last?.[name]),
  );
  return [
    ...(states.join() === done.join() ? [] : [`the ledger has ${states.join() || 'no row'}`]),
    ...(isMade ? [] : ['what the body makes is not there']),
    ...(first?.text === word && last?.text === word ? [] : ['text did not arrive as it was']),
    ...names.map((name) => `the next migration finds another "${name}"`),
  ];
}

/** Settings of a session with values that they may have, beyond those that are named one by one. */
async function settingsOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `SELECT name, vartype, enumvals, min_val, max_val, setting FROM pg_settings
      WHERE context IN ('user', 'superuser') AND name !~ '^(log_|transaction_|debug_|trace_)|[.]' AND vartype IN ('bool', 'enum', 'integer')`,
  );
  return rows.flatMap(({ name, vartype, enumvals, min_val, max_val, setting }) => {
    const values: string[] =
      vartype === 'bool'
        ? [setting === 'on' ? 'off' : 'on']
        : vartype === 'enum'
          ? enumvals
          : /timeout|interval|delay/.test(name)
            ? ['4321']
            : [min_val, max_val];
    return values.map((value) => `SET ${name} = '${value}'`);
  });
}

const scopes = [
  (sql: string) => sql,
  (sql: string) => sql.replace(/^SET (?!LOCAL|SESSION|NAMES|CONSTRAINTS)/, 'SET LOCAL '),
  (sql: string) =>
    sql.replace(
      /^SET (\w+) = ('.*'|\w+)$/,
      (_, name, value) => `SELECT set_config('${name}', '${value.replaceAll("'", '')}', false)`,
    ),
];

const inputs = (statements: readonly string[]): fc.Arbitrary<LeftoverInput> =>
  fc.record({
    path: fc.constantFrom(...paths),
    isProved: fc.boolean(),
    isBlock: fc.boolean(),
    statements: fc.uniqueArray(
      fc
        .tuple(
          fc.oneof(fc.constantFrom<string>(...known), fc.constantFrom(...statements)),
          fc.constantFrom(...scopes),
        )
        .map(([sql, scoped]) => scoped(sql)),
      { minLength: 1, maxLength: 4 },
    ),
  });

const table = 'CREATE TABLE public.made ()';

/** The file of the body: its name and text. */
function bodyOf({ path, statements, isBlock }: LeftoverInput): readonly [string, string] {
  const isOneBlock = isBlock || path === 'outside';
  const all = [table, ...statements];
  const block = `DO $do$ BEGIN ${all.map((sql) => `EXECUTE $x$${sql}$x$;`).join(' ')} END $do$`;
  const sql = isOneBlock ? [block] : all;
  switch (path) {
    case 'module':
      return [
        'body.mjs',
        `export async function up({ client }) { for (const sql of ${JSON.stringify(sql)}) await client.query(sql); }`,
      ];
    case 'copy':
      return [
        'body.sql',
        `COPY public.copied FROM stdin;\n${word.replaceAll('\\', '/')}\n\\.\n${sql.join(';\n')};\n`,
      ];
    case 'outside':
      return ['body.sql', `-- slipway: no-transaction\n${sql.join(';\n')};\n`];
    case 'message':
      return ['body.sql', `${sql.join(';\n')};\n`];
  }
}

const tables = 'CREATE TABLE public.facts (n int, here jsonb); CREATE TABLE public.copied (line text);\n';
const first = `${probe(1)};\n`;
const last = `${probe(3)};\n`;

/** Bodies that leave settings and other things behind, run by `up` on a real server. */
export async function leftovers(): Promise<Family<LeftoverInput>> {
  const server = await startServer(18);
  const { host, port, user, password } = server;
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ host, port, user, password, database });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const admin = await connect('postgres');
  await admin.query('SET scram_iterations = 1');
  await admin.query(`CREATE ROLE fuzz SUPERUSER LOGIN PASSWORD '${canary}'`);
  await admin.query('CREATE DATABASE tried OWNER fuzz');
  const settings = await settingsOf(admin);
  const client = await connect('tried');
  await assertSeen(() => connect('tried'));
  const project = makeProject();
  const env = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: 'fuzz',
    PGPASSWORD: canary,
    PGDATABASE: 'tried',
    PGSSLMODE: 'disable',
  };
  const lay = (input: LeftoverInput, body = bodyOf(input)): void => {
    for (const name of ['body.sql', 'body.mjs']) tryRemove(project, `migrations/${v2}_${name}`);
    project.write(`migrations/${v0}_tables.sql`, tables);
    project.write(`migrations/${v1}_first.sql`, first);
    project.write(`migrations/${v2}_${body[0]}`, body[1]);
    project.write(`migrations/${v3}_last.sql`, last);
  };
  const up = (): Promise<Observed> => runCommand('up', { directory: project.directory, env });
  lay({ path: 'message', isProved: true, isBlock: false, statements: [] });
  const shadow = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres`;
  const checked = await runCommand('check', {
    directory: project.directory,
    env: { ...env, SLIPWAY_SHADOW_URL: shadow },
    flags: { write: true },
  });
  if (checked.error !== null || checked.exitCode !== 0)
    throw new Error(checked.said.join('\n'), { cause: checked.error });
  const lockPath = project.path('sql/schema.lock.json');
  const lock = JSON.parse(readFileSync(lockPath, 'utf8'));
  return {
    name: 'leftovers',
    share: 0.008,
    isPure: false,
    inputs: inputs(settings),
    async run(input) {
      await client.query(
        'DROP SCHEMA IF EXISTS slipway CASCADE; DROP TABLE IF EXISTS public.facts, public.copied, public.made',
      );
      const body = bodyOf(input);
      lay(input, body);
      if (input.isProved) {
        lock.migrations[v2].checksum = createHash('sha256').update(body[1]).digest('hex');
        project.write('sql/schema.lock.json', JSON.stringify(lock));
      } else tryRemove(project, 'sql/schema.lock.json');
      const ended = await up();
      const broken = wrongIn({ exit: exitOf(ended), ...(await lookAt(client)) });
      return { ...ended, broken: [...ended.broken, ...broken] };
    },
    async destroy() {
      await Promise.allSettled([admin.end(), client.end()]);
      await server.stop('immediate');
      project.destroy();
    },
  };
}

function tryRemove(project: Project, file: string): void {
  try {
    project.remove(file);
  } catch {
    // It is not there.
  }
}

async function lookAt(client: pg.Client): Promise<Omit<Left, 'exit'>> {
  const has = async (name: string): Promise<boolean> =>
    (await client.query('SELECT to_regclass($1) IS NOT NULL AS has', [name])).rows[0].has;
  const states = (await has('slipway.ledger'))
    ? (await client.query(`SELECT version || ':' || state AS state FROM slipway.ledger ORDER BY 1`)).rows
    : [];
  const facts = (await has('public.facts'))
    ? (await client.query('SELECT n, here FROM public.facts')).rows
    : [];
  return {
    states: states.map(({ state }) => state),
    found: new Map(facts.map(({ n, here }) => [n, here])),
    isMade: await has('public.made'),
  };
}

/** Statements that change nothing which a session shows later. */
const unseen = /^SET LOCAL|, true\)$|^SET CONSTRAINTS|^DEALLOCATE/;

/**
 * Sees to it that what is generated is seen by the judge: each of the known leftovers, in a session that nobody tidies.
 *
 * @throws Error that names those it is blind to.
 */
async function assertSeen(connect: () => Promise<pg.Client>): Promise<void> {
  const blind: string[] = [];
  for (const statement of known.filter((sql) => !unseen.test(sql))) {
    const client = await connect();
    await client.query('CREATE TEMP TABLE found (n int, here jsonb); GRANT ALL ON found TO PUBLIC');
    await client.query(probe(1, 'pg_temp.found'));
    await client.query(statement);
    const isSeen = await client
      .query(probe(3, 'pg_temp.found'))
      .then(() => client.query('SELECT n, here FROM pg_temp.found ORDER BY n'))
      .then(
        ({ rows }) =>
          wrongIn({
            exit: 'ok',
            states: done,
            found: new Map(rows.map(({ n, here }) => [n, here])),
            isMade: true,
          }).length > 0,
        () => true,
      );
    if (!isSeen) blind.push(statement);
    await client.end();
  }
  if (blind.length > 0) throw new Error(`the judge does not see what these leave: ${blind.join('; ')}`);
}
