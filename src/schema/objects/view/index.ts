import { withKeptOrder } from '../common/schema-graph.ts';
import { dropByName, type Families, remake, withAnother } from '../family.ts';
import { isOfTimescale } from '../timescale/create.ts';
import { alterView } from './alter.ts';
import { createView, replacing } from './create.ts';
import { unpopulated, views } from './read.ts';

export const view = {
  view: {
    read: [{ sql: views }],
    rows: {
      pg_attrdef: `SELECT d.oid, 0, 'view ' || r.name FROM pg_attrdef d JOIN rel r ON r.oid = d.adrelid WHERE r.relkind = 'v'`,
    },
    create: createView,
    alter: (change, { after }) => {
      const kept = withKeptOrder(change.after, after.optionOrders?.get(`view ${change.name}`));
      return alterView(change, createView(kept, after)?.map(replacing) ?? null);
    },
    drop: (object, graph) =>
      isOfTimescale(`view ${object.name}`, graph)
        ? [`DROP MATERIALIZED VIEW ${object.name}`]
        : dropByName(object, graph),
  },
  'materialized view': {
    read: [{ sql: views }],
    create: createView,
    alter: (change) => alterView(change, null),
    drop: dropByName,
  },
  'without data': {
    read: [{ sql: unpopulated, rare: 'others' }],
    create: withAnother,
    alter: remake,
    drop: ({ name }) => [`REFRESH MATERIALIZED VIEW ${name}`],
  },
} satisfies Families;
