import { kindOf } from '../schema/catalog/index.ts';
import { asRenames, changesBetween, joinAlters, type SchemaGraph } from '../schema/generate/index.ts';
import type { Building } from './building.ts';

/**
 * Gives a copy what CREATE DATABASE does not copy: settings, comment and grants of the database itself (PostgreSQL docs,
 * CREATE DATABASE, Notes).
 *
 * @param original as `describe` found it.
 */
export async function completeCopy({ run, describe }: Building, original: SchemaGraph): Promise<void> {
  const isOfDatabase = (object: string): boolean => kindOf(object) === 'database';
  if (![...original.snapshot.keys()].some(isOfDatabase)) return;
  const changes = changesBetween(await describe(true), original, {
    drops: 'write',
    purpose: 'migration',
    renames: asRenames([]),
  });
  const own = changes.filter((change) => isOfDatabase(change.object));
  for (const { sql } of joinAlters(own)) await run.session.run(sql);
  // A session has its settings from its beginning.
  await run.reconnect();
}
