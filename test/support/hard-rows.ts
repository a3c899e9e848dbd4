/** SQL that puts rows into every table of the hard schema that can hold any; no mutation of it is stopped by them. */
export const hardRows = `
INSERT INTO hard.scratch (line) VALUES ('first'), ('second');
INSERT INTO hard.people (name, surname, age, feeling, share, kind, spans, pairs, payload, note) VALUES
  ('Adele', 'Ärzte', 30, 'sad', 12.5, 'a', '[1,2)', ARRAY[ROW(1, 'x')::hard.pair], '{"k": [1, 2]}', 'long enough'),
  ('Bruno', 'Öl', 41, 'it''s fine', 0, 'b', NULL, NULL, '{}', NULL),
  ('Carla', NULL, 18, 'so-so', 100, 'c', '(,3]', '{}', '{}', '');
INSERT INTO hard.orders (person, amount, during, code) VALUES
  (1, 10.25, '[2024-01-01,2024-02-01)', 'A1'), (1, 20.5, '[2024-03-01,2024-04-01)', 'A2'), (2, 30, NULL, NULL);
INSERT INTO hard.events (at, device, reading) VALUES
  ('2024-05-01 00:00:00+00', 1, 0.5), ('2025-05-01 00:00:00+00', 1, 1.5), ('2025-06-01 00:00:00+00', 2, 2.5), ('2030-01-01 00:00:00+00', 3, 3.5);
INSERT INTO hard.listed VALUES ('A', 1), ('b', 2);
INSERT INTO hard.parent VALUES (1, 'one'), (2, 'two');
INSERT INTO hard.other_parent VALUES ('2019-01-01'), ('2021-01-01');
INSERT INTO hard.child VALUES (3, 'three', '2022-02-02', false);
INSERT INTO hard.typed VALUES (5, 'five'), (DEFAULT, 'default');
INSERT INTO "Odd Name"."Table.With ""All""" VALUES (1, 'o', 'ä'), (2, NULL, NULL);
REFRESH MATERIALIZED VIEW hard.totals;
`;
