import type { Families } from '../family.ts';
import { databaseObjects, databasePrivileges } from './read.ts';
import { alterDatabase, createDatabaseObject, dropDatabaseObject } from './write.ts';

export const database = {
  database: {
    read: [{ sql: databaseObjects }, { sql: databasePrivileges, ofRights: true }],
    create: ({ name, text }) => createDatabaseObject(name, text),
    alter: alterDatabase,
    drop: ({ name, text }) => dropDatabaseObject(name, text),
  },
} satisfies Families;
