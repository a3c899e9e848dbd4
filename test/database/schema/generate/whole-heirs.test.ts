import { changesBetween } from '../../../../src/schema/generate/changes/changes.ts';
import { describeSchema } from '../../../../src/schema/generate/describe-schema.ts';
import { writeSchema } from '../../../../src/schema/generate/whole.ts';
import type { SnapshotObject } from '../../../../src/schema/model/object.ts';
import type { SchemaGraph } from '../../../../src/schema/objects/common/schema-graph.ts';
import { originOf } from '../../../../src/schema/objects/table/origin.ts';
import { ledger, sessionOn } from '../../../fixtures/hard-schema.ts';
import { createDatabase, named, sweptMajors, type TestDatabase } from '../../../support/database.ts';
import { judge, type Verdict } from '../../../support/judge.ts';

jest.setTimeout(120_000);

/** Tables above and below each other, as a history leaves them: an heir's columns stand in another order than they come. */
const heirs = `CREATE SCHEMA h;
CREATE TABLE h.parent (id integer NOT NULL, CONSTRAINT positive CHECK (id > 0), CONSTRAINT here CHECK (id > 1) NO INHERIT);
CREATE TABLE h.child (more text) INHERITS (h.parent);
CREATE TABLE h.grandchild (most text) INHERITS (h.child)`;

interface Case {
  readonly title: string;
  readonly sql: string;
  readonly since?: number;
}
const written: readonly Case[] = [
  {
    title: 'columns that an heir has of its own as well',
    sql: `CREATE SCHEMA h; CREATE TABLE h.parent (id integer NOT NULL DEFAULT 1, label text, size integer);
CREATE TABLE h.child (id integer NOT NULL DEFAULT 2, size integer) INHERITS (h.parent)`,
  },
  {
    title: 'columns that an heir only inherits, with a default and a NOT NULL that the table above lacks',
    sql: `CREATE SCHEMA h; CREATE TABLE h.parent (id integer NOT NULL DEFAULT 1, label text, size integer);
CREATE TABLE h.child () INHERITS (h.parent);
ALTER TABLE h.child ALTER id SET DEFAULT 2, ALTER label SET NOT NULL, ALTER id SET NOT NULL, ALTER size SET DEFAULT 3`,
  },
  { title: 'a CHECK that heirs have from above', sql: `${heirs}; ALTER TABLE h.parent ADD late integer` },
  {
    title: 'one that is not validated',
    sql: `${heirs}; ALTER TABLE h.parent ADD late integer; ALTER TABLE h.parent ADD CONSTRAINT small CHECK (id < 9) NOT VALID`,
  },
  {
    title: 'one that an heir has besides',
    sql: `${heirs}; ALTER TABLE h.child ADD CONSTRAINT named CHECK (more <> ''); ALTER TABLE h.parent ADD more text, ADD CONSTRAINT named CHECK (more <> '')`,
  },
  {
    title: 'what an heir has of its own as well',
    sql: `${heirs}; ALTER TABLE h.child NO INHERIT h.parent; ALTER TABLE h.child INHERIT h.parent`,
  },
  {
    title: 'one that is not enforced',
    sql: `${heirs}; ALTER TABLE h.parent ADD late integer, ADD CONSTRAINT idle CHECK (id < 9) NOT ENFORCED`,
    since: 18,
  },
  {
    title: 'one with a comment, of a grandchild alone in another order',
    sql: `${heirs}; ALTER TABLE h.child ADD CONSTRAINT filled CHECK (more <> 'x'), ADD late integer; COMMENT ON CONSTRAINT filled ON h.child IS 'why'`,
  },
  {
    title: 'one that is not validated, of partitions',
    sql: `CREATE SCHEMA h; CREATE TABLE h.whole (at date NOT NULL, n integer) PARTITION BY RANGE (at);
CREATE TABLE h.part (n integer, at date NOT NULL); ALTER TABLE h.whole ADD CONSTRAINT big CHECK (n > 5) NOT VALID;
ALTER TABLE h.part ADD CONSTRAINT big CHECK (n > 5); ALTER TABLE h.whole ATTACH PARTITION h.part DEFAULT`,
  },
  {
    title: 'a schema public that nobody may use',
    sql: 'REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA h',
  },
  {
    title: 'a schema public that nobody may create in',
    sql: 'REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SCHEMA h',
  },
  {
    title: 'a schema public that one role may use',
    sql: 'REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO pg_monitor; CREATE SCHEMA h',
  },
];

