import { greaterWork, type LockMode, lockModes, strongerMode, type TableWork } from '../core/index.ts';
import { modeOfServer, type RelationImpact } from '../impact/index.ts';
import { literal, type Session } from '../postgres/index.ts';
import { type KnownRelation, type KnownRelations, readRelations, rootOf } from './known-relations.ts';

/** What a transaction holds on one relation. */
interface Held {
  readonly mode: LockMode;
  /** Where its rows lie (`relfilenode`); null where the relation is no more. */
  readonly file: string | null;
  /** How many times it was read as a whole, as the server counts it. */
  readonly scans: number;
}

/** What a transaction holds now, by oid. */
type AllHeld = ReadonlyMap<string, Held>;

/** How a gauge looks on. */
interface GaugeOptions {
  /** The oids of the relations that count. */
  readonly among: ReadonlySet<string>;
  /**
   * Whether it hears of foreign keys from the server's messages at DEBUG1. A database in use is spared them, since its
   * log would have them too: there the server's count of scans tells of most foreign keys, as its plan reads the tables.
   */
  readonly hears: boolean;
}

/** Reads what the transaction of a session locks, of the relations that are there when it begins. */
export class Gauge {
  readonly #session: Session;
  readonly #known: KnownRelations;
  readonly #hears: boolean;
  #held: AllHeld;

  private constructor(
    session: Session,
    { known, held, hears }: { known: KnownRelations; held: AllHeld; hears: boolean },
  ) {
    this.#session = session;
    this.#known = known;
    this.#held = held;
    this.#hears = hears;
  }

  /** @param session in a transaction. */
  static async begin(session: Session, { among, hears }: GaugeOptions): Promise<Gauge> {
    const known = await readRelations(session, among);
    return new Gauge(session, { known, held: await readHeld(session, hears), hears });
  }

  /**
   * What is locked, rewritten or read while `work` runs.
   *
   * @param words of the statement that it runs.
   * @throws what `work` throws.
   */
  async during(words: readonly string[], work: () => Promise<void>): Promise<RelationImpact[]> {
    const checked = this.#hears ? await foreignKeysChecked(this.#session, work) : [];
    if (!this.#hears) await work();
    const before = this.#held;
    const after = await readHeld(this.#session, this.#hears);
    this.#held = after;
    const read = await tablesOf(this.#session, checked);
    const modes = modesOf(before, this.#known);
    const works = new Map<string, TableWork>();
    for (const [oid, held] of after) {
      const relation = this.#known.get(oid);
      const name = relation && rootOf(this.#known, relation)?.name;
      if (relation === undefined || name === undefined) continue;
      const scans = held.scans + (read.has(oid) ? 1 : 0);
      const done = workOn(relation, before.get(oid) ?? relation, { ...held, scans }, words);
      works.set(name, greaterWork(works.get(name) ?? 'none', done));
    }
    return [...modesOf(after, this.#known)]
      .map(([relation, mode]): RelationImpact => {
        const earlier = modes.get(relation);
        const isHeld = earlier !== undefined && rank(earlier) >= rank(mode);
        return { relation, mode, work: works.get(relation) ?? 'none', isHeld };
      })
      .filter(({ isHeld, work }) => !isHeld || work !== 'none')
      .sort((one, other) => (one.relation < other.relation ? -1 : 1));
  }
}

const rank = (mode: LockMode): number => lockModes.indexOf(mode);

/** The strongest lock on each relation, what belongs to it included. */
function modesOf(held: AllHeld, known: KnownRelations): ReadonlyMap<string, LockMode> {
  const modes = new Map<string, LockMode>();
  for (const [oid, { mode }] of held) {
    const relation = known.get(oid);
    const name = relation && rootOf(known, relation)?.name;
    if (name !== undefined) modes.set(name, strongerMode(modes.get(name) ?? mode, mode));
  }
  return modes;
}

/** The statements whose plan decides what they read: it is another one on a table with rows. */
const planned = new Set(
  'SELECT INSERT UPDATE DELETE MERGE WITH VALUES COPY EXPLAIN TABLE DECLARE FETCH'.split(' '),
);

/**
 * What a statement did with the rows of a relation. TRUNCATE does nothing: it lays the table and its indexes anew, and
 * empty. What is planned counts as a scan where a function or a trigger of it took a lock that no query takes.
 */
function workOn(
  { kind }: KnownRelation,
  before: Pick<Held, 'file' | 'scans'> & { readonly mode?: LockMode },
  { mode, file, scans }: Held,
  [first = '']: readonly string[],
): TableWork {
  if (first === 'TRUNCATE') return 'none';
  const isTable = kind === 'r' || kind === 'm';
  if (file !== null && file !== before.file) {
    if (isTable) return 'rewrite';
    if (kind === 'i') return 'scan';
  }
  const isStrong = rank(mode) > rank('row-exclusive');
  const wasStrong = before.mode !== undefined && rank(before.mode) > rank('row-exclusive');
  const isRead = isTable && isStrong && scans > before.scans;
  return isRead && (!planned.has(first) || !wasStrong) ? 'scan' : 'none';
}

/** @param hears whether what is yet to come is told at DEBUG1, and read as the standard has it. */
async function readHeld(session: Session, hears: boolean): Promise<AllHeld> {
  const heard = 'SET LOCAL client_min_messages = debug1; SET LOCAL standard_conforming_strings = on;';
  const rows = await session.rows(
    `${hears ? heard : ''}
     SELECT l.relation::pg_catalog.text AS oid, pg_catalog.string_agg(l.mode, ' ') AS modes,
            c.relfilenode::pg_catalog.text AS file,
            pg_catalog.pg_stat_get_xact_numscans(l.relation)::pg_catalog.text AS scans
       FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation
      WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted
        AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      GROUP BY l.relation, c.relfilenode`,
  );
  return new Map(
    rows.flatMap(({ oid, modes, file, scans }): [string, Held][] => {
      const taken = String(modes)
        .split(' ')
        .flatMap((mode) => modeOfServer(mode) ?? []);
      const [first, ...others] = taken;
      if (first === undefined) return [];
      const mode = others.reduce(strongerMode, first);
      return [[String(oid), { mode, file: file === null ? null : String(file), scans: Number(scans) }]];
    }),
  );
}

/**
 * Runs `work` and listens for the foreign keys that the server checks meanwhile, of which it speaks at the level DEBUG1
 * (validateForeignKeyConstraint in tablecmds.c): it reads both tables by a query, whose plan would be another one on
 * tables with rows.
 */
async function foreignKeysChecked(
  { client }: Session,
  work: () => Promise<void>,
): Promise<readonly string[]> {
  const names: string[] = [];
  const hear = ({
    routine,
    message = '',
  }: {
    routine?: string | undefined;
    message?: string | undefined;
  }): void => {
    const name = routine === 'validateForeignKeyConstraint' ? /"(.*)"/s.exec(message)?.[1] : undefined;
    if (name !== undefined) names.push(name);
  };
  client.on('notice', hear);
  try {
    await work();
  } finally {
    client.off('notice', hear);
  }
  return names;
}

/** Both tables of each foreign key of these names. */
async function tablesOf(session: Session, foreignKeys: readonly string[]): Promise<ReadonlySet<string>> {
  if (foreignKeys.length === 0) return new Set();
  const rows = await session.rows(
    `SELECT conrelid::pg_catalog.text AS referencing, confrelid::pg_catalog.text AS referenced
       FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conname IN (${foreignKeys.map(literal).join(', ')})`,
  );
  return new Set(rows.flatMap(({ referencing, referenced }) => [String(referencing), String(referenced)]));
}
