/** A table with two rows. */
export const people = `CREATE TABLE s.people (id integer PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', age integer, mood text);
INSERT INTO s.people VALUES (1, 'Ann', 30, 'good'), (2, 'Bob', 40, NULL);`;

/** Everything that the server keeps from a change of the column's type. */
export const readers = `
CREATE VIEW s.old AS SELECT id, age FROM s.people WHERE age > 10;
GRANT SELECT ON s.old TO pg_monitor;
COMMENT ON VIEW s.old IS 'the old';
CREATE VIEW s.older AS SELECT id FROM s.old WHERE age > 20;
CREATE MATERIALIZED VIEW s.sums AS SELECT sum(age) AS total, count(*) AS n FROM s.people;
CREATE UNIQUE INDEX sums_n ON s.sums (n);
COMMENT ON INDEX s.sums_n IS 'one';
ALTER TABLE s.people ADD next_age bigint GENERATED ALWAYS AS (age + 1) STORED;
CREATE INDEX people_next ON s.people (next_age);
COMMENT ON COLUMN s.people.next_age IS 'soon';
CREATE INDEX people_age ON s.people (age) WHERE age > 3;
ALTER TABLE s.people ADD CONSTRAINT grown CHECK (age > 1);
CREATE STATISTICS s.people_stats ON age, name FROM s.people;
CREATE FUNCTION s.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER aged BEFORE UPDATE OF age ON s.people FOR EACH ROW WHEN (NEW.age > 3) EXECUTE FUNCTION s.touch();
ALTER TABLE s.people DISABLE TRIGGER aged;
COMMENT ON TRIGGER aged ON s.people IS 'when older';
CREATE POLICY adults ON s.people USING (age > 18);
CREATE RULE quiet AS ON UPDATE TO s.people WHERE NEW.age < 0 DO INSTEAD NOTHING;
CREATE FUNCTION s.oldest() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT max(age)::integer FROM s.people; END;
CREATE VIEW s.who AS SELECT s.oldest() AS age;
`;

export const split =
  `CREATE TABLE s.log (at date NOT NULL, n integer NOT NULL DEFAULT 1, note text, PRIMARY KEY (at)) PARTITION BY RANGE (at);
CREATE TABLE s.log_1 PARTITION OF s.log (n DEFAULT 7) FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE s.log_2 PARTITION OF s.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (n);
CREATE TABLE s.log_2_1 PARTITION OF s.log_2 DEFAULT;
INSERT INTO s.log VALUES ('2024-03-03', 1, 'a'), ('2025-03-03', 2, 'b');`.replace(
    'PRIMARY KEY (at)',
    'CHECK (n > 0)',
  );

export const keys = `CREATE TABLE s.a (id integer CONSTRAINT a_key PRIMARY KEY, x integer NOT NULL); CREATE TABLE s.b (id integer PRIMARY KEY, a integer CONSTRAINT b_a REFERENCES s.a (id));
INSERT INTO s.a VALUES (1, 1), (2, 2); INSERT INTO s.b VALUES (1, 1), (2, 2);`;
