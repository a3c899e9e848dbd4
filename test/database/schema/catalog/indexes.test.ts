import { hardSchema, lookAt } from '../../../fixtures/hard-schema.ts';
import { createDatabase, majors, named } from '../../../support/database.ts';

/** A column of each kind that decides whether an operator class and a collation go without saying. */
const table = `
  CREATE SCHEMA odd;
  CREATE DOMAIN odd.word AS text COLLATE "C";
  CREATE TYPE odd.mood AS ENUM ('good', 'bad');
  CREATE TABLE odd."A ""b" (id bigint, "Two words" int, "order" date, plain text, short varchar(9), word odd.word,
    c text COLLATE "C", fixed char(3), tag name, mood odd.mood, list int[], search tsvector, data jsonb, span int4range);
  CREATE TABLE odd.parted (id int NOT NULL, kind text) PARTITION BY LIST (kind);
  CREATE TABLE odd.part PARTITION OF odd.parted FOR VALUES IN ('a');
  CREATE MATERIALIZED VIEW odd.seen AS SELECT 1 AS one, 'x'::text AS two`;

const of = 'odd."A ""b"';
type Index = readonly [on: string, keys: string, since?: number];

const indexes: readonly Index[] = [
  [of, '(id)'],
  [of, '(id, "Two words", "order", plain, tag)'],
  [of, '(id DESC)'],
  [of, '(id NULLS FIRST)'],
  [of, '(plain, short)'],
  [of, '(plain COLLATE "C")'],
  [of, '(c)'],
  [of, '(c COLLATE "default")'],
  [of, '(word)'],
  [of, '(fixed)'],
  [of, '(mood)'],
  [of, '(list)'],
  [of, '(span)'],
  [of, '(plain text_pattern_ops)'],
  [of, '(short varchar_pattern_ops)'],
  [of, '(short bpchar_ops)'],
  [of, '(short odd.own_ops)'],
  [of, '(id) INCLUDE (plain)'],
  [of, '(id) WITH (fillfactor = 70)'],
  [of, '(id) WHERE id > 0'],
  [of, '((id + 1), id)'],
  [of, 'USING hash (id)'],
  [of, 'USING hash (short)'],
  [of, 'USING gist (search)'],
  [of, 'USING gist (search tsvector_ops (siglen = 100))'],
  [of, 'USING gin (data)'],
  [of, 'USING brin (id)'],
  ['odd.parted', '(id)'],
  ['ONLY odd.parted', '(kind)'],
  ['odd.part', '(id, kind)'],
  ['odd.seen', '(one)'],
];
const unique: readonly Index[] = [
  [of, '(id, plain)'],
  [of, '(id) NULLS NOT DISTINCT', 15],
  ['odd.seen', '(two)'],
];

test.each(named(majors))(
  'PostgreSQL $version: an index is described as the server prints it',
  async ({ major }) => {
    const database = await createDatabase(major);
    try {
      await database.query(hardSchema);
      await database.query(`RESET ALL; ${table}`);
      await database.query(
        'CREATE OPERATOR CLASS odd.own_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 bttextcmp(text, text)',
      );
      for (const [n, [on, keys, since = 14]] of [...indexes, ...unique].entries()) {
        if (since > major) continue;
        const kind = n < indexes.length ? 'INDEX' : 'UNIQUE INDEX';
        await database.query(`CREATE ${kind} "${n % 2 ? 'I ' : 'i'}${n}" ON ${on} ${keys}`);
      }
      await database.query('SET search_path = pg_catalog');
      const printed = await database.query<{ name: string; text: string }>(
        `SELECT i.indrelid::regclass || '.' || quote_ident(c.relname) AS name, pg_get_indexdef(c.oid) AS text
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid`,
      );
      const texts = new Map(printed.map(({ name, text }) => [name, text]));
      const graph = [...(await (await lookAt(database))()).values()].filter(({ kind }) =>
        ['index', 'unique index'].includes(kind),
      );
      expect(graph.length).toBeGreaterThan(30);
      expect(graph.map(({ name, text }) => [name, text.replace(/ INVALID$/, '')])).toEqual(
        graph.map(({ name }) => [name, texts.get(name)]),
      );
    } finally {
      await database.drop();
    }
  },
);
