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

const beforeKinds = [
  ...columns,
  ...tables,
  ...constraints,
  ...indexes,
  ...routines,
  ...partitions,
  ...others,
  ...extra,
];

/** Every single change that is made by hand to the hard schema. */
export const everyMutation: readonly Mutation[] = [...beforeKinds, ...needed, ...kinds];

/** Those that a migration can make where there are rows: none adds a column that needs a value. */
export const possible: readonly Mutation[] = [...beforeKinds, ...kinds];
