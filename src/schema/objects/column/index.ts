import { splitPart } from '../../model/index.ts';
import { sqlOf, steps } from '../common/alteration.ts';
import { type Families, withAnother } from '../family.ts';
import { alterVerb } from '../table/alter.ts';
import { alterColumnOptions, relationVerb } from '../table/storage.ts';
import { alterColumn, renameNotNull } from './alter.ts';
import { addColumn, columnWarnings } from './create.ts';
import { columnOptions, columnOrigins, columns, notNulls } from './read.ts';

const tableOf = (column: string): string => splitPart(column)?.parent ?? '';

export const column = {
  column: {
    read: [{ sql: columns }],
    rows: {
      pg_class: `SELECT a.attrelid, a.attnum, 'column ' || a.name || '.' || quote_ident(a.attname) FROM own_column a WHERE a.relkind IN ('r', 'p', 'f')`,
      pg_attrdef: `SELECT d.oid, 0, 'column ' || a.name || '.' || quote_ident(a.attname)
    FROM pg_attrdef d JOIN own_column a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.relkind IN ('r', 'p', 'f')`,
    },
    create: ({ name }, graph) => addColumn(name, graph),
    risks: ({ text }) => columnWarnings(text),
    alter: alterColumn,
    drop: ({ name }, { snapshot }) => {
      const { parent = '', own = '' } = splitPart(name) ?? {};
      return [`${alterVerb(snapshot.get(`table ${parent}`)?.text)} ${parent} DROP COLUMN ${own}`];
    },
  },
  'column order': { read: [{ sql: columns }], create: withAnother, alter: () => steps(), drop: withAnother },
  'column origin': {
    read: [{ sql: columnOrigins }],
    create: withAnother,
    alter: () => steps(),
    drop: withAnother,
  },
  'not null': {
    read: [{ sql: notNulls }],
    create: withAnother,
    alter: ({ name }, context) => steps(...renameNotNull(name, context)),
    drop: withAnother,
  },
  'column options': {
    read: [{ sql: columnOptions }],
    // Of a foreign table's, those of its server stand where it is made.
    create: ({ name, text }, { snapshot, major }) => {
      const own = text.replace(/(?:^|; )options \(.*$/s, '');
      return sqlOf(
        alterColumnOptions(relationVerb(tableOf(name), snapshot), name, { before: '', after: own }, major),
      );
    },
    alter: ({ name, before, after }, context) =>
      alterColumnOptions(
        relationVerb(tableOf(name), context.before.snapshot),
        name,
        { before: before.text, after: after.text },
        context.before.major,
      ),
    drop: ({ name, text }, { snapshot, major }) =>
      sqlOf(
        alterColumnOptions(
          alterVerb(snapshot.get(`table ${tableOf(name)}`)?.text),
          name,
          { before: text, after: '' },
          major,
        ),
      ),
  },
} satisfies Families;
