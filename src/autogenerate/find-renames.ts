import {
  candidateRenames,
  type GivenRenames,
  possibleRenames,
  type Rename,
  renameTarget,
  type SchemaGraph,
} from '../schema/generate/index.ts';
import type { DesiredSchema } from './desired-schema.ts';
import { askAbout, compareShapes, worthAsking } from './rename-evidence.ts';
import { rowsOf } from './rename-rows.ts';
import type { GenerateRequest } from './request.ts';

/** Between what, and what --rename says. */
interface Between {
  readonly head: SchemaGraph;
  readonly goal: SchemaGraph;
  readonly given: GivenRenames;
}

/** What is given, and on a terminal each other possible one that is said to be one; else it is only told of. */
export async function findRenames(
  app: GenerateRequest,
  desired: DesiredSchema,
  { head, goal, given }: Between,
): Promise<readonly Rename[]> {
  if (given.areAll) return given.renames;
  if (app.ask !== null) return askForRenames(app, desired, { head, goal, given });
  for (const rename of possibleRenames(head.snapshot, goal.snapshot)) {
    const { kind, from, to } = rename;
    if (isTaken(rename, given.renames)) continue;
    app.log.warn(
      { event: 'possibleRename', kind, from, to },
      `${from} is dropped and ${to} is new: if that is a rename of one ${kind}, say so: --rename ${from}=${to}`,
    );
  }
  return given.renames;
}

async function askForRenames(
  app: GenerateRequest,
  desired: DesiredSchema,
  { head, goal, given }: Between,
): Promise<readonly Rename[]> {
  const candidates = candidateRenames(head.snapshot, goal.snapshot).filter(
    (rename) => !isTaken(rename, given.renames),
  );
  const rows = await rowsOf(app, desired, candidates, goal);
  const judged = candidates.map((rename, at) => ({
    rename,
    shape: compareShapes(rename, head, goal),
    rows: rows[at] ?? null,
  }));
  const renames = [...given.renames];
  for (const one of worthAsking(judged)) {
    const { kind, from, to } = one.rename;
    if (isTaken(one.rename, renames)) continue;
    if (await app.ask?.(askAbout(one))) renames.push({ kind, from, to });
  }
  return renames;
}

/** Whether one of the two names is part of a rename already. */
const isTaken = (rename: Rename, renames: readonly Rename[]): boolean =>
  renames.some((other) => other.from === rename.from || renameTarget(other) === renameTarget(rename));
