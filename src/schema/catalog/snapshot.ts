import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { LedgerName } from '../../ledger/index.ts';
import { keepSettings, literal, type Row, type Session } from '../../postgres/index.ts';
import { kindRead, traitsOf } from '../kinds.ts';
import {
  extensionTrigger,
  noFacets,
  normalize,
  normalizeNames,
  type Snapshot,
  type SnapshotObject,
} from '../model/index.ts';
import { readColumns } from '../objects/column/read.ts';
import { readTimescale, withTimescale } from '../objects/timescale/read.ts';
import { rarely, rarities, readRare } from './rarely.ts';
import { readers } from './readers.ts';
import { scope } from './scope.ts';

export interface SnapshotOptions {
  readonly ledger: LedgerName;
  /** Whether owners, grants and default privileges are part of it. */
  readonly withPrivileges: boolean;
}

/** A part of a schema: only what belongs to these relations, and of everything else only these kinds. */
export interface Part {
  readonly relations: readonly string[];
  readonly kinds: ReadonlySet<string>;
}

/**
 * Settings of a session that show in a printed definition (a partition's bounds, a default, quoted names), set for the
 * transaction by the first branch of the query, which runs before the others.
 */
export const pinnedSettings = {
  datestyle: 'ISO, YMD',
  timezone: 'UTC',
  intervalstyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  // Literals are printed as they would have to be written.
  standard_conforming_strings: 'on',
};

const pin = `SELECT max(set_config(s.name, s.value, true)) AS setting FROM (VALUES ${Object.entries(
  pinnedSettings,
)
  .map(([name, value]) => `(${literal(name)}, ${literal(value)})`)
  .join(', ')}) AS s(name, value)`;

/**
 * The same snapshot, which shares with an earlier one what is in both: of many snapshots of one schema only what changed
 * is held more than once.
 */
export function sharing(earlier: Snapshot, later: Snapshot): Snapshot {
  const known = new Map([...earlier].map((entry) => [entry[0], entry]));
  let isSame = earlier.size === later.size;
  const shared = new Map<string, SnapshotObject>();
  for (const [name, object] of later) {
    const [key, was] = known.get(name) ?? [name, object];
    const isShared = was !== object && isAlike(was, object);
    isSame &&= isShared;
    shared.set(key, isShared ? was : object);
  }
  return isSame ? earlier : shared;
}

function isAlike(a: SnapshotObject, b: SnapshotObject): boolean {
  const facets = Object.entries(b.facets);
  return (
    a.text === b.text &&
    a.belongsTo === b.belongsTo &&
    facets.length === Object.keys(a.facets).length &&
    facets.every(([facet, text]) => a.facets[facet] === text)
  );
}

/** A snapshot as it is without owners, grants and default privileges. */
export const withoutPrivileges = (snapshot: Snapshot): Snapshot =>
  new Map([...snapshot].filter(([name, { kind }]) => !traitsOf(kind).isRight && name !== databaseGrants));

const databaseGrants = 'database privileges';

/** The names of a part's relations, as an expression of type text[]. */
export const relationNames = ({ relations }: Part): string =>
  `ARRAY[${relations.map(literal).join(', ')}]::pg_catalog.text[]`;

/**
 * The one statement that reads a schema, whole or a part of it; expects search_path to be pg_catalog.
 *
 * @param relations of the part, as an expression of type text[].
 */
export function snapshotQuery(
  options: SnapshotOptions,
  part: Part | null = null,
  relations: string | null = part && relationNames(part),
): string {
  const wanted = readers.filter(
    ({ kinds, ofRights }) =>
      (options.withPrivileges || !ofRights) && (part === null || kinds.some((kind) => part.kinds.has(kind))),
  );
  const always = wanted.flatMap(({ sql, rare }) => (rare === undefined ? [sql] : []));
  const rare = rarities.flatMap((rarity) => {
    const texts = wanted.flatMap(({ sql, rare: of }) => (of === rarity ? [sql] : []));
    return texts.length === 0 ? [] : [rarely(rarity, texts, { ledger: options.ledger, relations })];
  });
  return `WITH ${scope(options.ledger, relations)}
    SELECT NULL::text AS kind, NULL::text AS name, NULL::text AS parent, NULL::text AS text, NULL::jsonb AS facets FROM (${pin}) AS pinned WHERE pinned.setting IS NULL
    ${[...always, ...rare].map((sql) => `UNION ALL ${sql}`).join('\n')}`;
}

/**
 * What is shown of an object that was dropped while the query ran: its rows are those of the query's snapshot, but the
 * server's functions look the object up as it is now, and give null or `???`. Within quotes that is a user's own.
 */
const isGone = ({ kind, name, text, facets }: Row): boolean =>
  kind !== 'timescale' && (typeof name !== 'string' || typeof text !== 'string' || facets === undefined);

const isTorn = ({ kind, text }: SnapshotObject): boolean =>
  text.includes('???') && kind !== 'comment' && text.replace(quoted, '').includes('???');

/** Literals, quoted identifiers, and the bodies of routines (`$function$`, with as many x as it takes). */
const quoted = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$((?:function|procedure)x*)\$.*?\$\1\$/gs;

/** Makes a snapshot of the rows that `snapshotQuery` gave; null where an object was dropped meanwhile. */
function tryToRead(given: readonly Row[]): Snapshot | null {
  const rows = given.flatMap(readRare);
  if (rows.some(isGone)) return null;
  const timescale = readTimescale(String(rows.find(({ kind }) => kind === 'timescale')?.text ?? ''));
  const unsorted = new Map<string, SnapshotObject>();
  for (const object of [...rows.flatMap(readObjects), ...timescale.indexes]) {
    if (isTorn(object)) return null;
    const whole = withTimescale(object, timescale);
    if (whole !== null) unsorted.set(`${object.kind} ${object.name}`, whole);
  }
  const snapshot = new Map<string, SnapshotObject>();
  for (const key of [...unsorted.keys()].sort()) snapshot.set(key, unsorted.get(key) as SnapshotObject);
  return snapshot;
}

