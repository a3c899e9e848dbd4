import { splitPart } from '../../model/index.ts';
import { sqlOf } from '../common/alteration.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { warning } from '../common/warnings.ts';
import type { Create, Drop, Families } from '../family.ts';
import { alterIndexOptions, indexName } from '../table/storage.ts';
import { isOfTimescale, isOwnIndex } from '../timescale/create.ts';
import { alterIndex } from './alter.ts';
import { createIndex } from './create.ts';
import { indexes, indexKey, indexOptions } from './read.ts';

const create: Create = ({ kind, name, text }, graph) => createIndex(`${kind} ${name}`, text, graph);

const drop: Drop = ({ name }, graph) => {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  if (!isOfTimescale(`view ${parent}`, graph)) return [`DROP INDEX ${splitPart(parent)?.parent}.${own}`];
  // An aggregate's index stands where its rows do; its own goes with it.
  return isOwnIndex(name) ? [] : [`DROP INDEX _timescaledb_internal.${own}`];
};

/** No index of a hypertable can be built CONCURRENTLY. */
const buildWithoutLock = (table: string, graph: SchemaGraph): string =>
  isOfTimescale(`table ${table}`, graph)
    ? 'WITH (timescaledb.transaction_per_chunk)'
    : 'CREATE INDEX CONCURRENTLY';

export const index = {
  index: {
    rows: {
      pg_class: `SELECT i.indexrelid, 0, ${indexKey}
      FROM pg_index i JOIN rel t ON t.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid`,
    },
    read: [{ sql: indexes }],
    create,
    risks: ({ table }, graph) => [warning('blocksWritesUnless', buildWithoutLock(table, graph))],
    alter: alterIndex,
    drop,
  },
  'unique index': {
    read: [{ sql: indexes }],
    create,
    risks: () => [warning('failsOnViolation', null), warning('blocksWrites')],
    alter: alterIndex,
    drop,
  },
  'index options': {
    read: [{ sql: indexOptions }],
    create: ({ name, text }) => sqlOf(alterIndexOptions(indexName(name), '', text)),
    alter: ({ name, before, after }) => alterIndexOptions(indexName(name), before.text, after.text),
    drop: ({ name, text }) => sqlOf(alterIndexOptions(indexName(name), text, '')),
  },
} satisfies Families;
