import { enter, expectRan, fencedIn, prismaEngines, readPage } from '../../support/coming-from.ts';
import { findPython, findTools, installTools, type Tools } from '../../support/coming-from-tools.ts';
import { majors, newestMajor, serverOf } from '../../support/database.ts';
import { dumps, findPgDump } from '../../support/pg-dump.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(180_000);
const { modules, python } = findTools();
const others = installTools('other-tools');
const pgDump = findPgDump();
/** The newest server that pg_dump can dump. */
const dumpable = majors.filter((major) => dumps(pgDump, major)).at(-1) ?? null;

interface Recipe {
  /** Its heading on the page. */
  readonly tool: string;
  /** The folder of examples/models. */
  readonly folder: string;
  readonly tools: Tools;
  /** null: what it needs is not here. */
  readonly major: number | null;
  /** What a command that compares the database with the models says in the end. */
  readonly agrees?: RegExp;
}

const django = findPython('django, psycopg2', 'python3-django python3-psycopg2');
const recipes: readonly Recipe[] = [
  {
    tool: 'SQLAlchemy',
    folder: 'sqlalchemy',
    tools: { modules: null, python },
    major: python === null ? null : newestMajor,
  },
  {
    tool: 'Prisma',
    folder: 'prisma',
    tools: { modules, python: null },
    major: modules === null ? null : newestMajor,
  },
  {
    tool: 'Drizzle',
    folder: 'drizzle',
    tools: { modules: others, python: null },
    major: others === null ? null : newestMajor,
  },
  {
    tool: 'TypeORM',
    folder: 'typeorm',
    tools: { modules: others, python: null },
    major: others === null ? null : newestMajor,
    agrees: /Your schema is up to date/,
  },
  {
    tool: 'Django',
    folder: 'django',
    tools: { modules: null, python: django },
    major: django === null ? null : dumpable,
  },
];

for (const { tool } of recipes.filter(({ major }) => major === null))
  test.skip(`${tool}: what it needs is not here`, () => {});

/** A shadow beside the database: what is generated on a newer server may be for that alone. */
function shadowOn(major: number): string {
  const { user, password, host, port } = serverOf(major);
  return `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/postgres?sslmode=disable`;
}

const rows = `INSERT INTO accounts (address, opened) VALUES ('0xa1', now());
  INSERT INTO orders (account_id, side, qty) SELECT id, 'buy', q FROM accounts, generate_series(2, 4) q`;

// Not each(): of a long table only some rows are tried.
for (const { tool, folder, tools, major, agrees } of recipes) {
  if (major === null) continue;
  test(`${tool}: its models become migrations, and a column that they rename keeps its values`, async () => {
    const made = await scene({}, { major });
    const { database, project } = made;
    const env = {
      ...prismaEngines,
      DATABASE_URL: `${database.url}?sslmode=disable`,
      SLIPWAY_SHADOW_URL: shadowOn(major),
    };
    const shell = enter(made, `examples/models/${folder}`, env, tools);
    const section = readPage('models').section(tool);
    const [change = ''] = fencedIn(section, 'diff');
    const [first, then] = section.split('```diff').map((part) => fencedIn(part, 'sh'));

    for (const block of first ?? []) expectRan(await shell(block));
    await database.query(rows);
    project.write('change.diff', change);
    expectRan(await shell('git apply change.diff'));
    const [migrate = '', ...rest] = then ?? [];
    expectRan(await shell(migrate));
    expect(await database.query('SELECT quantity::int, note FROM orders ORDER BY id')).toEqual(
      [2, 3, 4].map((quantity) => ({ quantity, note: null })),
    );
    const again = migrate.split('\n').find((line) => line.startsWith('slipway new')) ?? '';
    expect(expectRan(await shell(again.replace(/ --rename \S+/, '')))).toContain('nothing differs');
    const said = [];
    for (const block of rest) said.push(expectRan(await shell(block)));
    expect(said.join('')).toMatch(agrees ?? '');
    expectSuccess(await made.run('check', env));
    expectSuccess(await made.run('drift'));
    expect((await made.ledger()).map(({ origin }) => origin)).toEqual(['applied', 'applied']);
  });
}
