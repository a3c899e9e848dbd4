import pg from 'pg';
import { fingerprintQuery, readSnapshot, snapshotQuery } from '../../src/schema/catalog/index.ts';
import { type Kind, kinds } from '../../src/schema/kinds.ts';
import type { Snapshot } from '../../src/schema/model/object.ts';
import { ledger } from '../fixtures/hard-schema.ts';

export const everyKind = Object.keys(kinds) as Kind[];

/** What is seen of a schema in one transaction; no snapshot where an object was dropped meanwhile. */
export interface Seen {
  readonly fingerprint: string;
  readonly snapshot: Snapshot | null;
}

interface Asked {
  readonly of?: Iterable<Kind>;
  readonly timescale?: boolean;
}

const settings =
  'SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL join_collapse_limit = 1; SET LOCAL jit = off';

/** Takes a fingerprint in whatever transaction the session is in. */
export async function fingerprintOf(
  client: pg.Client,
  { of = everyKind, timescale = false }: Asked = {},
): Promise<string> {
  await client.query(settings);
  const { rows: version } = await client.query(
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  const { rows } = await client.query(fingerprintQuery(new Set(of), version[0].major, timescale));
  return rows[0].fingerprint;
}

/** Takes a snapshot in whatever transaction the session is in. @throws pg.DatabaseError where an object was dropped meanwhile. */
export async function snapshotBy(client: pg.Client): Promise<Snapshot> {
  await client.query(settings);
  const { rows } = await client.query(snapshotQuery({ ledger, withPrivileges: true }));
  return readSnapshot(rows);
}

/**
 * Looks at a schema as a start does: the fingerprint, and then the snapshot.
 *
 * @param meanwhile what others do in between.
 */
export async function lookWith(
  client: pg.Client,
  asked: Asked = {},
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Seen> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  try {
    const fingerprint = await fingerprintOf(client, asked);
    await meanwhile();
    return { fingerprint, snapshot: await snapshotBy(client) };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === 'XX000')) throw error;
    return { fingerprint: '', snapshot: null };
  } finally {
    await client.query('ROLLBACK');
  }
}

/** The kinds of which something is otherwise in another snapshot. */
export function kindsChanged(one: Snapshot, other: Snapshot): readonly Kind[] {
  const names = [...new Set([...one.keys(), ...other.keys()])];
  const changed = names.filter((name) => JSON.stringify(one.get(name)) !== JSON.stringify(other.get(name)));
  return [...new Set(changed.map((name) => (one.get(name) ?? other.get(name))?.kind as Kind))];
}
