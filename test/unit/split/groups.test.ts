import { splitGroups } from '../../../src/split/groups.ts';
import { textsOf } from '../../../src/split/texts.ts';
import { versionsFor } from '../../../src/split/versions.ts';
import { parseSql } from '../../../src/sql/script.ts';

const split = (text: string): string[] => {
  const script = parseSql({ path: 'a.sql', text, checksum: '' });
  return textsOf(script, splitGroups(script));
};
const outside = '-- slipway: no-transaction';

describe('the texts of the files', () => {
  test.each<[string, string, string[]]>([
    [
      'an index among tables',
      'CREATE TABLE a ();\nCREATE INDEX CONCURRENTLY i ON t (n);\nCREATE TABLE b ()',
      ['CREATE TABLE a ();\n', `${outside}\nCREATE INDEX CONCURRENTLY i ON t (n);\n`, 'CREATE TABLE b ();\n'],
    ],
    [
      'those that run alone stay together',
      'CREATE TABLE a ();\nVACUUM t;\nREINDEX TABLE CONCURRENTLY t;',
      ['CREATE TABLE a ();\n', `${outside}\nVACUUM t;\nREINDEX TABLE CONCURRENTLY t;\n`],
    ],
    [
      'each comment stays ahead of its statement, and one behind it in its line',
      '-- about a\nCREATE TABLE a (); -- done\n/* about i */\nVACUUM t;\n-- the end\n',
      ['-- about a\nCREATE TABLE a (); -- done\n', `${outside}\n/* about i */\nVACUUM t;\n-- the end\n`],
    ],
    [
      'what is set is set in each file after it',
      "SET lock_timeout = '2s';\nCREATE TABLE a ();\nVACUUM t;\nRESET lock_timeout;\nCREATE TABLE b ();",
      [
        "SET lock_timeout = '2s';\nCREATE TABLE a ();\n",
        `${outside}\nSET lock_timeout = '2s';\nVACUUM t;\n`,
        "SET lock_timeout = '2s';\nRESET lock_timeout;\nCREATE TABLE b ();\n",
      ],
    ],
    [
      'directives are in each',
      '-- slipway: lock-timeout 5s\n-- slipway: isolation serializable\nCREATE TABLE a ();\nVACUUM t;',
      [
        '-- slipway: lock-timeout 5s\n-- slipway: isolation serializable\nCREATE TABLE a ();\n',
        `${outside}\n-- slipway: lock-timeout 5s\nVACUUM t;\n`,
      ],
    ],
    [
      'BEGIN and COMMIT are the ends of files',
      '-- one\nBEGIN;\nCREATE TABLE a ();\nCOMMIT;\nBEGIN ISOLATION LEVEL SERIALIZABLE;\nUPDATE a SET n = 1;\nEND;\nVACUUM a;',
      [
        '-- one\nCREATE TABLE a ();\n',
        '-- slipway: isolation serializable\nUPDATE a SET n = 1;\n',
        `${outside}\nVACUUM a;\n`,
      ],
    ],
    [
      'a value of an enumeration is committed before it is used',
      "ALTER TYPE mood ADD VALUE 'ok';\nINSERT INTO m VALUES ('ok');\nVACUUM m;",
      ["ALTER TYPE mood ADD VALUE 'ok';\n", "INSERT INTO m VALUES ('ok');\n", `${outside}\nVACUUM m;\n`],
    ],
    [
      'data stay with their COPY',
      'COPY t FROM stdin;\n1\n2\n\\.\nVACUUM t;\n',
      ['COPY t FROM stdin;\n1\n2\n\\.\n', `${outside}\nVACUUM t;\n`],
    ],
    [
      'what is set ahead of BEGIN, and as pg_dump does, belongs to the first file with a statement',
      "SET a = 1;\nSELECT pg_catalog.set_config('search_path', '', false);\nBEGIN;\nSET b = 2;\nCOMMIT;\nVACUUM t;\nBEGIN;\nSELECT 1;\nEND;",
      [
        `${outside}\nSET a = 1;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET b = 2;\nVACUUM t;\n`,
        "SET a = 1;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET b = 2;\nSELECT 1;\n",
      ],
    ],
    [
      'what DISCARD ALL, RESET ALL and RESET SESSION AUTHORIZATION undo is not set again',
      'SET a = 1;\nSET ROLE r;\nCREATE TABLE a ();\nRESET ALL;\nVACUUM t;\nRESET SESSION AUTHORIZATION;\nCREATE TABLE b ();\nSET b = 2;\nDISCARD ALL;\nCREATE TABLE c ();',
      [
        'SET a = 1;\nSET ROLE r;\nCREATE TABLE a ();\n',
        `${outside}\nSET a = 1;\nSET ROLE r;\nRESET ALL;\nVACUUM t;\n`,
        'SET ROLE r;\nRESET SESSION AUTHORIZATION;\nCREATE TABLE b ();\n',
        `${outside}\nSET b = 2;\nDISCARD ALL;\n`,
        'CREATE TABLE c ();\n',
      ],
    ],
    [
      'a DO that ends transactions runs by itself; a word in its comment or its text ends none',
      "DO $$ BEGIN COMMIT; END $$;\nDO $a$ BEGIN RAISE NOTICE 'x; COMMIT'; -- COMMIT;\nEND $a$;",
      [
        `${outside}\nDO $$ BEGIN COMMIT; END $$;\n`,
        "DO $a$ BEGIN RAISE NOTICE 'x; COMMIT'; -- COMMIT;\nEND $a$;\n",
      ],
    ],
    [
      'a comment within a statement stays, whatever it says',
      'VACUUM t;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- slipway: is not read here\nSELECT 1 $$;',
      [
        `${outside}\nVACUUM t;\n`,
        'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n-- slipway: is not read here\nSELECT 1 $$;\n',
      ],
    ],
    [
      'two statements in one line',
      'CREATE TABLE a (); VACUUM t; SELECT 1',
      ['CREATE TABLE a ();\n', `${outside}\n VACUUM t;\n`, ' SELECT 1;\n'],
    ],
  ])('%s', (_, text, files) => {
    expect(split(text)).toEqual(files);
  });
});

