import type { Version } from '../migrations/index.ts';
import {
  asRenames,
  possibleRenames,
  type Renames,
  readRenames,
  renamed,
  renameTarget,
  type SchemaGraph,
} from '../schema/generate/index.ts';
import { type LeftRenames, leaveRenames, mayBeUnderAnotherName } from './possible-renames.ts';
import type { ReconcileRequest } from './request.ts';

/** What a fix renames, and what it leaves because it may have got another name. */
export interface ThroughRenames extends LeftRenames {
  readonly renames: Renames;
}

/**
 * Finds what the fix renames: what --rename says, and on a terminal what is said to be one. What may be another is left
 * to a person, unless it is said to be none.
 *
 * @param goalOf the goal, for a start in which the renames are done.
 * @throws SlipwayError (64) for a rename that cannot be meant.
 */
export async function throughRenames(
  { flags, ask }: ReconcileRequest,
  { live, version }: { readonly live: SchemaGraph; readonly version: Version },
  goalOf: (start: SchemaGraph) => SchemaGraph,
): Promise<ThroughRenames> {
  const wanted = goalOf(live);
  const given = readRenames(flags.rename ?? '', {
    start: live.snapshot,
    goal: wanted.snapshot,
    startName: 'the database',
    goalName: `version ${version}`,
  });
  const renames = [...given.renames];
  const denied = new Set<string>();
  const possible = given.areAll || ask === null ? [] : possibleRenames(live.snapshot, wanted.snapshot);
  for (const rename of possible.filter(({ from }) => renames.every((other) => other.from !== from))) {
    const { kind, from, to } = rename;
    const isOne = await ask?.(`Is ${from} the ${kind} ${to}, renamed, with its data?`);
    if (isOne) renames.push(rename);
    else denied.add(renameTarget(rename));
  }
  const start = renamed(live, asRenames(renames));
  const goal = goalOf(start);
  const mayBe = given.areAll
    ? []
    : [...mayBeUnderAnotherName(start, goal)].filter(([object]) => !denied.has(object));
  return { renames: asRenames(renames), ...leaveRenames(start, goal, new Map(mayBe)) };
}
