import { readHeader } from '../../../src/migrations/directives.ts';
import { type LintedKind, lint } from '../../../src/sql/lint.ts';
import { parseSql } from '../../../src/sql/script.ts';
import type { Source } from '../../../src/sql/source.ts';

const directive = '-- slipway: no-transaction';

function judge(text: string, kind: LintedKind = 'migration'): string | null {
  const source: Source = { path: 'a.sql', text, checksum: '' };
  const [error] = lint({ kind, source, directives: readHeader(source).directives }, parseSql(source));
  return error === undefined ? null : `${error.code} ${error.message} | ${error.failure.remedy}`;
}

describe('fine in a transaction', () => {
  test.each([
    'create table t (a int);',
    'savepoint a; insert into t values (1); rollback to a; release a',
    'rollback work to savepoint a',
    'rollback transaction to a',
    'prepare q as select 1',
    'create index i on t (concurrently)',
    'create index concurrently_built on t (a)',
    'drop index i',
    'reindex table t',
    'reindex (verbose, concurrently false) table t',
    'cluster t using i',
    'cluster verbose t',
    'cluster (verbose) t',
    'alter table t detach partition p',
    'alter table t detach partition p finalize',
    'alter database d set timezone to utc',
    'alter system_name.t rename to u',
    "create subscription s connection 'x' publication p with (create_slot = false)",
    'drop subscription s',
    'discard plans',
    'analyze t',
    'do $$ begin commit; end $$',
    'create function f() returns int begin atomic select 1; end',
    'create table "commit" (a int)',
    '-- commit;\nselect 1',
    "select 'x; commit; y'",
    'start_something()',
    'copy t from stdin;\ncommit;\n\\.\n',
  ])('%s', (text) => {
    expect(judge(text)).toBeNull();
  });
});

describe('fine without a transaction', () => {
  test.each([
    'create index concurrently i on t (a);',
    'vacuum t',
    'alter system set work_mem = 1;',
    'insert into t values (1)',
    'call p()',
  ])('%s', (text) => {
    expect(judge(`${directive}\n${text}`)).toBeNull();
  });
});

describe('a file without a statement', () => {
  test.each([
    ['', 'the file is empty'],
    [' \n\t\n', 'the file is empty'],
    ['-- nothing\n/* here */', 'the file holds comments but no statement'],
    [`${directive}\n`, 'the file holds comments but no statement'],
  ])('%j', (text, message) => {
    expect(judge(text)).toBe(
      `65 a.sql:1:1: ${message} | Write its SQL, or delete the file. Where it is to do nothing, this is its first line: -- slipway: empty`,
    );
  });
});

describe('a file that says it is empty', () => {
  test.each(['-- slipway: empty', '-- from the tool before\n-- slipway: empty\n\n/* later */'])(
    '%j',
    (text) => {
      expect(judge(text)).toBeNull();
      expect(judge(text, 'baseline')).toBeNull();
    },
  );

  test('and holds a statement', () => {
    expect(judge('-- slipway: empty\nSELECT 1;')).toBe(
      '65 a.sql:2:1: a statement in a file that is marked as empty | Remove the line `-- slipway: empty`, or the statement.',
    );
  });

  test.each(['-- slipway empty', '-- Slipway: Empty'])('%j is told from a comment', (text) => {
    expect(() => readHeader({ path: 'a.sql', text, checksum: '' })).toThrow(/resembles a directive/);
  });
});

describe('a statement that begins or ends a transaction', () => {
  test.each([
    ['begin', 'BEGIN'],
    ['Begin Transaction Isolation Level Serializable', 'BEGIN'],
    ['start transaction', 'START TRANSACTION'],
    ['commit', 'COMMIT'],
    ['commit and chain', 'COMMIT'],
    ['end', 'END'],
    ['rollback', 'ROLLBACK'],
    ['rollback work', 'ROLLBACK'],
    ['abort', 'ABORT'],
    ["prepare transaction 'x'", 'PREPARE TRANSACTION'],
    ["commit prepared 'x'", 'COMMIT PREPARED'],
    ["rollback prepared 'x'", 'ROLLBACK PREPARED'],
  ])('%s', (text, name) => {
    expect(judge(`select 1;\n  ${text}; select 2; begin`)).toContain(
      `65 a.sql:2:3: ${name} in a file that runs in a transaction | Remove it: `,
    );
    expect(judge(`${directive}\n${text}`)).toContain(
      `a.sql:2:1: ${name} in a no-transaction file | Remove it: `,
    );
    expect(judge(text, 'baseline')).toContain(`a.sql:1:1: ${name} in a file that runs in a transaction`);
  });
});

