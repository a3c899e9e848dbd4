import { readFileSync } from 'node:fs';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { tapWire } from '../../support/wire-tap.ts';

const scene = useScenes();
const files = {
  'sql/baseline.sql': `-- slipway: version 20250101000000
CREATE SCHEMA shop;
CREATE TABLE shop.goods (id int PRIMARY KEY, name text NOT NULL DEFAULT 'thing', price numeric CHECK (price > 0));
CREATE INDEX goods_price ON shop.goods (price);
CREATE FUNCTION shop.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
`,
  'migrations/20250102000000_tags.sql': 'CREATE TABLE shop.tags (name text);\n',
};

interface Kept {
  readonly key: string;
  readonly catalog: string;
  readonly takenMs: number;
}

/** A database at head, with its lock. */
async function atHead(): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  expectSuccess(await made.run('up'));
  return made;
}

/** What the newest row keeps; null where it keeps nothing. */
async function keptBy({ ledger }: Scene): Promise<Kept | null> {
  const newest = (await ledger()).at(-1);
  return (newest?.accepted as { fingerprint?: Kept } | undefined)?.fingerprint ?? null;
}

/** Runs a command that is to succeed, and says how often it read the schema. */
async function readingsOf(
  { run, database }: Scene,
  command: string,
  env: Record<string, string> = {},
): Promise<number> {
  const tap = await tapWire(Number(database.env.PGPORT));
  try {
    expectSuccess(await run(command, { PGPORT: String(tap.port), ...env }));
    return tap.queries.filter((query) => query.includes('member AS MATERIALIZED')).length;
  } finally {
    await tap.close();
  }
}

describe('what up keeps', () => {
  test('spares up, plan and status the schema, and no question about drift', async () => {
    const made = await atHead();
    expect(await keptBy(made)).not.toBeNull();
    const before = await made.fingerprint();
    for (const command of ['up', 'plan', 'status'])
      expect([command, await readingsOf(made, command)]).toEqual([command, 0]);
    for (const command of ['status --drift', 'status --drift --strict'])
      expect([command, await readingsOf(made, command)]).toEqual([command, 1]);
    expect(await made.fingerprint()).toEqual(before);
  });

  test('is renewed by the start that finds a change which makes no difference, and by no other', async () => {
    const made = await atHead();
    const first = await keptBy(made);
    await made.database.query(
      'CREATE TABLE shop.scratch (); DROP TABLE shop.scratch; CREATE INDEX other ON shop.goods (name)',
    );
    for (const command of ['plan', 'status']) expect(await readingsOf(made, command)).toBe(1);
    expect(await keptBy(made)).toEqual(first);
    expect(await readingsOf(made, 'up')).toBe(1);
    expect((await keptBy(made))?.catalog).not.toBe(first?.catalog);
    expect(await readingsOf(made, 'up')).toBe(0);
  });

  test('is told again where something differs that decides nothing', async () => {
    const made = await atHead();
    await made.database.query(`DROP INDEX shop.goods_price`);
    const told = async () => {
      const result = await made.run('up');
      expectSuccess(result);
      return result.logs.find(({ event }) => event === 'differences')?.detail;
    };
    const first = await told();
    expect(JSON.stringify(first)).toContain('goods_price');
    expect(await readingsOf(made, 'up')).toBe(0);
    expect(await told()).toEqual(first);
    expect((await made.run('status')).stdout).toContain('1 differ');
  });

  test('is not kept where something has drifted and is let pass', async () => {
    const made = await atHead();
    await made.database.query('ALTER TABLE shop.goods ADD CHECK (id > 0)');
    const before = await keptBy(made);
    for (let start = 0; start < 2; start += 1) {
      expect(await readingsOf(made, 'up', { SLIPWAY_ON_DRIFT: 'warn' })).toBeGreaterThan(0);
      expect(await keptBy(made)).toEqual(before);
    }
    expectFailure(await made.run('up'), {
      code: 85,
      names: /drifted|differs/,
      remedy: /Nothing was touched/,
    });
  });

  test('is neither used nor written where SLIPWAY_FINGERPRINT is off', async () => {
    const made = await scene(files);
    await writeLock(made);
    const off = { SLIPWAY_FINGERPRINT: 'off' };
    expectSuccess(await made.run('up', off));
    expect(await keptBy(made)).toBeNull();
    expect(await readingsOf(made, 'up', off)).toBe(1);
    expect(await keptBy(made)).toBeNull();
    expect(await readingsOf(made, 'up')).toBe(1);
    expect(await keptBy(made)).not.toBeNull();
    expect(await readingsOf(made, 'up', off)).toBe(1);
  });

  test('is written by one of many starts at once', async () => {
    const made = await atHead();
    await made.database.query('CREATE INDEX other ON shop.goods (name)');
    const writes = async (): Promise<number> => {
      const [row] = await made.database.query<{ n: string }>(
        `SELECT pg_stat_get_tuples_updated('slipway.ledger'::regclass) AS n FROM pg_stat_force_next_flush()`,
      );
      return Number(row?.n);
    };
    const before = await writes();
    const results = await Promise.all(Array.from({ length: 6 }, () => made.run('up')));
    for (const result of results) expectSuccess(result);
    expect((await writes()) - before).toBe(1);
    expect(await readingsOf(made, 'up')).toBe(0);
  });
});

