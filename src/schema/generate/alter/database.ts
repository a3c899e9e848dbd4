import { databaseGrants, setDatabase } from '../create/database.ts';
import { unwrittenReason } from '../create/remote.ts';
import { type Alteration, left, type ObjectChange, steps } from './alteration.ts';

/** What is said of the database itself: its settings, its comment, who may what on it. */
export function alterDatabase({ kind, name, before, after }: ObjectChange): Alteration {
  const statements =
    name === 'privileges' ? databaseGrants(before.text, after.text) : setDatabase(name, after.text);
  return statements === null ? left(unwrittenReason(kind)) : steps(...statements);
}
