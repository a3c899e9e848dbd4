import { beyondDatabase } from '../../../src/shadow/beyond.ts';
import { parseSql } from '../../../src/sql/index.ts';

const said = (text: string): string | null => {
  const [statement] = parseSql({ path: 'a.sql', text, checksum: '' }).statements;
  return statement === undefined ? null : beyondDatabase(statement.words, text);
};

test.each([
  ['CREATE ROLE app', 'CREATE ROLE'],
  ['create user app password $$x$$', 'CREATE USER'],
  ['CREATE GROUP g', 'CREATE GROUP'],
  ['ALTER ROLE app IN DATABASE d SET work_mem = 1', 'ALTER ROLE'],
  ['ALTER USER app CREATEDB', 'ALTER USER'],
  ['DROP ROLE IF EXISTS app', 'DROP ROLE'],
  ['GRANT readers TO app', 'GRANT of a role'],
  ['REVOKE ADMIN OPTION FOR readers FROM app', 'REVOKE of a role'],
  ['GRANT readers /* on call */ TO app -- on Sundays', 'GRANT of a role'],
  ['GRANT SET ON PARAMETER work_mem TO app', 'GRANT ON PARAMETER'],
  ['REVOKE CREATE ON TABLESPACE fast FROM app', 'REVOKE ON TABLESPACE'],
  ['CREATE DATABASE other', 'CREATE DATABASE'],
  ["ALTER DATABASE trading SET timezone = 'UTC'", 'ALTER DATABASE'],
  ['DROP DATABASE other', 'DROP DATABASE'],
  ["CREATE TABLESPACE fast LOCATION '/fast'", 'CREATE TABLESPACE'],
  ['ALTER TABLESPACE fast RENAME TO slow', 'ALTER TABLESPACE'],
  ["CREATE SUBSCRIPTION s CONNECTION 'host=other' PUBLICATION p", 'CREATE SUBSCRIPTION'],
  ['DROP SUBSCRIPTION s', 'DROP SUBSCRIPTION'],
  ['ALTER SYSTEM SET work_mem = 1', 'ALTER SYSTEM'],
  ['REASSIGN OWNED BY a TO b', 'REASSIGN OWNED'],
  ['DROP OWNED BY a', 'DROP OWNED'],
  ["COMMENT ON ROLE app IS 'x'", 'COMMENT ON ROLE'],
  ["SECURITY LABEL FOR p ON ROLE app IS 'x'", 'SECURITY LABEL ON ROLE'],
  ['DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$', 'CREATE ROLE'],
  ['DO $$ BEGIN GRANT readers TO app; END $$', 'GRANT READERS TO'],
  ["DO $$ BEGIN EXECUTE format('grant %I to app', 'readers'); END $$", 'GRANT %I TO'],
  ["DO $$ BEGIN EXECUTE format('alter  system set %I = 1', 'work_mem'); END $$", 'ALTER SYSTEM'],
])('%s reaches beyond its database', (text, what) => {
  expect(said(text)).toBe(what);
});

test.each([
  'CREATE TABLE role (n int)',
  'CREATE USER MAPPING FOR app SERVER s',
  'DROP USER MAPPING FOR app SERVER s',
  'GRANT SELECT ON t TO app',
  'DO $$ BEGIN GRANT SELECT ON t TO app; REVOKE ALL ON t FROM public; END $$',
  `GRANT SELECT (${Array.from({ length: 30 }, (_, n) => `c${n}`).join(', ')}) ON t TO app`,
  'GRANT CONNECT ON DATABASE trading TO app',
  'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app',
  "COMMENT ON TABLE t IS 'the ROLE of a user'",
  "COMMENT ON DATABASE trading IS 'x'",
  'ALTER TABLE t OWNER TO app',
  'ALTER TABLE t ADD COLUMN role text',
  'CREATE POLICY p ON t TO app USING (true)',
  'DO $$ BEGIN CREATE TABLE t (n int); CREATE USER MAPPING FOR app SERVER s; END $$',
  'CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE app; END $$',
])('%s does not', (text) => {
  expect(said(text)).toBeNull();
});
