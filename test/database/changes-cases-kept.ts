import type { Case } from './changes-cases.ts';

const depends = `ALTER FUNCTION s.f() DEPENDS ON EXTENSION pg_trgm; ALTER PROCEDURE s.p() DEPENDS ON EXTENSION pg_trgm;`;
const targets = `ALTER INDEX s.t_sum ALTER COLUMN 1 SET STATISTICS 300; ALTER INDEX s.t_n DEPENDS ON EXTENSION pg_trgm; ALTER STATISTICS s.t_both SET STATISTICS 200;`;

/** Changes in which the server forgets, or keeps, more than they say. */
export const keptCases: readonly Case[] = [
  {
    name: 'what is forgotten of indexes and statistics that are made again for another type',
    start: `CREATE EXTENSION pg_trgm SCHEMA s; CREATE TABLE s.t (id integer, n integer); INSERT INTO s.t VALUES (1, 2);
CREATE INDEX t_sum ON s.t ((n + 1)); CREATE INDEX t_n ON s.t (n); CREATE STATISTICS s.t_both ON id, n FROM s.t; ${targets}`,
    wish: `ALTER TABLE s.t ALTER n TYPE bigint; ${targets}`,
    left: { fix: ['column s.t.n'] },
  },
  {
    name: 'what is forgotten of routines that are replaced',
    start: `CREATE EXTENSION pg_trgm SCHEMA s; CREATE FUNCTION s.f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1'; ${depends}`,
    wish: `CREATE OR REPLACE FUNCTION s.f() RETURNS integer LANGUAGE sql AS 'SELECT 2';
CREATE OR REPLACE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 2'; ${depends}`,
  },
  {
    name: 'what an heir keeps as its own that has left its table and come back',
    start: `CREATE TABLE s.parent (id integer NOT NULL, CONSTRAINT positive CHECK (id > 0)); CREATE TABLE s.child () INHERITS (s.parent);
INSERT INTO s.child VALUES (1);`,
    wish: 'ALTER TABLE s.child NO INHERIT s.parent; ALTER TABLE s.child INHERIT s.parent',
    left: {
      up: ['column origin s.child.id'],
      down: ['column origin s.child.id', 'constraint s.child.positive'],
    },
  },
];
