import type { Families } from '../family.ts';
import { revokeDefaults } from '../privileges/create.ts';
import { alterType } from './alter.ts';
import { createType } from './create.ts';
import { baseTypes, composites, domains, enums, ranges } from './read.ts';

export const type = {
  type: {
    read: [
      { sql: [enums, domains, composites].join('\nUNION ALL\n') },
      { sql: [ranges, baseTypes].join('\nUNION ALL\n'), rare: 'code' },
    ],
    rows: {
      pg_type: `SELECT t.oid, 0, 'type ' || t.name FROM typ t
    UNION ALL SELECT t.typarray, 0, 'type ' || t.name FROM typ t WHERE t.typarray <> 0
    UNION ALL SELECT m.oid, 0, 'type ' || t.name FROM typ t JOIN pg_range g ON g.rngtypid = t.oid JOIN pg_type m ON m.oid IN (g.rngmultitypid, (SELECT x.typarray FROM pg_type x WHERE x.oid = g.rngmultitypid))`,
      pg_constraint: `SELECT c.oid, 0, 'type ' || t.name FROM pg_constraint c JOIN typ t ON t.oid = c.contypid`,
      pg_proc: `SELECT d.objid, 0, 'type ' || t.name FROM pg_depend d JOIN typ t ON d.refobjid = t.oid
      WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass AND d.deptype = 'i'`,
    },
    create: ({ name, text }, graph) => {
      const statements = createType(name, text);
      return statements === null ? null : [...statements, ...revokeDefaults(`type ${name}`, graph)];
    },
    alter: alterType,
    drop: ({ name, text }) => [`DROP ${text.startsWith('domain') ? 'DOMAIN' : 'TYPE'} ${name}`],
  },
} satisfies Families;