describe('a statement that cannot run in a transaction', () => {
  const inBaseline = {
    tidy: 'Leave it out: in a new database there is nothing to tidy up.',
    database:
      'Leave it out: a baseline makes what is in the database that DATABASE_URL or PGDATABASE names. SLIPWAY_CREATE_DATABASE=on creates that one where it is missing.',
    server: 'Leave it out: it is about the server, not this schema. Run it where the server is set up.',
    concurrently: 'Write it without CONCURRENTLY: nobody uses the tables of a new database yet.',
    alone: `Move it into a migration of its own whose first line is: ${directive}`,
  };
  test.each([
    ['create index concurrently i on t (a)', 'CREATE INDEX CONCURRENTLY', 'concurrently'],
    ['create unique index concurrently on t (a)', 'CREATE INDEX CONCURRENTLY', 'concurrently'],
    ['drop index concurrently if exists i', 'DROP INDEX CONCURRENTLY', 'concurrently'],
    ['reindex index concurrently i', 'REINDEX CONCURRENTLY', 'tidy'],
    ['reindex (verbose) table concurrently t', 'REINDEX CONCURRENTLY', 'tidy'],
    ['reindex (concurrently) table t', 'REINDEX CONCURRENTLY', 'tidy'],
    ['reindex (concurrently on, verbose) table t', 'REINDEX CONCURRENTLY', 'tidy'],
    ['reindex database d', 'REINDEX DATABASE', 'tidy'],
    ['reindex (verbose) schema s', 'REINDEX SCHEMA', 'tidy'],
    ['vacuum', 'VACUUM', 'tidy'],
    ['vacuum (analyze) t', 'VACUUM', 'tidy'],
    ['create database d', 'CREATE DATABASE', 'database'],
    ['drop database if exists d', 'DROP DATABASE', 'database'],
    ["create tablespace s location '/x'", 'CREATE TABLESPACE', 'server'],
    ['drop tablespace s', 'DROP TABLESPACE', 'server'],
    ['alter system set work_mem = 1', 'ALTER SYSTEM', 'server'],
    ['alter database d set tablespace s', 'ALTER DATABASE ... SET TABLESPACE', 'server'],
    [
      'alter table if exists only s.t detach partition s.p concurrently',
      'DETACH PARTITION ... CONCURRENTLY',
      'concurrently',
    ],
    ['cluster', 'CLUSTER without a table', 'tidy'],
    ['cluster verbose', 'CLUSTER without a table', 'tidy'],
    ['cluster (verbose)', 'CLUSTER without a table', 'tidy'],
    ["create subscription s connection 'x' publication p", 'CREATE SUBSCRIPTION', 'alone'],
    ['discard all', 'DISCARD ALL', 'tidy'],
  ] as const)('%s', (text, name, baseline) => {
    expect(judge(`\n${text};`)).toBe(
      `65 a.sql:2:1: ${name} cannot run inside a transaction | Make this the first line of the file: ${directive}`,
    );
    expect(judge(`select 1; ${text}`)).toBe(
      `65 a.sql:1:11: ${name} cannot run inside a transaction | Let it be written as files that run, in the order of the statements: slipway split a.sql`,
    );
    expect(judge(text, 'baseline')).toBe(
      `65 a.sql:1:1: ${name} cannot run inside a transaction | ${inBaseline[baseline]}`,
    );
    expect(judge(`${directive}\n${text}`)).toBeNull();
  });
});

