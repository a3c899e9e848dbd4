import pg from 'pg';
import type { TestDatabase } from './database.ts';

/** What a second session sees of one relation while a statement runs, or while its transaction stays open. */
export interface Observed {
  /** As `pg_locks.mode` has it, of the relation itself, its indexes and its TOAST table: granted, or waited for. */
  readonly modes: readonly string[];
  /** Whether a SELECT, and an INSERT or UPDATE, of the second session did not come through. */
  readonly blocksReads: boolean;
  readonly blocksWrites: boolean;
  readonly isRewritten: boolean;
  /** Whether it was read as a whole under the lock. */
  readonly isScanned: boolean;
}

/** By `schema.name`. */
export type AllObserved = ReadonlyMap<string, Observed>;

const relationsQuery = `
  SELECT c.oid::text AS oid, c.oid::regclass::text AS name, c.relkind AS kind, c.relfilenode::text AS file,
         coalesce(i.indrelid, t.oid, c.oid)::text AS of
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_class t ON t.reltoastrelid = c.oid
   WHERE n.nspname IN ('app', 'pg_toast')`;

interface Relation {
  readonly oid: string;
  readonly name: string;
  readonly kind: string;
  readonly file: string;
  readonly of: string;
}

/** The sessions of one database in use: one that changes its schema, and one that looks on. */
export class LiveDatabase {
  readonly #actor: pg.Client;
  readonly #observer: pg.Client;
  #relations: ReadonlyMap<string, Relation> = new Map();

  private constructor(actor: pg.Client, observer: pg.Client) {
    this.#actor = actor;
    this.#observer = observer;
  }

  static async of(database: TestDatabase): Promise<LiveDatabase> {
    const live = new LiveDatabase(await database.connect(), await database.connect());
    await live.#observer.query("SET lock_timeout = '5ms'");
    await live.refresh();
    return live;
  }

  /** Reads which relations there are: those that count as there before. */
  async refresh(): Promise<void> {
    const { rows } = await this.#observer.query<Relation>(relationsQuery);
    this.#relations = new Map(rows.map((row) => [row.oid, row]));
  }

