import { type ExitName, SlipwayError } from '../core/index.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { accept } from '../ledger/write.ts';
import type { Migration } from '../migrations/index.ts';
import {
  hashText,
  isRelation,
  lastInspection,
  nameOf,
  type Part,
  relationNames,
  type Snapshot,
  type SnapshotOptions,
  snapshotIn,
  snapshotQuery,
  takeSnapshot,
} from '../schema/catalog/index.ts';
import {
  type Difference,
  decidingKinds,
  diff,
  expected,
  kindOf,
  type LockedObjects,
  parentOf,
  type Texts,
  wholly,
} from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import { traitsOf } from '../schema/kinds.ts';
import { Abort } from './assertion.ts';
import type { OwnStatement } from './batch.ts';
import { isUnpooled, pinned } from './own-session.ts';
import type { Run } from './run.ts';
import type { Proof } from './step.ts';

/** What the lock says that a migration makes: objects with their hashes, and objects that are gone after it. */
interface Expectation {
  readonly objects: LockedObjects;
  readonly removed: readonly string[];
  /** Relations that it makes: nothing extra that decides about rows may be in one that has just been made. */
  readonly made: () => ReadonlySet<string>;
  /** Whether it is all there is: a baseline's. */
  readonly isWhole: boolean;
}

/**
 * Holds what a migration has made against what the lock says that it makes; reads only what its delta names. Null
 * where the lock says nothing of it.
 *
 * @param accepted what the ledger says was accepted as different: such an object may still differ, since the migration
 *   began from something else than the lock knows. What it is now is then accepted with the migration's row.
 */
export function proofOf(run: Run, migration: Migration, accepted: LedgerRow['accepted']): Proof | null {
  const { lock } = run;
  const expectation = expectationOf(run, migration);
  if (!lock || !expectation) return null;
  const names = [...Object.keys(expectation.objects), ...expectation.removed];
  if (names.length === 0) return null;
  const part = expectation.isWhole ? null : partOf(names, expectation);
  const options = { ledger: run.ledger, withPrivileges: lock.options.privileges };
  return {
    query: () => queryOf(run, options, part),
    hold: async (inside, exit, answer) => {
      // Where an object was dropped while the answer was made, it is asked again.
      const snapshot = (answer && snapshotIn(answer)) ?? (await takeSnapshot(inside.session, options, part));
      await assertDelta(inside, migration, { expectation, snapshot, exit, accepted });
    },
  };
}

/** What is read of a schema where these objects are expected. */
function partOf(names: readonly string[], { made }: Expectation): Part {
  const relations = names.flatMap(
    (name) => parentOf(name) ?? (kindOf(name) === 'sequence' ? name.slice('sequence '.length) : []),
  );
  const kinds = new Set([...names.map(kindOf), ...(made().size > 0 ? decidingKinds : [])]);
  return { relations: [...new Set(relations)], kinds };
}

/**
 * It is asked by a statement that is prepared, that for a part for any relations: to plan it takes longer than all the
 * rest of a small migration, and that for the whole is asked again at the end of the run.
 */
function queryOf(run: Run, options: SnapshotOptions, part: Part | null): OwnStatement[] {
  if (!isUnpooled(run)) return lastInspection([snapshotQuery(options, part)]);
  const parameter = part && { type: 'pg_catalog.text[]', value: relationNames(part) };
  const query = snapshotQuery(options, part, part && '$1');
  const inspection = run.memory.prepared.asking(
    run.session,
    { query, parameter },
    (error) => error,
    () => new Abort('again'),
  );
  return lastInspection(inspection);
}

interface Made {
  readonly expectation: Expectation;
  readonly snapshot: Snapshot;
  readonly exit: ExitName;
  readonly accepted: LedgerRow['accepted'];
}

/** @throws SlipwayError naming each difference. */
async function assertDelta(
  run: Run,
  migration: Migration,
  { expectation: { objects, removed, made }, snapshot, exit, accepted }: Made,
): Promise<void> {
  const ignore = run.lock?.options.ignore ?? [];
  const wanted = new Map(Object.entries(objects).map(([name, object]) => [name, expected(object)]));
  const gone = new Set(removed);
  const counts = ({ kind, object, parent, severity }: Difference): boolean =>
    kind === 'extra'
      ? isWronglyThere(object, gone) || (severity === 'drift' && made().has(parent ?? ''))
      : accepted[object] !== undefined || severity === 'drift';
  // The rest of the relations that it alters is not its matter, and must not be taken for what it added.
  const isTouched = (object: string, parent: string | null): boolean =>
    wanted.has(object) || gone.has(object) || made().has(parent ?? '');
  const touched = someOf(snapshot, isTouched);
  const find = (texts: Texts): readonly Difference[] => {
    const comparison = diff(wanted, touched, { ignore, texts, accepted: {} });
    return wholly({ ...comparison, differences: comparison.differences.filter(counts) }).differences;
  };
  // The texts lie in a file that is read only to explain a difference.
  if (find(() => null).length === 0) return;
  const found = find(run.inspectOptions.texts());
  const differences = found.filter(({ object }) => accepted[object] === undefined);
  if (differences.length === 0) {
    await acceptAgain(run, migration, exit, { found, snapshot });
    return;
  }
  const isInMade = differences.some(({ parent }) => made().has(parent ?? ''));
  const triggers = isInMade ? await eventTriggers(run) : [];
  throw new SlipwayError({
    exit,
    place: { file: migration.source.path },
    message: 'the schema after it is not what the lock expects',
    detail: describeDifferences({ differences, unverified: [] }),
    remedy: `${
      exit === 'migration'
        ? `It was rolled back. ${triggers.length > 0 ? '' : 'The database was not what the migration expects: see `slipway status --drift`.'}`
        : 'It ran outside of a transaction: check what it made, and correct that. '
    }${triggers.length > 0 ? byEventTrigger(triggers, differences) : ''}${byDefaultPrivileges(differences, made())}`.trim(),
  });
}

