import type { Session } from '../../src/postgres/session.ts';
import { takeSnapshot } from '../../src/schema/catalog/snapshot.ts';
import type { Snapshot } from '../../src/schema/model/object.ts';
import { type Contents, readContents, readRows } from './contents.ts';
import type { Unit, Written } from './engine.ts';

/**
 * What became of a change, as far as it went:
 * `crashed`, the engine did; `refused`, the server refused its SQL; `silent`, it wrote nothing; `differs`, the schema is
 * another than desired; `rows`, values are lost that the change itself keeps; `positions`, a sequence counts from an
 * earlier number than before; `said`, it does not get there and says what it left; `right`.
 */
export type Verdict = 'right' | 'said' | 'silent' | 'differs' | 'rows' | 'positions' | 'refused' | 'crashed';

/** A database as it is held against another. */
export interface Seen {
  readonly snapshot: Snapshot;
  readonly contents: Contents;
}

const options = { ledger: { schema: 'slipway', app: 'default' }, withPrivileges: true };

/** Inspects a database. */
export const inspection = async (session: Session): Promise<Seen> => ({
  snapshot: await takeSnapshot(session, options),
  contents: await readContents(session),
});

/** Objects that differ, the order of columns aside. */
export const differences = (wanted: Snapshot, found: Snapshot): readonly string[] =>
  [...new Set([...wanted.keys(), ...found.keys()])]
    .filter(
      (object) => wanted.get(object)?.kind !== 'column order' && found.get(object)?.kind !== 'column order',
    )
    .filter((object) => textOf(wanted, object) !== textOf(found, object))
    .sort();

const textOf = (snapshot: Snapshot, object: string): string => {
  const { text, facets } = snapshot.get(object) ?? { text: null, facets: {} };
  return JSON.stringify([text, facets]);
};

/**
 * Runs what an engine wrote: each unit in a transaction of its own, unless it is to run outside of one.
 *
 * @returns what the server objects to; null where all of it ran.
 */
export async function applyUnits(session: Session, units: readonly Unit[]): Promise<string | null> {
  try {
    for (const { sql, isTransactional } of units)
      await session.run(isTransactional ? `BEGIN; ${sql}\n; COMMIT` : sql);
    return null;
  } catch (error) {
    if (error instanceof Error && 'severity' in error) return error.message;
    throw error;
  }
}

/**
 * The columns that a right migration keeps the values of: those that stand before and after, whatever the change does
 * to them.
 */
function keptColumns(before: Contents, after: Contents): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...before.tables].flatMap(([table, columns]): [string, readonly string[]][] => {
      const wished = after.tables.get(table);
      const kept = wished === undefined ? [] : [...columns].filter((column) => wished.has(column));
      return kept.length === 0 ? [] : [[table, kept]];
    }),
  );
}

/** What a change is from and to: the databases, and what was seen there. */
export interface Case {
  /** Where nothing was changed. */
  readonly before: Session;
  /** Where the change itself was run, on the same rows: it shows what becomes of them. */
  readonly wished: Session;
  readonly seenBefore: Seen;
  readonly seenWished: Seen;
}

/** What became of a change, and what shows it. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly detail: string;
}

/** Judges an engine that wrote nothing. */
export function judgeNothing({ left }: Written, { seenBefore, seenWished }: Case): Judgement {
  const differing = differences(seenWished.snapshot, seenBefore.snapshot);
  if (differing.length === 0) return { verdict: 'right', detail: '' };
  return left.length > 0
    ? { verdict: 'said', detail: left.join('; ') }
    : { verdict: 'silent', detail: differing.join(', ') };
}

/** Judges a database that an engine's SQL was run on. */
export async function judge(session: Session, { left }: Written, of: Case): Promise<Judgement> {
  const found = await inspection(session);
  const differing = differences(of.seenWished.snapshot, found.snapshot);
  const lost = await lostRows(session, found.contents, of);
  if (lost.length > 0) return { verdict: 'rows', detail: lost.join(', ') };
  const back = [...found.contents.sequences].filter(
    ([sequence, position]) =>
      of.seenBefore.contents.sequences.has(sequence) &&
      position < (of.seenWished.contents.sequences.get(sequence) ?? 0),
  );
  if (back.length > 0) return { verdict: 'positions', detail: back.map(([sequence]) => sequence).join(', ') };
  if (differing.length === 0) return { verdict: 'right', detail: '' };
  if (left.length > 0) return { verdict: 'said', detail: left.join('; ') };
  return { verdict: 'differs', detail: differing.join(', ') };
}

/**
 * The tables that lost values: a kept column is gone, or its values are neither those of before nor what the change
 * itself makes of them.
 */
async function lostRows(session: Session, found: Contents, of: Case): Promise<readonly string[]> {
  const kept = keptColumns(of.seenBefore.contents, of.seenWished.contents);
  const isThere = ([table, columns]: readonly [string, readonly string[]]): boolean =>
    columns.every((column) => found.tables.get(table)?.has(column));
  const standing = new Map([...kept].filter(isThere));
  const [are, were, wished] = [
    await readRows(session, standing),
    await readRows(of.before, standing),
    await readRows(of.wished, standing),
  ];
  return [...kept.keys()].filter((table) => {
    const rows = JSON.stringify(are.get(table));
    return (
      !standing.has(table) ||
      (rows !== JSON.stringify(were.get(table)) && rows !== JSON.stringify(wished.get(table)))
    );
  });
}
