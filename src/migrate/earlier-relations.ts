import { type KnownRelations, readRelations } from './known-relations.ts';
import type { Run } from './run.ts';

/** The relations that were there before this run made any, read when they are first asked for. */
export async function earlierRelations({ session, memory }: Run): Promise<KnownRelations> {
  if (memory.earlier !== null) return memory.earlier;
  const relations = await readRelations(session);
  memory.foundEarlier(relations);
  return relations;
}
