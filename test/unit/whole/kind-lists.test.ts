import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKind, kinds, kindsWith, traitsOf } from '../../../src/schema/kinds.ts';
import { kindLists } from '../../support/kind-lists.ts';

const root = join(import.meta.dirname, '..', '..', '..', 'src');
const listsOf = (source: string) => kindLists(source, isKind).map(({ kinds }) => kinds);

/** Words that are kinds elsewhere, and here mean something else. */
const others: Readonly<Record<string, string>> = {
  'inspect/evidence.ts': 'columns of our own query',
  'inspect/evidence-tools.ts': 'columns of other tools',
  'log/events.ts': 'fields of an event',
  'inspect/inspection.ts': 'by what a publication has a table',
  'inspect/notices.ts': 'by what a publication has a table',
  'ledger/validation.ts': "parts of the ledger's own table that a role can have added",
  'migrate/dump.ts': 'statements that pg_dump writes',
  'schema/generate/renames.ts': 'what a person can say to have been renamed',
  'schema/generate/changes/inherited.ts': 'parts of the text of a column',
  'shadow/shadow.ts': 'clauses of CREATE DATABASE',
  'sql/statements.ts': 'what a statement makes',
  'reconcile/possible-renames.ts': 'what a statement renames',
};

describe('the kinds of objects', () => {
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      path.endsWith('.ts') &&
      path !== 'schema/kinds.ts' &&
      path !== 'schema/traits.ts' &&
      !path.startsWith('schema/objects/'),
  );

  test('are listed in one table: elsewhere a question about kinds is a trait', () => {
    expect(sources.length).toBeGreaterThan(300);
    const found = sources.flatMap((path) =>
      others[path] === undefined
        ? kindLists(readFileSync(join(root, path), 'utf8'), isKind).map(
            ({ line, kinds }) => `src/${path}:${line}: ${kinds.join(', ')}`,
          )
        : [],
    );
    expect(found).toEqual([]);
  });

  test('no exception stands for a file that has no such list', () => {
    const idle = Object.keys(others).filter(
      (path) => listsOf(readFileSync(join(root, path), 'utf8')).length === 0,
    );
    expect(idle).toEqual([]);
  });

  test('no two stand in one place of the order, and each stands beside what it is of, or in a group', () => {
    const places = Object.values(kinds).flatMap(({ rank }) =>
      typeof rank === 'string' ? [] : [rank.join()],
    );
    expect(places.length).toBeGreaterThan(40);
    expect(new Set(places).size).toBe(places.length);
    const beside = kindsWith(({ rank }) => rank === 'beside');
    expect(beside.filter((kind) => traitsOf(kind).made === 'alone')).toEqual([]);
  });
});

describe('a list of kinds', () => {
  test.each([
    ["const a = ['view', 'table'];", ['view', 'table']],
    [
      "const a = new Set([\n  ...more,\n  'view',\n  'materialized view',\n]);",
      ['view', 'materialized view'],
    ],
    ["type A = 'view' | 'no kind' | 'table';", ['view', 'table']],
    ["const a = { table: 1, 'unique index': (x) => [x, ')'], other: 2 };", ['table', 'unique index']],
    ["if (kind === 'view' || kind === 'table') f();", ['view', 'table']],
    [
      "return a.kind !== 'view' &&\n  kindOf(object) !== 'rule' && b.kind !== 'table';",
      ['view', 'rule', 'table'],
    ],
    ["switch (kind) {\n  case 'view':\n  case 'no kind':\n  case 'table':\n}", ['view', 'table']],
    ["f(/['\"({]/.test(a) && ['index', 'unique index'].includes(b));", ['index', 'unique index']],
  ])('is found in %s', (source, expected) => {
    expect(listsOf(source)).toEqual([expected]);
  });

  test.each([
    "const a = ['view', other];",
    "const a = 'view';\nconst b = 'table';",
    "// ['view', 'table']",
    '/* { view: 1, table: 2 } */',
    "const sql = `IN ('view', 'table')`;",
    "const a = { kind: 'view', of: { kind: 'table' } };",
    'const { table, view } = found;',
    "f('view', 'table');",
    "if (kind === 'view') f();\nif (kind === 'table') g();",
    "if (kind === 'extra' && kindOf(object) === 'view') f();",
    "switch (kind) {\n  case 'view':\n    f();\n  case 'table':\n}",
  ])('is none in %s', (source) => {
    expect(listsOf(source)).toEqual([]);
  });
});
