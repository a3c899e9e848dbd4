import { type Create, dropByName, type Families, remake } from '../family.ts';
import { revokeDefaults } from '../privileges/create.ts';
import { alterRoutine } from './alter.ts';
import { createAggregate, createRoutine } from './create.ts';
import { aggregates, routineKind, routines } from './read.ts';

const create: Create = ({ name, text }, graph) => [
  createRoutine(text),
  ...revokeDefaults(`routine ${name}`, graph),
];

export const routine = {
  function: {
    rows: {
      pg_proc: `SELECT p.oid, 0, ${routineKind} || p.name FROM proc p`,
    },
    read: [{ sql: routines }],
    create,
    alter: alterRoutine,
    drop: dropByName,
  },
  procedure: { read: [{ sql: routines }], create, alter: alterRoutine, drop: dropByName },
  aggregate: {
    read: [{ sql: aggregates, rare: 'code' }],
    create: ({ name, text }, graph) => [
      createAggregate(name, text),
      ...revokeDefaults(`routine ${name}`, graph),
    ],
    alter: remake,
    drop: ({ name }) => [`DROP AGGREGATE ${name.replace(/\(\)$/, '(*)')}`],
  },
} satisfies Families;