/** An heir that is attached keeps the order of its columns, and has all of them as its own besides. */
const isKept = ({ kind, parent }: SnapshotObject, snapshot: SchemaGraph['snapshot']): boolean =>
  kind !== 'column origin' || originOf(parent ?? '', snapshot).kind === 'derived';
const plain = ({ snapshot }: SchemaGraph): Record<string, unknown> =>
  Object.fromEntries(
    [...snapshot]
      .filter(([, object]) => isKept(object, snapshot))
      .map(([object, { text, facets }]) => [object, { text, facets }]),
  );

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  async function on<T>(sql: string, work: (database: TestDatabase) => Promise<T>): Promise<T> {
    const database = await createDatabase(major);
    try {
      await database.query(sql);
      return await work(database);
    } finally {
      await database.drop();
    }
  }
  const graph = (sql: string): Promise<SchemaGraph> =>
    on(sql, async (database) => describeSchema(await sessionOn(database), { ledger, withPrivileges: true }));

  test.each(written.filter(({ title }) => title.startsWith('columns that')))(
    'the catalogs say the same of what is its own: $title',
    async ({ sql }) => {
      const own = `SELECT attrelid::regclass || '.' || attname AS name, attislocal AS is_local, attinhcount AS above FROM pg_attribute
         WHERE attrelid IN ('h.parent'::regclass, 'h.child'::regclass) AND attnum > 0
        UNION ALL SELECT conrelid::regclass || '.' || conname, conislocal, coninhcount FROM pg_constraint WHERE connamespace = 'h'::regnamespace
        ORDER BY name`;
      const before = await on(sql, (database) => database.query(own));
      const { sql: text } = writeSchema(await graph(sql));
      expect(before.length).toBeGreaterThan(5);
      expect(await on(text, (database) => database.query(own))).toEqual(before);
    },
  );

  test.each(written.filter(({ since = 14 }) => since <= major))(
    'is written so that it gives the same again: $title',
    async ({ sql }) => {
      const before = await graph(sql);
      const { sql: text, left } = writeSchema(before);
      expect(left).toEqual([]);
      const after = await graph(text);
      expect(plain(after)).toEqual(plain(before));
      expect(writeSchema(after).sql).toBe(text);
    },
  );

  /** What becomes of a schema with the changes that lead to another. */
  const changed = (from: string, to: string): Promise<Verdict> =>
    on(from, async (database) => {
      const target = await graph(to);
      const session = await sessionOn(database);
      const before = await describeSchema(session, { ledger, withPrivileges: true });
      const changes = changesBetween(before, target, {
        purpose: 'migration',
        drops: 'write',
        renames: { columns: new Map(), tables: new Map() },
      });
      await session.run('BEGIN');
      return judge(session, { title: to, changes, target: target.snapshot, purpose: 'migration' });
    });

  test.each(written.filter(({ since = 14 }) => since <= major))(
    'is reached from an empty schema, and from one that has the table above: $title',
    async ({ sql }) => {
      const above = sql
        .split(';')
        .filter((statement) => !/h\.(?:child|grandchild|part)\b/.test(statement))
        .join(';');
      for (const from of ['CREATE SCHEMA h', above])
        expect(await changed(from, sql)).toMatchObject({ verdict: 'right', why: [] });
    },
  );
});
