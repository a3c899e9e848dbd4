import { parseSql } from '../../../src/sql/script.ts';
import {
  type ConcurrentIndex,
  concurrentIndex,
  createdExtensions,
  createdRelations,
  destructiveStatements,
} from '../../../src/sql/statements.ts';

const parse = (text: string) => parseSql({ path: 'a.sql', text, checksum: '' });

describe('concurrentIndex', () => {
  const plain: ConcurrentIndex = { unique: false, index: 'i', schema: null, table: 't', ifNotExists: false };
  const table: [string, ConcurrentIndex | null][] = [
    ['create index concurrently i on t (a)', plain],
    [
      'CREATE INDEX CONCURRENTLY Idx_A ON Trading.Orders (a)',
      { ...plain, index: 'idx_a', schema: 'trading', table: 'orders' },
    ],
    ['create unique index concurrently i on t (a)', { ...plain, unique: true }],
    ['create index concurrently if not exists i on t (a)', { ...plain, ifNotExists: true }],
    ['create index concurrently on t (a)', { ...plain, index: null }],
    ['create index concurrently i on only t using btree (a)', plain],
    ['create index concurrently "I""x" on "S"."T"(a)', { ...plain, index: 'I"x', schema: 'S', table: 'T' }],
    [
      'create index concurrently U&"\\0061\\\\\\+01F600" on db.s.t (a)',
      { ...plain, index: 'a\\😀', schema: 's' },
    ],
    ['create index concurrently U&"\\+ffffff" on t (a)', { ...plain, index: '\\+ffffff' }],
    ['create index concurrently Éa on t(a)', { ...plain, index: 'Éa' }],
    ['create /* x */ index -- y\n concurrently i on t (a)', plain],
    ['create index i on t (a)', null],
    ['drop index concurrently i', null],
    ['create index concurrently i t (a)', null],
    ['create index concurrently i on (a)', null],
    ['create table t (a int)', null],
  ];
  test.each(table)('%s', (text, expected) => {
    expect(parse(text).statements.map(concurrentIndex)).toEqual([expected]);
  });
});

test('destructiveStatements', () => {
  const text = `drop table a; -- drop
    truncate b; delete from c; Drop Index d;
    alter table e drop column f; select 'drop'; with x as (delete from g returning 1) select 1;
    create function drop_all() returns void language sql as $$ drop table a; $$; comment on table a is 'delete'`;
  expect(destructiveStatements(parse(text)).map(({ start, end }) => text.slice(start, end))).toEqual([
    'drop table a',
    'truncate b',
    'delete from c',
    'Drop Index d',
  ]);
});

test('createdExtensions', () => {
  const text = `create extension if not exists "uuid-ossp" with schema public; create extension TimescaleDB cascade;
    comment on extension x is ''; drop extension y; alter extension z update; create table extension (a int)`;
  expect(createdExtensions(parse(text))).toMatchObject([
    { name: 'uuid-ossp', ifNotExists: true, statement: { start: 0 } },
    { name: 'timescaledb', ifNotExists: false, statement: { start: 63 } },
  ]);
});

test('createdRelations', () => {
  const text = `
    create table a (x int); create table if not exists S.B (x int); create unlogged table c (); create foreign table
    "D" (x int) server s; create view v as select 1; create or replace recursive view w (n) as select 1;
    create materialized view if not exists s."M" as select 1; create sequence q; create table db.s.e as select 1;
    create table index (a int); create unlogged sequence r;
    create temp table t1 (); create local temporary table t2 (); create or replace temp view t3 as select 1;
    create index i on a (x); create type t as (x int); create function table_like() returns int language sql as 'select 1';
    alter table a rename to b; create table (x int)`;
  expect(createdRelations(parse(text)).map(({ schema, name }) => `${schema ?? ''}.${name}`)).toEqual([
    '.a',
    's.b',
    '.c',
    '.D',
    '.v',
    '.w',
    's.M',
    '.q',
    's.e',
    '.index',
    '.r',
  ]);
});
