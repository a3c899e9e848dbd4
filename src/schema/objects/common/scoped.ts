/** Whether an object is no extension's to describe, as a condition. */
export const notMember = (catalog: string, alias: string): string =>
  `NOT EXISTS (SELECT FROM member m WHERE m.classid = '${catalog}'::regclass AND m.objid = ${alias}.oid)`;

/** Whether a user made it and not initdb, as a condition (PostgreSQL source, FirstNormalObjectId). */
export const isUsers = (alias: string): string => `${alias}.oid >= 16384`;

/** Whether statistics are of a table that is no extension's, as a condition: pg_dump leaves those out as well. */
export const ofNoMembersTable = (alias: string): string =>
  `NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = ${alias}.stxrelid)`;

/** A family that was made with the class of its name, and stands for nothing by itself. */
export const isOfClass = (family: string): string =>
  `EXISTS (SELECT FROM pg_opclass k WHERE k.opcfamily = ${family}.oid AND k.opcname = ${family}.opfname AND k.opcnamespace = ${family}.opfnamespace)`;

/** A function of the server's by its name, behind a word; null where there is none. */
export const by = (word: string, column: string): string =>
  `CASE WHEN ${column} <> 0 THEN '${word} ' || ${column}::regproc::text END`;

/** The kind of a relation, by `pg_class.relkind`, and a space. */
export const relationKind = (alias: string): string =>
  `CASE ${alias}.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'S' THEN 'sequence ' WHEN 'c' THEN 'type ' ELSE 'table ' END`;

/** What stands in a schema, as it is named. */
export const qualified = (schema: string, name: string): string => `${schema} || '.' || quote_ident(${name})`;
