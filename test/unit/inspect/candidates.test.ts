import { snapshotFormat } from '../../../src/core/snapshot-format.ts';
import { findMatch } from '../../../src/inspect/match.ts';
import { type Lock, lockFormat } from '../../../src/lockfile/lockfile.ts';
import { deltaBetween, lockObjects } from '../../../src/schema/compare/locked-objects.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import { snapshotOf } from '../../support/snapshot.ts';

let looks = 0;

/** Counts how often something is looked up in it. */
class Counted<V> extends Map<string, V> {
  override get(key: string): V | undefined {
    looks += 1;
    return super.get(key);
  }
  override has(key: string): boolean {
    looks += 1;
    return super.has(key);
  }
}

const versionAt = (n: number): string => `2025${String(n).padStart(10, '0')}`;

/** A table with a column, a default, an index and a comment. */
const tableOf = (n: number): Record<string, string> => ({
  [`table s.t${n}`]: 'table',
  [`column s.t${n}.x`]: 'integer',
  [`column order s.t${n}`]: 'x',
  [`index s.t${n}.i${n}`]: `CREATE INDEX i${n} ON s.t${n} USING btree (x)`,
  [`comment table s.t${n}`]: 'a table',
});

/**
 * A history that makes tables, and every fourth time alters the newest, drops the one before, or changes rows alone:
 * the schema after each version.
 */
function historyOf(versions: number): Snapshot[] {
  let objects: Record<string, string> = { 'schema s': 'schema' };
  return Array.from({ length: versions }, (_, n) => {
    switch (n % 4) {
      case 1:
        objects = { ...objects, [`column s.t${n - 1}.x`]: 'bigint' };
        break;
      case 2:
        for (const object of Object.keys(tableOf(n - 2))) delete objects[object];
        objects = { ...objects, ...tableOf(n) };
        break;
      case 3:
        break;
      default:
        objects = { ...objects, ...tableOf(n) };
    }
    return snapshotOf(objects);
  });
}

function lockOf(steps: readonly Snapshot[]): Lock {
  const [first, ...rest] = steps;
  const migrations = rest.map((after, n) => [
    versionAt(n + 1),
    { checksum: '', down: null, delta: deltaBetween(steps[n] as Snapshot, after) },
  ]);
  return {
    format: lockFormat,
    snapshotFormat,
    app: 'default',
    options: { ignore: [], privileges: false },
    baseline: { version: versionAt(0), checksum: '', objects: lockObjects(first as Snapshot) },
    migrations: Object.fromEntries(migrations),
    superseded: [],
  };
}

const steps = historyOf(32);
const lock = lockOf(steps);
const none = () => null;

/** The versions after which the schema is the same. */
const sharing = (schema: Snapshot): string[] =>
  steps.flatMap((step, n) =>
    JSON.stringify([...step]) === JSON.stringify([...schema]) ? [versionAt(n)] : [],
  );

test('the schema of each of many versions is found, and all that share it', () => {
  for (const schema of steps) {
    const versions = sharing(schema);
    expect(findMatch(lock, schema, none)).toMatchObject(
      versions.length === 1 ? { kind: 'one', version: versions[0] } : { kind: 'several', versions },
    );
  }
});

test('what is not counted stands against a version as before', () => {
  for (const [n, schema] of steps.entries()) {
    const lost = [...schema.keys()].findLast((object) => object.startsWith('comment table ')) ?? '';
    const found = findMatch(lock, new Map([...schema].filter(([object]) => object !== lost)), none);
    const differences = found.kind === 'several' ? [] : found.comparison.differences;
    expect([n, found.kind, differences.map(({ object }) => object)]).toEqual([n, 'none', [lost]]);
  }
});

test('a changed column: the version that it was changed from is the closest', () => {
  const at = 24;
  const changed = new Map(steps[at]);
  changed.set('column s.t22.x', {
    ...(changed.get('column s.t22.x') as never as object),
    text: 'text',
  } as never);
  expect(findMatch(lock, changed, none)).toMatchObject({ kind: 'none', closest: versionAt(at) });
});

test('the cost grows with what versions change, not with versions times objects', () => {
  const cost = (versions: number): number => {
    const history = historyOf(versions);
    const schema = new Counted(history.at(-1) as Snapshot);
    looks = 0;
    expect(findMatch(lockOf(history), schema, none).kind).not.toBe('none');
    return looks;
  };
  const [few, many] = [cost(50), cost(200)];
  expect(many).toBeLessThan(5 * few);
});