describe('what cannot be split is refused at its place', () => {
  test.each([
    ['BEGIN;\nVACUUM t;\nCOMMIT;', 'a.sql:2:1: VACUUM between BEGIN and COMMIT'],
    ['BEGIN;\nCREATE TABLE a ();', 'a.sql:1:1: a BEGIN without its COMMIT'],
    ['VACUUM t;\nCOMMIT;', 'a.sql:2:1: COMMIT without a BEGIN'],
    ['BEGIN;\nBEGIN;\nCOMMIT;', 'a.sql:2:1: BEGIN inside of a transaction'],
    ['BEGIN;\nSELECT 1;\nROLLBACK;\nVACUUM t', 'a.sql:3:1: "ROLLBACK" cannot be split'],
    ['BEGIN READ ONLY;\nSELECT 1;\nCOMMIT;', 'a.sql:1:1: "BEGIN READ ONLY" cannot be split'],
    ['CREATE TEMP TABLE a ();\nVACUUM t;', 'a.sql:1:1: a temporary table'],
    ['VACUUM t;\n-- slipway: keep\nSELECT 1;\n-- slipway: end\n', 'a.sql:2:1: a section that a squash keeps'],
  ])('%s', (text, message) => {
    expect(() => split(text)).toThrow(message);
  });
});

describe('versions', () => {
  const file = 'migrations/a.sql';
  test.each<[string, number, string[], string[]]>([
    ['20250101000000', 1, [], ['20250101000000']],
    ['20250101000000', 3, [], ['20250101000000', '20250101000001', '20250101000002']],
    ['20241231235959', 2, ['20250101000001'], ['20241231235959', '20250101000000']],
    ['20240228235959', 2, ['20230101000000'], ['20240228235959', '20240229000000']],
  ])('from %s, %s', (own, many, taken, versions) => {
    expect(versionsFor(own, many, { taken, file })).toEqual(versions);
  });

  test.each([
    ['20250101000000', ['20250101000001']],
    ['20250101000000', ['20250101000002']],
    ['99991231235959', []],
  ])('from %s with %j: no room', (own, taken) => {
    expect(() => versionsFor(own, 3, { taken, file })).toThrow('it becomes 3 files');
  });
});
