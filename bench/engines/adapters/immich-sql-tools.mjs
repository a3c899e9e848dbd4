import { schemaDiff, schemaDiffToSql, schemaFromDatabase } from '@immich/sql-tools';

export async function write(before, after) {
  const schema = 'hard';
  // It turns the second schema into the first.
  const [source, target] = [
    await schemaFromDatabase({ connection: { connectionType: 'url', url: before.url }, schemaName: schema }),
    await schemaFromDatabase({ connection: { connectionType: 'url', url: after.url }, schemaName: schema }),
  ];
  const { items } = schemaDiff(target, source);
  const sql = schemaDiffToSql(items).join('\n');
  // It names no schema.
  const qualified = `SET LOCAL search_path = ${schema}, public;\n${sql}`;
  return { units: sql === '' ? [] : [{ sql: qualified, isTransactional: true }], left: [] };
}