describe('a no-transaction file', () => {
  test('with several statements', () => {
    expect(judge(`${directive}\ncreate index concurrently i on t (a);\n\n analyze t; select 1`)).toBeNull();
  });

  test('with the update of TimescaleDB beside another statement', () => {
    expect(judge(`${directive}\nalter extension timescaledb update; select 1`)).toBe(
      '65 a.sql:2:1: ALTER EXTENSION timescaledb UPDATE beside other statements | Move it into a file of its own: it must be the first command of its session.',
    );
  });

  test('with a level of isolation', () => {
    expect(judge(`${directive}\n-- slipway: isolation serializable\nvacuum t`)).toContain(
      '65 a.sql:2:1: a no-transaction file asks for a level of isolation | Remove the directive',
    );
  });

  test('with COPY data', () => {
    expect(judge(`${directive}\ncopy t from stdin;\n1\n\\.\n`)).toBe(
      '65 a.sql:2:1: COPY ... FROM stdin in a no-transaction file | Remove the directive no-transaction: COPY runs in a transaction.',
    );
  });

  test('that is the baseline', () => {
    expect(judge(`-- The schema.\n${directive}\nselect 1;`, 'baseline')).toContain(
      '65 a.sql:2:1: the baseline asks for no-transaction, but it is applied in one transaction | Remove the directive, ',
    );
  });
});

describe('the line that commits', () => {
  const text = 'select 1;\n-- slipway: commit\nselect 2;\n';

  test.each(['migration', 'baseline', 'platform'] as const)('is wrong in a %s', (kind) => {
    expect(judge(text, kind)).toMatch(/a\.sql:2:1: `-- slipway: commit` in a file that is no fix \| Remove/);
  });

  test.each([
    ['in a fix', text, 'fix'],
    ['as text of a string', "select '\n-- slipway: commit\n';", 'migration'],
    ['as data', 'copy t from stdin;\n-- slipway: commit\n\\.\n', 'migration'],
  ] as const)('is fine %s', (_, fine, kind) => {
    expect(judge(fine, kind)).toBeNull();
  });

  test.each([
    ['commit', /COMMIT in a file that runs in a transaction \| .*`-- slipway: commit`/],
    ['vacuum t', /VACUUM cannot run inside a transaction \| Run it by hand before the fix\./],
    ['-- slipway: no-transaction\nselect 1', /the fix asks for no-transaction.* \| .* by hand/],
  ])('a fix with %s is told what to do', (wrong, says) => {
    expect(judge(wrong, 'fix')).toMatch(says);
  });
});

describe('a file that is repeated', () => {
  const repeat = '-- slipway: repeat';

  test.each([
    'update t set a = 1 where a is null',
    'DELETE FROM t WHERE a',
    'insert into t select 1;',
    'merge into t using s on true when matched then delete',
    'with x as (select 1) update t set a = 1',
  ])('fine: %s', (text) => {
    expect(judge(`${repeat} 100\n${text}`)).toBeNull();
  });

  test.each([
    [
      'select f()',
      /^65 a.sql:\d+:\d+: SELECT cannot be repeated: the server does not say how many rows it changed/,
    ],
    ['do $$ begin end $$', /^65 a.sql:\d+:\d+: DO cannot be repeated/],
    ['call p()', /^65 a.sql:\d+:\d+: CALL cannot be repeated/],
    ['copy t from stdin;\n1\n\\.\n', /^65 a.sql:\d+:\d+: COPY cannot be repeated/],
    ['commit', /^65 a.sql:\d+:\d+: COMMIT cannot be repeated/],
    ['update t set a = 1; update t set b = 1', /^65 a.sql:\d+:\d+: a file that is repeated has 2 statements/],
    ['', /^65 a.sql:\d+:\d+: the file holds comments but no statement/],
    ['-- slipway: no-transaction\nupdate t set a = 1', /asks for repeat and for no-transaction/],
    ['-- slipway: empty', /asks for repeat and for empty/],
  ])('wrong: %s', (text, message) => {
    expect(judge(`${repeat}\n${text}`)).toMatch(message);
  });

  test('is none of a baseline', () => {
    expect(judge(`${repeat}\nupdate t set a = 1`, 'baseline')).toMatch(
      /^65 a.sql:\d+:\d+: the baseline asks for repeat, but it is applied in one/,
    );
  });
});
