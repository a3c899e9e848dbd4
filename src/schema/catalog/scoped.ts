/** Whether an object is no extension's to describe, as a condition. */
export const notMember = (catalog: string, alias: string): string =>
  `NOT EXISTS (SELECT FROM member m WHERE m.classid = '${catalog}'::regclass AND m.objid = ${alias}.oid)`;

/** Whether a user made it and not initdb, as a condition (PostgreSQL source, FirstNormalObjectId). */
export const isUsers = (alias: string): string => `${alias}.oid >= 16384`;

/** Whether statistics are of a table that is no extension's, as a condition: pg_dump leaves those out as well. */
export const ofNoMembersTable = (alias: string): string =>
  `NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = ${alias}.stxrelid)`;
