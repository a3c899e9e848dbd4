import type { Session } from '../../postgres/index.ts';
import {
  asInspection,
  kindOf,
  nameOf,
  normalizeNames,
  objectsOfKind,
  ownedObjects,
  parentOf,
  type Snapshot,
  type SnapshotObject,
  type SnapshotOptions,
  splitPart,
  takeSnapshot,
  timescaleFacet,
} from '../catalog/index.ts';
import { isRightOfOne, kindsWith, relationKinds, traitsOf } from '../kinds.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { parseEnforcement } from '../objects/constraint/enforcement.ts';
import { tablesAbove } from '../objects/partition/alter.ts';
import { attachedBefore } from '../objects/table/origin.ts';
import { dependencyQuery } from './dependencies.ts';
import { optionOrdersQuery, readOptionOrders } from './option-orders.ts';

/**
 * Describes a schema: its snapshot, and what must stand before what.
 *
 * @throws what `takeSnapshot` throws.
 */
export async function describeSchema(session: Session, options: SnapshotOptions): Promise<SchemaGraph> {
  const snapshot = await takeSnapshot(session, options);
  const results = await session.run(
    asInspection([
      dependencyQuery(options),
      `SELECT current_setting('server_version_num')::int / 10000 AS major, quote_ident(current_user) AS role`,
      optionOrdersQuery(options.ledger),
    ]).join('; '),
  );
  const edges = ((results[2]?.rows ?? []) as Edge[]).map(({ object, needs }) => ({
    object: normalizeNames(object),
    needs: normalizeNames(needs),
  }));
  return {
    snapshot,
    dependencies: dependenciesOf(snapshot, edges),
    major: Number(results[3]?.rows[0]?.major),
    role: String(results[3]?.rows[0]?.role),
    optionOrders: readOptionOrders(results[4]?.rows ?? []),
  };
}

/** One row of `dependencyQuery`. */
export interface Edge {
  readonly object: string;
  readonly needs: string;
}

/** Objects of the snapshot with what each needs: what the catalog says, and what their names say. */
export function dependenciesOf(
  snapshot: Snapshot,
  edges: readonly Edge[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map([...snapshot.keys()].map((object) => [object, new Set<string>()]));
  const relations = new Map(
    [...snapshot.values()]
      .filter(({ kind }) => traitsOf(kind).rightsAs === 'relation')
      .map(({ kind, name }) => [name, `${kind} ${name}`]),
  );
  const add = (object: string, needs: string | undefined): void => {
    if (needs !== undefined && needs !== object && snapshot.has(needs)) found.get(object)?.add(needs);
  };
  for (const { object, needs } of edges) add(object, needs);
  for (const object of snapshot.keys()) {
    const parent = parentOf(object);
    if (parent !== null) add(object, relations.get(parent));
    for (const needs of impliedBy(object, snapshot.get(object)?.text ?? '')) add(object, needs);
    for (const needs of readByAggregate(snapshot.get(object))) add(object, needs);
  }
  for (const object of objectsOfKind(snapshot, 'constraint'))
    for (const table of attachedBefore(object, snapshot)) add(`constraint ${object.name}`, `table ${table}`);
  addDeviations(snapshot, add);
  return found;
}

const listed = /((?:"(?:[^"]|"")*"|[^",])+)(?:, |$)/g;

/** What a continuous aggregate reads: for the catalog, its view reads the table that TimescaleDB keeps its rows in. */
function readByAggregate(object: SnapshotObject | undefined): readonly string[] {
  if (object?.kind !== 'view' || !object.facets[timescaleFacet]) return [];
  const [, reads = ''] = /^reads (.*)$/m.exec(object.text) ?? [];
  return [...reads.matchAll(listed)].flatMap(([, name = '']) =>
    [name, splitPart(name)?.parent].flatMap((one) =>
      [...relationKinds, 'column'].map((kind) => `${kind} ${one}`),
    ),
  );
}

/**
 * What a partition has otherwise of a constraint or trigger comes after that of the tables above it, by whose name it
 * goes; what keeps a constraint comes after that. For indexes the catalog says it.
 */
function addDeviations(snapshot: Snapshot, add: (object: string, needs: string) => void): void {
  for (const [object, { kind, name, parent }] of snapshot) {
    const { deviatesFrom } = traitsOf(kind);
    const of = kind === 'enforcement' ? parseEnforcement(name, snapshot) : undefined;
    if (deviatesFrom === undefined || of === null) continue;
    const table = of?.of ?? parent ?? '';
    const own = of?.constraint ?? splitPart(name)?.own;
    for (const above of [table, ...tablesAbove(table, snapshot)])
      add(object, `${deviatesFrom} ${above}.${own}`);
  }
}

const indexNamed = /(?:^|; )(?:cluster on|replica identity) .*?((?:"(?:[^"]|"")*"|[^".;]+))(?=; |$)/gs;
const ofIndex = (name: string): readonly string[] =>
  kindsWith(({ hasIndex }) => hasIndex).map((kind) => `${kind} ${name}`);

/** What the name of an object says that it is about, and the indexes that a table's options name. */
function impliedBy(object: string, text: string): readonly string[] {
  const kind = kindOf(object);
  const name = nameOf(object);
  const { saysOf } = traitsOf(kind);
  if (saysOf === 'index') return ofIndex(name);
  if (saysOf !== undefined) return [`${saysOf} ${name}`];
  if (kind === 'options')
    return [...text.matchAll(indexNamed)].flatMap(([, index]) => ofIndex(`${name}.${index}`));
  if (kind === 'default privileges') return [`schema ${/ in (.*) \w$/s.exec(name)?.[1]}`];
  return isRightOfOne(kind) ? ownedObjects(name) : [];
}
