import type { ToolEvidence } from '../../../src/inspect/evidence.ts';
import {
  enter,
  expectRan,
  type Page,
  prismaEngines,
  readPage,
  type Shell,
} from '../../support/coming-from.ts';
import { findTools } from '../../support/coming-from-tools.ts';
import { createDatabase, majors, newestMajor, serverOf, type TestDatabase } from '../../support/database.ts';
import { dumps, findPgDump } from '../../support/pg-dump.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';

const scene = useScenes();
// The tools come from npm when they are first needed.
jest.setTimeout(300_000);
const tools = findTools();
const pgDump = findPgDump();
/** The newest server that pg_dump can dump. */
const dumpable = majors.filter((major) => dumps(pgDump, major)).at(-1) ?? null;

interface Crossing {
  readonly page: string;
  readonly tool: string;
  readonly major: number | null;
  /** Brings the database to the version before the newest, with the tool itself. */
  readonly make: string;
  readonly theirs: readonly string[];
  /** The versions that its table names, and that do not count as applied. */
  readonly undone?: readonly string[];
  /** What follows the name of the server in DATABASE_URL, where the tool reads that. */
  readonly url?: string;
  readonly origins?: readonly string[];
}

const fromSql = 'for file in "$@"; do psql -qX -v ON_ERROR_STOP=1 -f "$file"; done';
const crossings: readonly Crossing[] = [
  {
    page: 'alembic',
    tool: 'Alembic',
    major: tools.python === null ? null : dumpable,
    make: 'alembic upgrade 9b7d5e0c4a21',
    theirs: ['alembic_version'],
  },
  {
    page: 'flyway',
    tool: 'Flyway',
    major: dumpable,
    make: `set -- sql/V1__*.sql sql/V1.1__*.sql sql/R__*.sql history.sql; ${fromSql}`,
    theirs: ['flyway_schema_history'],
  },
  {
    page: 'prisma',
    tool: 'Prisma',
    major: tools.modules === null ? null : newestMajor,
    make: `mv prisma/migrations/20250303090000_add_open_orders later
      mkdir prisma/migrations/20250302100000_fail
      echo 'INSERT INTO nowhere VALUES (1);' > prisma/migrations/20250302100000_fail/migration.sql
      ! npx prisma migrate deploy
      npx prisma migrate resolve --rolled-back 20250302100000_fail
      rm -r prisma/migrations/20250302100000_fail
      mv later prisma/migrations/20250303090000_add_open_orders`,
    theirs: ['_prisma_migrations'],
    undone: ['20250302100000_fail'],
    url: '?schema=public&sslmode=disable',
    origins: ['adopted', 'adopted', 'adopted'],
  },
  {
    page: 'dbmate',
    tool: 'dbmate',
    major: tools.modules === null ? null : newestMajor,
    make: `mv db/migrations/20250304* .
      dbmate --no-dump-schema migrate
      mv 20250304* db/migrations`,
    theirs: ['schema_migrations'],
    url: '?sslmode=disable',
    origins: ['adopted', 'adopted', 'adopted', 'adopted'],
  },
  {
    page: 'node-pg-migrate',
    tool: 'node-pg-migrate',
    major: tools.modules === null ? null : dumpable,
    make: 'npx node-pg-migrate up 2',
    theirs: ['pgmigrations'],
    url: '?sslmode=disable',
  },
  {
    page: 'knex',
    tool: 'knex',
    major: tools.modules === null ? null : dumpable,
    make: 'npx knex migrate:up && npx knex migrate:up',
    theirs: ['knex_migrations', 'knex_migrations_lock'],
    url: '?sslmode=disable',
  },
];

const shadow = serverOf(newestMajor);
const shadowUrl = `postgresql://${shadow.user}:${encodeURIComponent(shadow.password)}@${shadow.host}:${shadow.port}/postgres?sslmode=disable`;

