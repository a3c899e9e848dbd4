import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { bundle } from '../../support/slipway.ts';

const scene = useScenes();
jest.setTimeout(240_000);

const version = '20250101000000';
const schema = `CREATE SCHEMA shop;
CREATE FUNCTION shop.is_big(numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 100';
CREATE TABLE shop.orders (
  id serial PRIMARY KEY,
  amount numeric NOT NULL CHECK (amount > 0),
  note text NOT NULL CHECK (note <> ''),
  UNIQUE (note)
);
CREATE INDEX orders_amount ON shop.orders (amount) WHERE shop.is_big(amount);
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY big ON shop.orders USING (shop.is_big(amount));
CREATE TABLE shop.lines (order_id int REFERENCES shop.orders, position int, PRIMARY KEY (order_id, position));
CREATE VIEW shop.totals AS SELECT sum(amount) AS total FROM shop.orders;
CREATE VIEW shop.notes AS SELECT note FROM shop.orders;
CREATE TABLE shop.parts (day date NOT NULL, size int) PARTITION BY RANGE (day);
CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE shop.parts_2 PARTITION OF shop.parts FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
`;
const rows = `INSERT INTO shop.orders (amount, note) VALUES (5, 'a'), (500, 'b');
INSERT INTO shop.lines VALUES (1, 1), (2, 1); INSERT INTO shop.parts VALUES ('2025-01-02', 3), ('2025-02-02', 4);`;
const files = { 'sql/baseline.sql': `-- slipway: version ${version}\n${schema}` };

let lock: Record<string, Buffer> | null = null;

/** A database with rows that somebody then changed by hand: managed, or not. */
async function changed(by: 'adopt' | 'repair', sql: string): Promise<Scene> {
  const made = await scene({ ...files, ...lock });
  if (!lock) {
    await writeLock(made);
    const paths = ['sql/schema.lock.json', 'sql/schema.snapshot.json'];
    lock = Object.fromEntries(paths.map((path) => [path, readFileSync(made.project.path(path))]));
  }
  if (by === 'repair') expectSuccess(await made.run('up'));
  else await made.database.query(schema);
  await made.database.query(rows);
  await made.database.query(sql);
  return made;
}

const run = (made: Scene, line: string) => made.run(line, shadowOf(made));
const fixOf = ({ project }: Scene) => readFileSync(project.path('fix.sql'), 'utf8');
const leftBy = (stdout: string): string[] => JSON.parse(stdout).fix.left;

interface Renamed {
  readonly title: string;
  readonly sql: string;
  /** What is left first, and the statement that is ready for it. */
  readonly left: string;
  readonly ready: string;
  /** What hangs on it. */
  readonly hanging: readonly string[];
  /** What --rename takes; null where only a statement says it. */
  readonly rename: string | null;
}

const renames: readonly Renamed[] = [
  {
    title: 'a table',
    sql: 'ALTER TABLE shop.orders RENAME TO orders_old',
    left: 'table shop.orders',
    ready: 'ALTER TABLE shop.orders_old RENAME TO orders;',
    hanging: ['constraint shop.lines.lines_order_id_fkey', 'view shop.notes', 'view shop.totals'],
    rename: 'shop.orders_old=orders',
  },
  {
    title: 'a table that got a column besides',
    sql: 'ALTER TABLE shop.orders RENAME TO orders_old; ALTER TABLE shop.orders_old ADD extra int',
    left: 'table shop.orders',
    ready: 'ALTER TABLE shop.orders_old RENAME TO orders;',
    hanging: ['constraint shop.lines.lines_order_id_fkey', 'view shop.notes', 'view shop.totals'],
    rename: 'shop.orders_old=orders',
  },
  {
    title: 'a column',
    sql: 'ALTER TABLE shop.orders RENAME note TO remark',
    left: 'column shop.orders.note',
    ready: 'ALTER TABLE shop.orders RENAME COLUMN remark TO note;',
    hanging: [
      'constraint shop.orders.orders_note_check',
      'constraint shop.orders.orders_note_key',
      'view shop.notes',
    ],
    rename: 'shop.orders.remark=note',
  },
  {
    title: 'a column of a partitioned table',
    sql: 'ALTER TABLE shop.parts RENAME size TO width',
    left: 'column shop.parts.size',
    ready: 'ALTER TABLE shop.parts RENAME COLUMN width TO size;',
    hanging: [],
    rename: 'shop.parts.width=size',
  },
  {
    title: 'a partition',
    sql: 'ALTER TABLE shop.parts_2 RENAME TO parts_old',
    left: 'table shop.parts_2',
    ready: 'ALTER TABLE shop.parts_old RENAME TO parts_2;',
    hanging: [],
    rename: 'shop.parts_old=parts_2',
  },
  {
    title: 'a table in another schema',
    sql: 'CREATE SCHEMA attic; ALTER TABLE shop.orders SET SCHEMA attic',
    left: 'table shop.orders',
    ready: 'ALTER TABLE attic.orders SET SCHEMA shop;',
    hanging: ['constraint shop.lines.lines_order_id_fkey', 'view shop.notes', 'view shop.totals'],
    rename: null,
  },
  {
    title: 'a schema',
    sql: 'ALTER SCHEMA shop RENAME TO market',
    left: 'schema shop',
    ready: 'ALTER SCHEMA market RENAME TO shop;',
    hanging: [],
    rename: null,
  },
];

const commands = ['adopt', 'repair'] as const;

