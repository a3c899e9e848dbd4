/** Tables as many small services have them: a key, two indexes, ten columns. */
export const plainTables = (count: number): string =>
  Array.from(
    { length: count },
    (_, n) => `CREATE TABLE app.table_${n} (
  id bigint PRIMARY KEY, account_id bigint NOT NULL, name text NOT NULL, code character varying(40),
  amount numeric(12,2) DEFAULT 0, is_active boolean DEFAULT true NOT NULL, note text, payload jsonb,
  created_at timestamp with time zone DEFAULT now() NOT NULL, day date
);
CREATE INDEX table_${n}_account ON app.table_${n} (account_id, created_at);
CREATE UNIQUE INDEX table_${n}_code ON app.table_${n} (code);
`,
  ).join('');