describe('is not believed', () => {
  test.each([
    ['a change that is drift', 'ALTER TABLE shop.goods ALTER name DROP DEFAULT', 85],
    [
      'an extra trigger',
      `CREATE FUNCTION shop.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER t BEFORE INSERT ON shop.goods FOR EACH ROW EXECUTE FUNCTION shop.t()`,
      85,
    ],
    [
      'the body of a function',
      `CREATE OR REPLACE FUNCTION shop.one() RETURNS int LANGUAGE sql AS 'SELECT 2'`,
      85,
    ],
    [
      'a trigger on the ledger',
      `CREATE FUNCTION shop.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; CREATE TRIGGER t BEFORE UPDATE ON slipway.ledger FOR EACH ROW EXECUTE FUNCTION shop.t()`,
      81,
    ],
    ['everybody may write to the ledger', 'GRANT UPDATE ON slipway.ledger TO PUBLIC', 81],
    [
      'everybody may write to a column of the ledger',
      'GRANT UPDATE (accepted) ON slipway.ledger TO PUBLIC',
      81,
    ],
    [
      'a version that is running',
      `UPDATE slipway.ledger SET state = 'running' WHERE version = '20250102000000'`,
      84,
    ],
    ['an older format is gone', 'UPDATE slipway.ledger SET format = 99', 83],
  ])('after %s', async (_, sql, code) => {
    const made = await atHead();
    await made.database.query(sql);
    for (const command of ['up', 'plan'])
      expect([command, (await made.run(command)).code]).toEqual([command, code]);
  });

  test.each([
    [
      'of more than 30 days',
      `jsonb_set(accepted, '{fingerprint,takenMs}', to_jsonb((extract(epoch FROM now()) - 31 * 86400) * 1000))`,
    ],
    [
      'of a time to come',
      `jsonb_set(accepted, '{fingerprint,takenMs}', to_jsonb((extract(epoch FROM now()) + 600) * 1000))`,
    ],
    ['of another catalog', `jsonb_set(accepted, '{fingerprint,catalog}', '"0000"')`],
    ['of another ledger', `jsonb_set(accepted, '{fingerprint,ledger}', '"0000"')`],
    ['that nobody can read', `jsonb_set(accepted, '{fingerprint,comparison}', '7')`],
    ['that is a list', `jsonb_set(accepted, '{fingerprint}', '[]')`],
    [
      'beside what was accepted since',
      `accepted || '{"objects": {"table shop.goods": null}, "snapshotFormat": 2}'`,
    ],
  ])('one %s', async (_, changed) => {
    const made = await atHead();
    await made.database.query(
      `UPDATE slipway.ledger SET accepted = ${changed} WHERE version = '20250102000000'`,
    );
    expect(await readingsOf(made, 'plan')).toBe(1);
    expect(await readingsOf(made, 'up')).toBe(1);
    expect(await readingsOf(made, 'up')).toBe(0);
  });

  test('one of another lock, or where another time zone holds', async () => {
    const made = await atHead();
    expect(await readingsOf(made, 'plan', { PGOPTIONS: '-c TimeZone=Asia/Tokyo' })).toBe(1);
    made.project.write(
      'sql/schema.lock.json',
      `${readFileSync(made.project.path('sql/schema.lock.json'), 'utf8')}\n`,
    );
    expect(await readingsOf(made, 'plan')).toBe(1);
  });

  test('one of a version before, once it is the newest again and something was changed', async () => {
    const made = await atHead();
    made.project.write('migrations/20250103000000_more.sql', 'ALTER TABLE shop.goods ADD more int;\n');
    made.project.write('migrations/20250103000000_more.down.sql', 'ALTER TABLE shop.goods DROP more;\n');
    await check(made, '--write');
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('down'));
    await made.database.query(`ALTER TABLE shop.goods ALTER name SET DEFAULT 'else'`);
    expectFailure(await made.run('up'), {
      code: 85,
      names: /drifted|differs/,
      remedy: /Nothing was touched/,
    });
  });

  test('one in a database that was copied, and changed there', async () => {
    const made = await atHead();
    const copy = `${made.database.name}_copy`;
    await made.database.query(`CREATE DATABASE ${copy} TEMPLATE ${made.database.name}`).catch(() => null);
    expect(await readingsOf(made, 'up', { PGDATABASE: copy })).toBe(1);
    expect(await readingsOf(made, 'up', { PGDATABASE: copy })).toBe(0);
  });
});

