import type { Mutation } from './mutations.ts';
import { columns } from './mutations-columns.ts';
import { constraints } from './mutations-constraints.ts';
import { extra, needed } from './mutations-extra.ts';
import { indexes } from './mutations-indexes.ts';
import { kinds } from './mutations-kinds.ts';
import { others } from './mutations-others.ts';
import { partitions } from './mutations-partitions.ts';
import { routines } from './mutations-routines.ts';
import { tables } from './mutations-tables.ts';

/** The single changes that a migration can make where there are rows, by group: none adds a column that needs a value. */
export const groups = { columns, tables, constraints, indexes, routines, partitions, others, extra, kinds };

/** All of them. */
export const possible: readonly Mutation[] = Object.values(groups).flat();

/** Every single change that is made by hand to the hard schema. */
export const everyMutation: readonly Mutation[] = [...possible, ...needed];
