import { sqlOf } from '../common/alteration.ts';
import { relationKind } from '../common/scoped.ts';
import { standingIn } from '../constraint/create.ts';
import type { Families } from '../family.ts';
import { alterTable } from './alter.ts';
import { createTable } from './create.ts';
import { relationOptions, tables } from './read.ts';
import { alterOptions, relationVerb, settable } from './storage.ts';

export const table = {
  table: {
    read: [{ sql: tables }],
    rows: {
      pg_class: `SELECT r.oid, 0, ${relationKind('r')} || r.name FROM rel r`,
      pg_type: `SELECT t.oid, 0, ${relationKind('r')} || r.name FROM rel r JOIN pg_type t ON t.oid IN (r.reltype, (SELECT x.typarray FROM pg_type x WHERE x.oid = r.reltype)) WHERE r.reltype <> 0`,
    },
    create: ({ name }, graph) => createTable(name, graph, standingIn(name, graph)),
    alter: alterTable,
    drop: ({ name, text }) => [`DROP ${text.includes('foreign table') ? 'FOREIGN TABLE' : 'TABLE'} ${name}`],
  },
  options: {
    read: [{ sql: relationOptions }],
    create: ({ name, text }, { snapshot }) =>
      sqlOf(alterOptions(relationVerb(name, snapshot), name, '', settable(name, text, snapshot))),
    alter: ({ name, before, after }, context) =>
      alterOptions(relationVerb(name, context.before.snapshot), name, before.text, after.text),
    drop: ({ name, text }, { snapshot }) => sqlOf(alterOptions(relationVerb(name, snapshot), name, text, '')),
  },
} satisfies Families;
