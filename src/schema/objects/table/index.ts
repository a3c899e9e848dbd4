import { standingIn } from '../constraint/create.ts';
import type { Families } from '../family.ts';
import { sqlOf } from '../shared/alteration.ts';
import { alterTable } from './alter.ts';
import { createTable } from './create.ts';
import { relationOptions, tables } from './read.ts';
import { alterOptions, relationVerb, settable } from './storage.ts';

export const table = {
  table: {
    read: [{ sql: tables }],
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
