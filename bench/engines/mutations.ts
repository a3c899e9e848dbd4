import { columns } from '../../test/database/mutations-columns.ts';
import { constraints } from '../../test/database/mutations-constraints.ts';
import { indexes } from '../../test/database/mutations-indexes.ts';
import { others } from '../../test/database/mutations-others.ts';
import { routines } from '../../test/database/mutations-routines.ts';
import { tables } from '../../test/database/mutations-tables.ts';

/** The changes that engines are scored on, by group: those that the snapshot's own test makes. */
export const mutations = Object.entries({ columns, tables, constraints, indexes, routines, others }).flatMap(
  ([group, changes]) => changes.map(({ apply, since }) => ({ group, apply, since })),
);
