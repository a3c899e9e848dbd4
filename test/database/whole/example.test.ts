import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { administer, createDatabase, majors, named, type TestDatabase } from '../../support/database.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const baseline = read('sql', 'baseline.sql');
const ups = readdirSync(join(root, 'migrations'))
  .filter((name) => name.endsWith('.sql') && !name.endsWith('.down.sql'))
  .sort();

/** Lines of a table of facts, without its header, sorted. */
function facts(name: string): string[] {
  const [, ...lines] = read('test', 'fixtures', 'trading-schema', `${name}.tsv`).trimEnd().split('\n');
  return lines.sort();
}

/** The same facts of a live schema, in the same form. */
const catalog = {
  columns: `
    SELECT concat_ws(E'\\t', c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END, coalesce(pg_get_expr(d.adbin, d.adrelid), '')) AS line
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      WHERE c.relnamespace = 'trading'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
        AND NOT a.attisdropped`,
  constraints: `
    SELECT concat_ws(E'\\t', conrelid::regclass, conname, contype, pg_get_constraintdef(oid)) AS line
      FROM pg_constraint WHERE connamespace = 'trading'::regnamespace AND contype <> 'n'`,
  indexes: `
    SELECT concat_ws(E'\\t', c.relname, i.indexrelid::regclass::name, pg_get_indexdef(i.indexrelid)) AS line
      FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
      WHERE c.relnamespace = 'trading'::regnamespace AND i.indisvalid`,
} as const;

async function listing(database: TestDatabase, kind: keyof typeof catalog): Promise<string[]> {
  const rows = await database.query<{ line: string }>(catalog[kind]);
  return rows.map(({ line }) => line.replace('\ttrading.', '\t')).sort();
}

async function listings(database: TestDatabase): Promise<string[]> {
  const lines: string[] = [];
  for (const kind of ['columns', 'constraints', 'indexes'] as const)
    lines.push(...(await listing(database, kind)));
  return lines;
}

async function load(client: pg.Client, file: string): Promise<void> {
  const text = read('migrations', file);
  await client.query(text.startsWith('-- slipway: no-transaction') ? text : `BEGIN;\n${text}\nCOMMIT;`);
}

describe.each(named(majors))('the bundled example on PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let client: pg.Client;
  const notices: string[] = [];
  beforeAll(async () => {
    database = await createDatabase(major);
    client = await database.connect();
    client.on('notice', ({ message }) => notices.push(message ?? ''));
    await client.query(baseline);
  });
  afterAll(() => database.drop());

  test.each(['columns', 'constraints', 'indexes'] as const)(
    'the baseline has exactly the known %s',
    async (kind) => {
      expect(await listing(database, kind)).toEqual(facts(kind));
    },
  );

  test('it has 14 tables, and says what could not be had', async () => {
    const tables = await database.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'trading'::regnamespace AND relkind = 'r'`,
    );
    expect(tables).toHaveLength(14);
    expect(notices).toEqual([
      'trading.market_data is a plain table: TimescaleDB is not installed on this server',
      'no privileges are granted: slipway.app_role is not set',
    ]);
  });

  test('the migrations apply, and their down files bring back what was there', async () => {
    await client.query(`
      INSERT INTO trading.users (address) VALUES ('0x1');
      INSERT INTO trading.accounts (name, user_id, maker_fee_bps, taker_fee_bps)
        VALUES ('a', 1, 5, 20), ('b', 1, 5, 8), ('c', 1, -1, 20);
      INSERT INTO trading.positions (account_id, symbol, side, status, entry_price, current_price, quantity, entry_value,
          current_value, unrealized_pnl, unrealized_pnl_percent)
        VALUES (1, 'BTC', 'long', 'open', 1, 2, 10, 10, 20, 10, 100), (1, 'ETH', 'long', 'closed', 1, 1, 1, 1, 1, 0, 0);
    `);
    const before = await listings(database);
    const stages = [before];
    for (const file of ups) {
      await load(client, file);
      stages.push(await listings(database));
    }
    expect(new Set(stages.map((stage) => stage.join('\n'))).size).toBe(ups.length + 1);
    expect(await database.query('SELECT name, fee_tier FROM trading.accounts ORDER BY id')).toEqual([
      { name: 'a', fee_tier: 'standard' },
      { name: 'b', fee_tier: 'volume' },
      { name: 'c', fee_tier: 'market_maker' },
    ]);
    expect(
      await database.query(
        'SELECT name, open_positions, exposure_usd FROM trading.account_exposure ORDER BY account_id LIMIT 2',
      ),
    ).toEqual([
      { name: 'a', open_positions: '1', exposure_usd: 20 },
      { name: 'b', open_positions: '0', exposure_usd: 0 },
    ]);
    for (const [index, file] of [...ups.entries()].reverse()) {
      await load(client, file.replace('.sql', '.down.sql'));
      expect(await listings(database)).toEqual(stages[index]);
    }
  });
});

describe.each(named(majors))('its grants on PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  let client: pg.Client;
  let role: string;
  beforeEach(async () => {
    database = await createDatabase(major);
    client = await database.connect();
    role = `app "${database.name}"`;
  });
  afterEach(async () => {
    await database.drop();
    await administer(major, `DROP ROLE IF EXISTS ${client.escapeIdentifier(role)}`);
  });
  const name = async () => client.query("SELECT set_config('slipway.app_role', $1, false)", [role]);

  test('go to the role that slipway.app_role names, for what comes later as well', async () => {
    await administer(major, `CREATE ROLE ${client.escapeIdentifier(role)}`);
    await name();
    await client.query(baseline);
    for (const file of ups) await load(client, file);
    await client.query(`SET ROLE ${client.escapeIdentifier(role)}`);
    await client.query("INSERT INTO trading.users (address) VALUES ('0x1')");
    await client.query('UPDATE trading.users SET is_admin = true');
    expect((await client.query('SELECT id, is_admin FROM trading.users')).rows).toEqual([
      { id: 1, is_admin: true },
    ]);
    expect((await client.query('SELECT FROM trading.account_exposure')).rowCount).toBe(0);
    await client.query('DELETE FROM trading.users');
    await expect(client.query('ALTER TABLE trading.users ADD COLUMN x int')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(client.query('TRUNCATE trading.users CASCADE')).rejects.toMatchObject({ code: '42501' });
  });

  test('are left out where that role does not exist', async () => {
    const notices: string[] = [];
    client.on('notice', ({ message }) => notices.push(message ?? ''));
    await name();
    await client.query(baseline);
    expect(notices).toContain(`no privileges are granted: there is no role "${role}"`);
  });
});
