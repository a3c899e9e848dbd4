import { splitPart } from '../../model/index.ts';
import { sqlOf } from '../common/alteration.ts';
import { type Families, withAnother } from '../family.ts';
import { alterVerb } from '../table/alter.ts';
import { alterConstraint, constraintWarnings } from './alter.ts';
import { addConstraintAlone } from './create.ts';
import { switchEnforcement } from './enforcement.ts';
import { constraints, enforcement } from './read.ts';

export const constraint = {
  constraint: {
    read: [{ sql: constraints }],
    rows: {
      pg_constraint: `SELECT c.oid, 0, CASE WHEN c.contype = 'n' THEN 'column ' || r.name || '.' || (SELECT quote_ident(a.attname) FROM pg_attribute a
        WHERE a.attrelid = r.oid AND a.attnum = c.conkey[1])
      ELSE 'constraint ' || r.name || '.' || quote_ident(c.conname) END
    FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid`,
    },
    create: ({ name, text }, graph) => addConstraintAlone(name, text, graph),
    risks: ({ table, text }) => constraintWarnings(table, text),
    alter: alterConstraint,
    drop: ({ name }, { snapshot }) => {
      const { parent = '', own = '' } = splitPart(name) ?? {};
      return [`${alterVerb(snapshot.get(`table ${parent}`)?.text)} ${parent} DROP CONSTRAINT ${own}`];
    },
  },
  enforcement: {
    read: [{ sql: enforcement, rare: 'others' }],
    create: ({ name, text }, { snapshot }) => sqlOf(switchEnforcement(name, text, snapshot)),
    alter: ({ name, after }, context) => switchEnforcement(name, after.text, context.after.snapshot),
    drop: withAnother,
  },
} satisfies Families;