/** As the server itself says it elsewhere. */
function torn(): pg.DatabaseError {
  const message = 'an object was dropped while the schema was read';
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code: 'XX000' });
}

/**
 * Makes a snapshot of the rows that `snapshotQuery` gave.
 *
 * @throws pg.DatabaseError (XX000) where an object was dropped meanwhile.
 */
export function readSnapshot(rows: readonly Row[]): Snapshot {
  const snapshot = tryToRead(rows);
  if (snapshot === null) throw torn();
  return snapshot;
}

function readObjects({ kind, name, parent, text, facets }: Row): readonly SnapshotObject[] {
  if (kind === 'timescale') return [];
  if (kind === 'columns') return readColumns(normalizeNames(String(name)), String(text));
  const isExtensions = kind === extensionTrigger;
  return [
    {
      kind: isExtensions ? 'trigger' : kindRead(String(kind)),
      name: normalizeNames(String(name)),
      parent: parent === null ? null : normalizeNames(String(parent)),
      text: kind === 'comment' ? String(text) : normalize(String(text)),
      facets: facets === null ? noFacets : readFacets(facets as Record<string, string | null>),
      ...(isExtensions ? { belongsTo: 'extension' as const } : {}),
    },
  ];
}

const readFacets = (facets: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(facets).flatMap(([facet, value]) => (value === null ? [] : [[facet, normalize(value)]])),
  );

/**
 * For the one inspection, besides those: what names mean, and what only costs. A plan is made for any part. Tables are
 * joined in the order in which the query names them (PostgreSQL docs 14.3): where nobody has analyzed a schema that was
 * just made, the planner's own order makes the inspection quadratic.
 */
const inspectionSettings = {
  search_path: 'pg_catalog, pg_temp',
  jit: 'off',
  join_collapse_limit: '1',
  plan_cache_mode: 'force_generic_plan',
};

/**
 * The statements that inspect a schema at the end of a transaction: what they set stays set. The inspection is the
 * last.
 */
export const lastInspection = <T>(inspection: readonly T[]): (string | T)[] => [
  `SELECT ${Object.entries(inspectionSettings)
    .map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`)
    .join(', ')}`,
  ...inspection,
];

/**
 * The snapshot in what came of statements of which the inspection is the last; null where an object was dropped
 * meanwhile.
 */
export const snapshotIn = (results: readonly pg.QueryResult[]): Snapshot | null =>
  tryToRead((results.at(-1)?.rows ?? []) as Row[]);

/** Triggers that are deferred, and a body that follows, must find the settings that they expect. */
const { keep, putBack } = keepSettings(
  'before_look',
  Object.keys({ ...inspectionSettings, ...pinnedSettings }),
);

/**
 * Statements that print as an inspection does, and leave the session's settings as they were; their results begin at
 * the third.
 */
export const asInspection = (statements: readonly string[]): string[] => [
  keep,
  `SELECT ${Object.entries({ ...pinnedSettings, ...inspectionSettings })
    .map(([name, value]) => `pg_catalog.set_config(${literal(name)}, ${literal(value)}, true)`)
    .join(', ')}`,
  ...statements,
  putBack,
];

/**
 * Takes a snapshot in one round trip, in whatever transaction the session is in.
 *
 * @param statement that asks for it.
 * @throws pg.DatabaseError (XX000) where objects were dropped meanwhile, again and again.
 */
export async function takeSnapshot(
  session: Session,
  options: SnapshotOptions,
  part: Part | null = null,
  statement: string = snapshotQuery(options, part),
): Promise<Snapshot> {
  const query = [keep, ...lastInspection([statement]), putBack].join('; ');
  for (let attempts = 1; ; attempts += 1) {
    const snapshot = snapshotIn((await session.run(query)).slice(0, -1));
    if (snapshot !== null) return snapshot;
    if (attempts === mostAttempts) throw torn();
  }
}

/** The query of a whole schema that a session has prepared, and its name there. */
const preparedIn = new WeakMap<Session, { readonly query: string; readonly name: string }>();

/**
 * As `takeSnapshot` of a whole schema, in a session of which nobody else is given the connection, as a pooler would: the
 * server plans the query the first time alone, which takes most of what a small schema costs. What a file has prepared
 * there, and what it has made the session forget (26000), is nothing to it.
 */
export async function takeSnapshotAgain(session: Session, options: SnapshotOptions): Promise<Snapshot> {
  const query = snapshotQuery(options);
  const known = preparedIn.get(session);
  if (known?.query === query) {
    try {
      return await takeSnapshot(session, options, null, `EXECUTE ${known.name}`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && error.code === '26000')) throw error;
    }
  }
  const name = `slipway_${randomUUID().replaceAll('-', '')}`;
  await session.run(asInspection([`PREPARE ${name} AS ${query}`]).join('; '));
  preparedIn.set(session, { query, name });
  return takeSnapshot(session, options, null, `EXECUTE ${name}`);
}

const mostAttempts = 3;

/** The hash under which an object's description, or one facet of it, stands in the lock: 128 bits, base64url. */
export const hashText = (text: string): string =>
  createHash('sha256').update(text, 'utf8').digest('base64url').slice(0, 22);