const rows = `INSERT INTO accounts (address, fee_tier) VALUES ('0xa1', 'basic'), ('0xb2', 'pro');
  INSERT INTO orders (account_id, side, quantity) SELECT a.id, 'buy', q FROM accounts a, generate_series(1, 3) q;
  UPDATE orders SET status = 'filled' WHERE quantity = 2`;

const ours = ['accounts', 'orders', 'fee_tiers'];

/** Every row of these tables where it is stored, but for the column that the walk's own migration adds. */
async function stored({ query }: TestDatabase, tables: readonly string[]): Promise<object> {
  const found = tables.map(
    (table) => `(SELECT json_agg(json_build_array(ctid, xmin, to_jsonb(t) - 'note') ORDER BY ctid)
                   FROM public.${table} t) AS ${table}`,
  );
  const [row] = await query(`SELECT ${found}`);
  return row ?? {};
}

interface Walked {
  readonly made: Scene;
  readonly page: Page;
  readonly shell: Shell;
}

/** A tool's project, its database one version behind, with rows. */
async function prepare({ page, major, make, url }: Crossing): Promise<Walked> {
  const made = await scene({}, { major: major ?? newestMajor });
  const named = url === undefined ? {} : { DATABASE_URL: `${made.database.url}${url}` };
  const env = { SLIPWAY_SHADOW_URL: shadowUrl, ...prismaEngines, ...named };
  const shell = enter(made, `test/fixtures/coming-from/${page}`, env, tools);
  expectRan(await shell(make));
  await made.database.query(rows);
  return { made, shell, page: readPage(page) };
}

const evidence = async (made: Scene): Promise<readonly ToolEvidence[]> =>
  JSON.parse(expectSuccess(await made.run('status --json')).stdout).evidence;

for (const { page } of crossings.filter(({ major }) => major === null)) {
  test.skip(`${page}: its tool is not here, or no server that pg_dump ${pgDump?.major} can dump`, () => {});
}

describe.each(crossings.filter(({ major }) => major !== null))('$page', (crossing) => {
  const { tool, theirs, undone = [], origins = ['adopted'] } = crossing;

  test('the walk brings the database over, and every row is where it was', async () => {
    const { made, page, shell } = await prepare(crossing);
    const { database } = made;
    const kept = await stored(database, ours);
    const [first = '', ...rest] = page.blocks('sh', 'The walk');
    expectRan(await shell(first));
    const left = await stored(database, theirs);
    const said = [];
    for (const block of rest) said.push(expectRan(await shell(block)));
    expect(said.join('')).toContain('up would adopt it and apply 0');
    expect(await stored(database, ours)).toEqual(kept);
    expect(await stored(database, theirs)).toEqual(left);
    expect((await made.ledger()).map(({ origin }) => origin).sort()).toEqual([...origins, 'applied']);
    expect(await database.query('SELECT note FROM orders LIMIT 1')).toEqual([{ note: null }]);

    const [cleanup = ''] = page.blocks('sql', 'What stays behind');
    const [found, ...others] = await evidence(made);
    expect([found, others]).toMatchObject([{ tool, problems: [], undone }, []]);
    expect(page.section('What stays behind')).toContain(found?.cleanup ?? found?.kept);
    await database.query(cleanup);
    expect(await evidence(made)).toEqual([]);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('drift --strict'));
    await expectSameWhenNew(made);
  });
});

/** An empty database gets the same schema, the rows that every database needs, and no table of the old tool. */
async function expectSameWhenNew({ database, project }: Scene): Promise<void> {
  const fresh = await createDatabase(database.major);
  try {
    const run = (line: string) => slipway(line.split(' '), { cwd: project.directory, env: fresh.env });
    expectSuccess(await run('up --wait-timeout 5s'));
    expectSuccess(await run('drift --strict'));
    const tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1";
    expect(await fresh.query(tables)).toEqual(await database.query(tables));
    const tiers = 'SELECT * FROM fee_tiers ORDER BY name';
    expect(await fresh.query(tiers)).toEqual(await database.query(tiers));
    expect(await fresh.query(tiers)).toHaveLength(2);
  } finally {
    await fresh.drop();
  }
}