/** A part of a snapshot; itself where that is all of it. */
function someOf(snapshot: Snapshot, isIn: (object: string, parent: string | null) => boolean): Snapshot {
  for (const [object, { parent }] of snapshot)
    if (!isIn(object, parent))
      return new Map([...snapshot].filter(([name, { parent: of }]) => isIn(name, of)));
  return snapshot;
}

/** What should be gone counts as what is missing does: a kind that is only reported stands in no migration's way. */
const isWronglyThere = (object: string, gone: ReadonlySet<string>): boolean =>
  gone.has(object) && traitsOf(kindOf(object)).missing === 'drift';

/** The event triggers that may have had a hand in relations that were made (PostgreSQL docs 38); an extension's are its own. */
async function eventTriggers({ session }: Run): Promise<string[]> {
  const rows = await session.rows(
    `SELECT pg_catalog.quote_ident(e.evtname) AS name FROM pg_catalog.pg_event_trigger e
      WHERE e.evtenabled <> 'D' AND e.evtevent = 'ddl_command_end'
        AND (e.evttags IS NULL OR EXISTS (SELECT FROM pg_catalog.unnest(e.evttags) AS t(tag) WHERE t.tag ~ '^(CREATE|ALTER) .*(TABLE|VIEW)'))
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND d.objid = e.oid AND d.deptype = 'e')
      ORDER BY 1`,
  );
  return rows.map(({ name }) => String(name));
}

/** What to do where an event trigger changes what is made: what it adds is to be in no lock, or in every one. */
function byEventTrigger(triggers: readonly string[], differences: readonly Difference[]): string {
  const [name = '', ...others] = triggers;
  const extra = differences
    .filter(({ kind }) => kind === 'extra')
    .map(({ object }) => JSON.stringify(object));
  const named = `${others.length === 0 ? 'the event trigger' : 'one of the event triggers'} ${triggers.join(', ')}`;
  return [
    `This database has ${named}, which acts on each table that is made.`,
    `If it causes the difference, make it in a migration before the tables${others.length === 0 ? '' : ' too'}, so that the lock includes its effect; or disable it while \`up\` runs: ALTER EVENT TRIGGER ${name} DISABLE;`,
    ...(extra.length > 0 ? [`Or add what it makes to options.ignore of the lock: ${extra.join(', ')}.`] : []),
  ].join(' ');
}

/** What to do where the database gives rights on each new table that the files do not give. */
function byDefaultPrivileges(differences: readonly Difference[], made: ReadonlySet<string>): string {
  const given = differences.filter(
    ({ object, parent }) => kindOf(object) === 'privileges' && made.has(parent ?? ''),
  );
  return given.length === 0
    ? ''
    : ' Default privileges of this database may grant such rights on each new table: set them in a migration before the tables (ALTER DEFAULT PRIVILEGES), so that the lock includes them, or revoke them here.';
}

async function acceptAgain(
  { session, ledger, log, config }: Run,
  { version }: Migration,
  exit: ExitName,
  { found, snapshot }: { readonly found: readonly Difference[]; readonly snapshot: Snapshot },
): Promise<void> {
  const objects = Object.fromEntries(
    found.map(({ object }) => {
      const there = snapshot.get(object);
      return [object, there ? hashText(there.text) : null];
    }),
  );
  // Outside of a transaction the role is the session's, and stays.
  const ours = exit === 'migration' ? pinned(config.role) : ['SET LOCAL search_path = pg_catalog, pg_temp'];
  await session.run([...ours, accept(ledger, version, objects)].join('; '));
  const material = found.filter(({ object }) => !traitsOf(kindOf(object)).isImmaterial);
  if (material.length === 0) return;
  log.warn(
    {
      event: 'acceptedAgain',
      version,
      detail: describeDifferences({ differences: material, unverified: [] }),
    },
    `${version} started from accepted differences: what it made of them is accepted too`,
  );
}

function expectationOf({ lock }: Run, { kind, version }: Migration): Expectation | null {
  if (!lock) return null;
  if (kind === 'baseline') {
    return lock.baseline.version === version
      ? {
          objects: lock.baseline.objects,
          removed: [],
          made: onceMade(lock.baseline.objects),
          isWhole: true,
        }
      : null;
  }
  const delta = lock.migrations[version]?.delta;
  return delta
    ? {
        objects: { ...delta.added, ...delta.changed },
        removed: delta.removed,
        made: onceMade(delta.added),
        isWhole: false,
      }
    : null;
}

/** Of a whole schema it is known only where something is there that is not expected. */
function onceMade(objects: LockedObjects): () => ReadonlySet<string> {
  let made: ReadonlySet<string> | null = null;
  return () => {
    made ??= relationsIn(objects);
    return made;
  };
}

const relationsIn = (objects: LockedObjects): ReadonlySet<string> =>
  new Set(Object.keys(objects).filter(isRelation).map(nameOf));
