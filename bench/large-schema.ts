/** How a large application's schema is made: tables with keys, checks, indexes, references, some partitions. */
const row = (n: number): string => String(n).padStart(5, '0');

const partitionsEach = 4;

/** A table as pg_dump writes one, with all that comes to it. */
function plainTable(n: number): readonly [table: string, later: string] {
  const own = `item_${row(n)}`;
  const table = `app.${own}`;
  const parent = `app.item_${row(Math.floor(n / 2))}`;
  return [
    `CREATE TABLE ${table} (
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    parent_id bigint,
    name text NOT NULL,
    code character varying(40),
    amount numeric(12,2) DEFAULT 0 NOT NULL,
    state app.state DEFAULT 'new'::app.state NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    note text,
    payload jsonb DEFAULT '{}'::jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone,
    CONSTRAINT ${own}_name_check CHECK ((char_length(name) <= 255)),
    CONSTRAINT ${own}_note_check CHECK ((char_length(note) <= 1024))
);
CREATE SEQUENCE ${table}_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE ${table}_id_seq OWNED BY ${table}.id;
ALTER TABLE ONLY ${table} ALTER COLUMN id SET DEFAULT nextval('${table}_id_seq'::regclass);
ALTER TABLE ONLY ${table} ADD CONSTRAINT ${own}_pkey PRIMARY KEY (id);
COMMENT ON TABLE ${table} IS 'What is kept of item ${n}';`,
    `CREATE INDEX ${own}_account ON ${table} USING btree (account_id, created_at);
CREATE INDEX ${own}_parent ON ${table} USING btree (parent_id);
CREATE UNIQUE INDEX ${own}_code ON ${table} USING btree (code) WHERE (code IS NOT NULL);
CREATE TRIGGER touch BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE ONLY ${table} ADD CONSTRAINT ${own}_parent_fkey FOREIGN KEY (parent_id) REFERENCES ${parent}(id) ON DELETE CASCADE;`,
  ];
}

/** A partitioned table, and its partitions. */
function partitionedTable(n: number): string {
  const table = `app.event_${row(n)}`;
  const month = (m: number): string => `'2025-0${m}-01 00:00:00+00'`;
  const partitions = Array.from(
    { length: partitionsEach },
    (_, m) =>
      `CREATE TABLE ${table}_${m} PARTITION OF ${table} FOR VALUES FROM (${month(m + 1)}) TO (${month(m + 2)});`,
  );
  return `CREATE TABLE ${table} (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
${partitions.join('\n')}
CREATE INDEX event_${row(n)}_kind ON ${table} USING btree (kind);`;
}

/** SQL that makes a schema of so many tables, partitions among them: one table in twenty is one. */
export function largeSchema(tables: number): string {
  const partitioned = Math.floor(tables / 20 / (partitionsEach + 1));
  const plain = Array.from({ length: tables - partitioned * (partitionsEach + 1) }, (_, n) => plainTable(n));
  return [
    `CREATE SCHEMA app;
CREATE TYPE app.state AS ENUM ('new', 'open', 'closed');
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;`,
    ...plain.map(([table]) => table),
    ...Array.from({ length: partitioned }, (_, n) => partitionedTable(n)),
    ...plain.map(([, later]) => later),
  ].join('\n\n');
}
