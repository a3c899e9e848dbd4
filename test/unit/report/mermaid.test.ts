import { mermaidOf } from '../../../src/report/mermaid.ts';
import { tablesOf } from '../../../src/report/tables.ts';
import { hostileNames } from '../../support/hostile-names.ts';

const draw = (objects: Readonly<Record<string, string>>, touched: readonly string[]): string | null =>
  mermaidOf({ tables: tablesOf(Object.entries(objects)), touched: new Set(touched), title: '' });

const objects = {
  'table s.a': 'table',
  'column s.a.id': 'integer not null',
  'constraint s.a.p': 'PRIMARY KEY (id)',
  'table s.b': 'table',
  'column s.b.a_id': 'integer not null',
  'column s.b.pk': 'timestamp without time zone',
  'constraint s.b.f': 'FOREIGN KEY (a_id) REFERENCES s.a(id)',
  'table s.c': 'table',
};

test('touched tables have all columns, their neighbours those of keys', () => {
  expect(draw(objects, ['s.b', 's.b.pk'])).toBe(`erDiagram
  t1["s.a"] {
    integer id PK
  }
  t2["s.b"] {
    integer a_id FK
    timestamp _pk "changes"
  }
  t2 }o--|| t1 : "a_id"`);
});

test.each([[[]], [['s.gone']]])('of %j there is nothing to draw', (touched) => {
  expect(draw(objects, touched)).toBeNull();
});

test('more than GitHub draws is not drawn', () => {
  const many = Object.fromEntries(
    Array.from({ length: 600 }, (_, at) => [
      [`table s.t${at}`, 'table'],
      [`constraint s.t${at}.f`, 'FOREIGN KEY (a_id) REFERENCES s.a(id)'],
    ]).flat(),
  );
  expect(draw({ ...objects, ...many }, ['s.a'])).toBeNull();
});

/** What Mermaid's lexer for `erDiagram` takes: names in quotes without what ends or configures anything, plain words. */
const line =
  /^(?:erDiagram| {2}t\d+\["[\p{L}\p{N}_.-]+"\](?: \{)?| {4}[\p{L}_][\p{L}\p{N}_[\]()-]* [\p{L}_][\p{L}\p{N}_[\]()-]*(?: (?:PK|FK|PK,FK))?(?: "changes")?| {2}\}| {2}t\d+ [|}]o--(?:\|\||o\|) t\d+ : "[\p{L}\p{N}_.-]+")$/u;

test('a hostile name stays within its quotes or its word', () => {
  const hostile = Object.fromEntries(
    hostileNames.flatMap((name) => [
      [`table s.${name}`, 'table'],
      [`column s.${name}.${name}`, `s.${name} not null`],
      [`constraint s.${name}.f`, `FOREIGN KEY (${name}) REFERENCES s.a(id)`],
    ]),
  );
  const lines = (draw({ ...objects, ...hostile }, ['s.a']) ?? '').split('\n');
  expect(lines.filter((one) => one.includes('o--'))).toHaveLength(hostileNames.length + 1);
  expect(lines.filter((one) => !line.test(one))).toEqual([]);
});