  /** Runs a statement in a transaction, looks at it from outside while that is open, and rolls it back. */
  async inTransaction(sql: string): Promise<AllObserved> {
    // It lays a table and its indexes anew, and empty: the server counts that, but no row is read.
    const isEmptying = sql.startsWith('TRUNCATE');
    await this.#actor.query('BEGIN');
    try {
      const { rows: before } = await this.#scans();
      await this.#actor.query(sql);
      const modes = await this.#modes(await this.#pid());
      const { rows: after } = await this.#scans();
      const { rows: files } = await this.#actor.query<{ oid: string; file: string }>(
        'SELECT oid::text AS oid, relfilenode::text AS file FROM pg_class',
      );
      return await this.#observed(modes, {
        scanned: new Set(
          after
            .filter(
              ({ oid, scans }) => !isEmptying && scans > (before.find((one) => one.oid === oid)?.scans ?? 0),
            )
            .map(({ oid }) => oid),
        ),
        moved: new Set(
          files
            .filter(({ oid, file }) => !isEmptying && file !== (this.#relations.get(oid)?.file ?? file))
            .map(({ oid }) => oid),
        ),
      });
    } finally {
      await this.#actor.query('ROLLBACK');
    }
  }

  /**
   * Runs a statement outside of a transaction while the second session holds a lock on each table, for which it waits
   * again and again: what it holds and what it waits for is seen then.
   *
   * @param held the mode of those locks: one that it cannot pass.
   */
  async outside(sql: string, held: string): Promise<AllObserved> {
    const tables = [...this.#relations.values()].filter(({ kind }) => kind === 'r' || kind === 'm');
    const pid = await this.#pid();
    const seen = new Map<string, Set<string>>();
    const blockers = this.#observer;
    await blockers.query('BEGIN');
    for (const { name, kind } of tables)
      await blockers.query(kind === 'r' ? `LOCK TABLE ${name} IN ${held} MODE` : `SELECT FROM ${name}`);
    let isOver = false;
    const running = this.#actor.query(sql).finally(() => {
      isOver = true;
    });
    running.catch(() => undefined);
    const look = async (): Promise<boolean> => {
      for (const [oid, modes] of await this.#modes(pid))
        seen.set(oid, new Set([...(seen.get(oid) ?? []), ...modes]));
      const { rows } = await blockers.query('SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits', [pid]);
      return rows[0]?.waits === true;
    };
    while (!isOver && !(await look()));
    const observed = isOver ? null : await this.#observed(seen, { scanned: new Set(), moved: new Set() });
    await blockers.query('COMMIT');
    while (!isOver) await look();
    await running;
    return observed ?? (await this.#observed(seen, { scanned: new Set(), moved: new Set() }));
  }

  async #pid(): Promise<number> {
    const { rows } = await this.#actor.query('SELECT pg_backend_pid() AS pid');
    return rows[0].pid;
  }

  /** What a session holds or waits for, by oid, as the other session sees it. */
  async #modes(pid: number): Promise<Map<string, Set<string>>> {
    const { rows } = await this.#observer.query<{ oid: string; modes: string[] }>(
      `SELECT relation::text AS oid, array_agg(mode) AS modes FROM pg_locks
        WHERE pid = $1 AND locktype = 'relation' GROUP BY relation`,
      [pid],
    );
    return new Map(rows.map(({ oid, modes }) => [oid, new Set(modes)]));
  }

  #scans(): Promise<pg.QueryResult<{ oid: string; scans: number }>> {
    return this.#actor.query(
      `SELECT oid::text AS oid, pg_stat_get_xact_numscans(oid)::int AS scans FROM pg_class WHERE relkind IN ('r', 'm')`,
    );
  }

  async #observed(
    modes: ReadonlyMap<string, ReadonlySet<string>>,
    { scanned, moved }: { readonly scanned: ReadonlySet<string>; readonly moved: ReadonlySet<string> },
  ): Promise<AllObserved> {
    const all = new Map<string, { modes: Set<string>; isScanned: boolean; isRewritten: boolean }>();
    for (const [oid, taken] of modes) {
      const root = this.#rootOf(oid);
      if (root === null) continue;
      const known = all.get(root.name) ?? { modes: new Set(), isScanned: false, isRewritten: false };
      for (const mode of taken) known.modes.add(mode);
      const isOwn = this.#relations.get(oid)?.oid === root.oid;
      known.isScanned ||= isOwn && scanned.has(oid);
      known.isRewritten ||= isOwn && moved.has(oid) && root.kind !== 'S';
      all.set(root.name, known);
    }
    const observed = new Map<string, Observed>();
    for (const [name, known] of all) {
      observed.set(name, { ...known, modes: [...known.modes], ...(await this.#blocked(name)) });
    }
    return observed;
  }

  /** The table that a relation belongs to; null for what was not there before. */
  #rootOf(oid: string): Relation | null {
    const relation = this.#relations.get(oid);
    if (relation === undefined) return null;
    return relation.of === oid ? relation : this.#rootOf(relation.of);
  }

  async #blocked(name: string): Promise<Pick<Observed, 'blocksReads' | 'blocksWrites'>> {
    const kind = [...this.#relations.values()].find((relation) => relation.name === name)?.kind;
    const write =
      kind === 'S'
        ? `SELECT nextval('${name}')`
        : kind === 'm' || kind === 'v'
          ? null
          : `DELETE FROM ${name} WHERE false`;
    return {
      blocksReads: await this.#isBlocked(`SELECT * FROM ${name} LIMIT 1`),
      blocksWrites: write !== null && (await this.#isBlocked(write)),
    };
  }

  /** Whether a statement of the second session waits for a lock; what it does is undone. */
  async #isBlocked(sql: string): Promise<boolean> {
    const isInside = this.#observer.getTransactionStatus() === 'T';
    await this.#observer.query(isInside ? 'SAVEPOINT tried' : 'BEGIN');
    try {
      await this.#observer.query(sql);
      return false;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === '55P03') return true;
      throw error;
    } finally {
      await this.#observer.query(isInside ? 'ROLLBACK TO tried' : 'ROLLBACK');
    }
  }
}
