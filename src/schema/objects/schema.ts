import { steps } from './common/alteration.ts';
import { dropByName, type Families } from './family.ts';

/** The schema `public` is there from the start and is left out, as pg_dump leaves it out. */
const schemas = `
  SELECT 'schema', s.name, NULL::text, 'schema', NULL FROM space s WHERE s.nspname <> 'public' AND NOT s.is_member`;

export const schema = {
  schema: {
    read: [{ sql: schemas }],
    rows: {
      pg_namespace: `SELECT s.oid, 0, 'schema ' || s.name FROM space s WHERE NOT s.is_member`,
    },
    create: ({ name }) => [`CREATE SCHEMA IF NOT EXISTS ${name}`],
    alter: () => steps(),
    drop: dropByName,
  },
} satisfies Families;