describe.each(commands)('%s --write-fix: what may be there under another name', (command) => {
  const tried = renames.filter(({ left }) => command === 'repair' || left !== 'schema shop');
  test.each(tried)('$title: no empty twin is made, and its statement is ready', async (given) => {
    const made = await changed(command, given.sql);
    const { stdout } = expectSuccess(await run(made, `${command} --write-fix fix.sql --json`));
    expect(leftBy(stdout)).toEqual([...given.hanging, given.left].sort());
    expect(JSON.parse(stdout).fix.statements).toBe(0);
    const text = fixOf(made);
    expect(text).toContain(`--     ${given.ready}\n`);
    expect(text).toMatch(/it may be .*, renamed/);
    // The statement that is ready is all that a person need take.
    made.project.write('fix.sql', `-- slipway: version ${version}\n${given.ready}\n`);
    const isMore = given.title.includes('besides');
    expectSuccess(await run(made, `${command} --fix fix.sql`));
    expect((await run(made, 'drift --strict')).code).toBe(isMore ? 1 : 0);
    expectSuccess(await run(made, 'drift'));
  });

  test.each(renames.filter(({ rename }) => rename !== null))(
    '$title: --rename says that it is one, and every row is kept',
    async (given) => {
      const made = await changed(command, given.sql);
      const { stdout } = expectSuccess(
        await run(made, `${command} --write-fix fix.sql --rename ${given.rename} --json`),
      );
      expect(leftBy(stdout)).toEqual([]);
      expect(fixOf(made)).toContain(`\n${given.ready}\n`);
      expectSuccess(await run(made, `${command} --fix fix.sql`));
      expectSuccess(await run(made, 'drift'));
      expect(await made.database.query('SELECT amount, note FROM shop.orders ORDER BY 1')).toEqual([
        { amount: '5', note: 'a' },
        { amount: '500', note: 'b' },
      ]);
      expect(await made.database.query('SELECT size FROM shop.parts ORDER BY 1')).toEqual([
        { size: 3 },
        { size: 4 },
      ]);
    },
  );
});

test('--rename none says that nothing got another name: the table is made, and the other stays with its rows', async () => {
  const made = await changed(
    'repair',
    'DROP TABLE shop.parts; CREATE TABLE shop.pieces (day date NOT NULL, size int); INSERT INTO shop.pieces VALUES (now(), 1)',
  );
  const first = expectSuccess(await run(made, 'repair --write-fix first.sql --json'));
  expect(leftBy(first.stdout)).toContain('table shop.parts');
  const { stdout } = expectSuccess(await run(made, 'repair --write-fix fix.sql --rename none --json'));
  expect(leftBy(stdout)).toEqual([]);
  expectSuccess(await run(made, 'repair --fix fix.sql'));
  expectSuccess(await run(made, 'drift'));
  expect(await made.database.query('SELECT size FROM shop.pieces')).toEqual([{ size: 1 }]);
});

test('two that may be it are both named, and a new partition is none', async () => {
  const made = await changed(
    'repair',
    `ALTER TABLE shop.orders RENAME TO orders_old; CREATE TABLE shop.orders_new (LIKE shop.orders_old);
     CREATE TABLE shop.parts_3 PARTITION OF shop.parts FOR VALUES FROM ('2025-03-01') TO ('2025-04-01'); DROP TABLE shop.parts_2`,
  );
  const { stdout } = expectSuccess(await run(made, 'repair --write-fix fix.sql --json'));
  expect(leftBy(stdout)).not.toContain('table shop.parts_2');
  expect(fixOf(made)).toContain('it may be shop.orders_new or shop.orders_old, renamed');
  expect(fixOf(made)).toContain('CREATE TABLE shop.parts_2 PARTITION OF shop.parts');
});

test.each([
  ['y', 'ALTER TABLE shop.orders RENAME COLUMN remark TO note;'],
  ['n', 'it is NOT NULL without a default'],
])('on a terminal it is asked for, and the answer "%s" counts', async (answer, line) => {
  const made = await changed('repair', 'ALTER TABLE shop.orders RENAME note TO remark');
  const command = `${process.execPath} ${bundle} repair --write-fix fix.sql`;
  const asking = promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd: made.project.directory,
    env: { PATH: process.env.PATH, ...made.database.env, ...shadowOf(made) },
    timeout: 60_000,
  });
  asking.child.stdin?.end(`${answer}\n`);
  const { stdout: shown } = await asking;
  expect(shown).toContain('Is shop.orders.remark the column note, renamed, with its data?');
  expect(fixOf(made)).toContain(line);
});

test.each([
  ['--rename shop.orders.remarks=note', /the database has no shop\.orders\.remarks/, /--rename/],
  [
    '--rename shop.orders.remark=notes',
    /version 20250101000000 has no column notes there/,
    /Name it as it is in version/,
  ],
  ['--rename shop.lines=orders', /the database has a table shop\.orders already/, /leave it out/],
])('%s is wrong usage: 64, and no file', async (words, names, remedy) => {
  const made = await changed('repair', 'ALTER TABLE shop.orders RENAME note TO remark');
  expectFailure(await run(made, `repair --write-fix fix.sql ${words}`), { code: 64, names, remedy });
  expect(existsSync(made.project.path('fix.sql'))).toBe(false);
});

test.each(commands)('%s --rename without --write-fix is wrong usage', async (command) => {
  const made = await changed('repair', 'SELECT 1');
  expectFailure(await run(made, `${command} --rename a.b=c`), {
    code: 64,
    names: /--rename goes only with --write-fix/,
    remedy: new RegExp(`slipway ${command} --write-fix FILE --rename a.b=c`),
  });
});
