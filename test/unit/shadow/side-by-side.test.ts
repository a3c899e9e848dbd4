import pg from 'pg';
import type { Config } from '../../../src/config/config.ts';
import type { MigrationSet } from '../../../src/migrations/migration.ts';
import { areApart, bothOf } from '../../../src/shadow/side-by-side.ts';
import { migrationOf, setOf } from '../../support/migration-set.ts';

const met = (code: string): Error =>
  new Error('a migration failed', {
    cause: Object.assign(new pg.DatabaseError('m', 1, 'error'), { code }),
  });

test('what is apart is done at the same time', async () => {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const first = () => begun.then(() => 'a');
  const second = async () => {
    begin();
    return 'b';
  };
  const both = await bothOf({ first, second }, true);
  expect([both.first, both.second()]).toEqual(['a', 'b']);
});

test('what is not is done one after the other, and the second not at all where the first fails', async () => {
  const done: string[] = [];
  const note = (name: string) => async () => void done.push(name);
  await bothOf({ first: note('first'), second: note('second') }, false);
  expect(done).toEqual(['first', 'second']);
  const failing = () => Promise.reject(new Error('of the first'));
  await expect(bothOf({ first: failing, second: note('again') }, false)).rejects.toThrow('of the first');
  expect(done).toEqual(['first', 'second']);
});

test.each([true, false])(
  'the first failure is told, that of the second when it is asked for: %s',
  async (isApart) => {
    const ok = async () => 'a';
    const failing = (of: string) => () => Promise.reject(new Error(of));
    await expect(bothOf({ first: failing('one'), second: failing('two') }, isApart)).rejects.toThrow('one');
    const both = await bothOf({ first: ok, second: failing('two') }, isApart);
    expect(both.first).toBe('a');
    expect(both.second).toThrow('two');
  },
);

test.each(['42710', '23505', '40P01', 'XX000'])(
  'what meets the other is done again alone: %s',
  async (code) => {
    let tries = 0;
    const once = async () => {
      tries += 1;
      if (tries === 1) throw met(code);
      return 'made';
    };
    const other = async () => 'other';
    expect((await bothOf({ first: once, second: other }, true)).first).toBe('made');
    tries = 0;
    expect((await bothOf({ first: other, second: once }, true)).second()).toBe('made');
    tries = 0;
    await expect(bothOf({ first: once, second: other }, false)).rejects.toThrow('a migration failed');
    tries = 0;
    const always = async () => {
      tries += 1;
      throw met(code);
    };
    await expect(bothOf({ first: always, second: other }, true)).rejects.toThrow('a migration failed');
    expect(tries).toBe(2);
  },
);

const config = { baseline: '/nowhere/sql/baseline.sql' } as Config;
const withSql = (sql: string): MigrationSet => setOf({ migrations: [migrationOf(1, sql)] });

test.each([
  'CREATE ROLE app',
  'create user  app',
  'DO $$ BEGIN IF true THEN CREATE ROLE app; END IF; END $$',
  'ALTER GROUP a ADD USER b',
  'DROP TABLESPACE t',
  "COMMENT ON ROLE app IS ''",
  'CREATE SUBSCRIPTION s CONNECTION $$$$ PUBLICATION p',
  'REASSIGN OWNED BY a TO b',
  "SELECT dblink_exec('', '')",
  'CREATE EXTENSION IF NOT EXISTS timescaledb',
])('is about the whole server: %s', (sql) => {
  expect(areApart(config, [withSql('CREATE TABLE a ()'), withSql(sql)])).toBe(false);
});

test.each([
  'CREATE TABLE role (user_id int, "user" text)',
  'CREATE USER MAPPING FOR CURRENT_USER SERVER s',
  "COMMENT ON TABLE a IS 'the role of a group'",
  'GRANT SELECT ON a TO app',
])('is about its database alone: %s', (sql) => {
  expect(areApart(config, [withSql(sql)])).toBe(true);
});