test('a role whose name has to be quoted, and that owns the database, is spared the schema, too', async () => {
  const made = await scene(files);
  await writeLock(made);
  const role = await made.role('CREATEROLE');
  const name = `${role.name}-"Öther`;
  const quoted = `"${name.replaceAll('"', '""')}"`;
  await made.database.query(
    `ALTER ROLE ${role.name} RENAME TO ${quoted}; ALTER DATABASE ${made.database.name} OWNER TO ${quoted}`,
  );
  const as = { ...role.env, PGUSER: name };
  expectSuccess(await made.run('up', as));
  expect(await readingsOf(made, 'up', as)).toBe(0);
  await made.database.query(
    `ALTER DATABASE ${made.database.name} OWNER TO CURRENT_USER; ALTER ROLE ${quoted} RENAME TO ${role.name}`,
  );
});

test.each(['sha256(bytea)', 'hash_record_extended(record, bigint)', 'pg_my_temp_schema()'])(
  'where a role may not call %s, none is taken, and the start succeeds',
  async (called) => {
    const made = await scene(files);
    await writeLock(made);
    const role = await made.role();
    await made.database.query(
      `ALTER DATABASE ${made.database.name} OWNER TO ${role.name}; REVOKE EXECUTE ON FUNCTION ${called} FROM PUBLIC`,
    );
    for (let start = 0; start < 2; start += 1)
      expect(await readingsOf(made, 'up', role.env)).toBeGreaterThan(0);
    expect(await keptBy(made)).toBeNull();
    await made.database.query(`ALTER DATABASE ${made.database.name} OWNER TO CURRENT_USER`);
  },
);

test('a publication of other tables changes nothing', async () => {
  const made = await atHead();
  await made.database.query('CREATE PUBLICATION goods FOR TABLE shop.goods');
  expectSuccess(await made.run('up'));
  expect(await readingsOf(made, 'up')).toBe(0);
  await made.database.query('CREATE PUBLICATION ledgers FOR TABLES IN SCHEMA slipway');
  for (let start = 0; start < 2; start += 1)
    expect((await made.run('up')).logs.filter(({ event }) => event === 'published')).toHaveLength(1);
});
