import { existsSync } from 'node:fs';
import { prepareToWrite } from '../app/index.ts';
import { version as program, SlipwayError } from '../core/index.ts';
import { createFiles } from '../core/replace-file.ts';
import { describe } from '../inspect/describe.ts';
import { withOthers } from '../inspect/made-by-others.ts';
import { everKnown } from '../inspect/match.ts';
import type { LedgerRow } from '../ledger/index.ts';
import { expectedAt, isVaryingAt, type Lock } from '../lockfile/index.ts';
import type { Run } from '../migrate/index.ts';
import type { Version } from '../migrations/index.ts';
import { decodeSource } from '../migrations/source.ts';
import { hashText, namedIn, nameOf, parentOf } from '../schema/catalog/index.ts';
import { isUnverified, kindOf } from '../schema/compare/index.ts';
import {
  type Change,
  changesBetween,
  dropObject,
  excludeObjects,
  formatChanges,
  forPerson,
  joinAlters,
  keepRights,
  parseTable,
  type Renames,
  type SchemaGraph,
  stepwise,
  withoutDefaults,
} from '../schema/generate/index.ts';
import { tellsVersion } from '../schema/kinds.ts';
import { commitMarker, parseSql } from '../sql/index.ts';
import { compressedChunks, hypertablesChanged, withChunks } from './compressed-chunks.ts';
import { describeForecast, type Forecast, forecast } from './forecast.ts';
import type { BeginPhase } from './phases.ts';
import { throughRenames } from './renames.ts';
import type { ReconcileRequest } from './request.ts';
import { describeVersion } from './target.ts';

export interface FixRequest {
  /** Where the fix is written to; it must not be there yet. */
  readonly file: string;
  /** The version that the database is to be brought to; the lock knows it. */
  readonly version: Version;
  /** What runs the file: the command without its name and file. */
  readonly command: 'adopt' | 'repair';
  /** What the ledger accepts as different. */
  readonly accepted: LedgerRow['accepted'];
  /** What other apps of the ledger made. */
  readonly others: ReadonlySet<string>;
  readonly phase: BeginPhase;
}

/** What was written. */
export interface WrittenFix {
  readonly version: Version;
  /** null where nothing differs: there is no file then. */
  readonly file: string | null;
  /** The SQL, where it is in no file. */
  readonly text: string | null;
  readonly statements: number;
  /** What is left for a person, an object each. */
  readonly left: readonly string[];
}

/**
 * Writes the SQL that brings the connected database to a version without losing a row. Of the database it only reads.
 *
 * @throws SlipwayError (64) where the file is there already, (66) where it cannot be written; what `describeVersion`
 *   and `describe` throw.
 */
export async function writeFix(
  app: ReconcileRequest,
  run: Run,
  lock: Lock,
  request: FixRequest,
): Promise<WrittenFix> {
  const { file, version, accepted, others, phase } = request;
  if (file !== onStandardOutput) {
    assertFree(file);
    prepareToWrite(app, [{ path: file, setting: '--write-fix' }]);
  }
  phase('build');
  const target = await describeVersion(app, run.set, lock, version);
  phase('write');
  const graph = await describe(run, true);
  const seen = { ...graph, snapshot: withOthers(graph.snapshot, others) };
  const live = lock.options.privileges ? seen : withoutDefaults(seen);
  const { renames, goal, left, touched } = await throughRenames(app, { live, version }, (start) =>
    goalOf(start, target, { lock, version, accepted }),
  );
  const planned = changesBetween(live, goal, { drops: 'comment', purpose: 'fix', renames });
  const hypertables = hypertablesChanged(planned, live);
  const chunks = await compressedChunks(run.session, run.config.role, hypertables);
  const own = [...withChunks(planned, chunks, live), ...left];
  const contrary =
    request.command === 'adopt'
      ? contraryTo(lock, version, live, own).filter(
          ({ object }) => !touched.has(object) && !isRenamed(object, renames),
        )
      : [];
  const changes = [...own, ...contrary];
  if (changes.length === 0) return { version, file: null, text: null, statements: 0, left: [] };
  const groups =
    app.flags.stepwise === true
      ? stepwise(changes, (table) => isPartitioned(live, table))
      : [joinAlters(changes)];
  const written = (locks: readonly string[]): string =>
    `-- slipway: version ${version}\n${formatChanges(changes, header(run, request, { parts: groups.length, locks }), groups)}`;
  const draft = parseSql(decodeSource(file, Buffer.from(written([]))));
  const text = written(draft.statements.length === 0 ? [] : headerOf(await forecast(app, run, draft)));
  if (file !== onStandardOutput) createFiles([{ path: file, text, setting: '--write-fix' }]);
  return {
    version,
    file,
    text: file === onStandardOutput ? text : null,
    statements: groups.flat().length,
    left: forPerson(changes).map(({ object }) => object),
  };
}

/** The name that stands for no file. */
const onStandardOutput = '-';

/** Before anything else is done: what somebody has written or corrected is not overwritten. */
function assertFree(file: string): void {
  if (!existsSync(file)) return;
  throw new SlipwayError({
    exit: 'usage',
    place: { file },
    message: 'the file is there already, and is not overwritten',
    remedy: 'Name another file, or remove this one.',
  });
}

/** The version's schema, with whatever of the start stays as it is. */
function goalOf(
  start: SchemaGraph,
  target: SchemaGraph,
  { lock, version, accepted }: { readonly lock: Lock } & Pick<FixRequest, 'version' | 'accepted'>,
): SchemaGraph {
  const isIgnored = namedIn(lock.options.ignore, [start.snapshot, target.snapshot]);
  const wanted = expectedAt(lock, version);
  const isVarying = isVaryingAt(lock, version);
  return excludeObjects(
    start,
    lock.options.privileges ? target : keepRights(start, target, true),
    (object) =>
      isIgnored(object) ||
      isAccepted(start, object, accepted) ||
      isVarying(object) ||
      isUnverified(wanted.get(object), start.snapshot.get(object)),
  );
}

/** Whether an object is, or is part of, what is renamed. */
const isRenamed = (object: string, { columns, tables }: Renames): boolean =>
  tables.has(parentOf(object) ?? '') || columns.has(nameOf(object));

const isAccepted = ({ snapshot }: SchemaGraph, object: string, accepted: LedgerRow['accepted']): boolean => {
  const there = snapshot.get(object);
  return accepted[object] !== undefined && accepted[object] === (there ? hashText(there.text) : null);
};

/**
 * What stands against the version: objects that the lock knows of another version only. A database is not adopted with
 * them, and to drop them is a person's decision.
 */
function contraryTo(lock: Lock, version: Version, live: SchemaGraph, told: readonly Change[]): Change[] {
  const wanted = expectedAt(lock, version);
  const already = new Set(told.map(({ object }) => object));
  const known = everKnown(lock);
  const isIgnored = namedIn(lock.options.ignore, [live.snapshot]);
  const contrary = [...live.snapshot.keys()].filter(
    (object) =>
      known.has(object) &&
      !wanted.has(object) &&
      !already.has(object) &&
      !isIgnored(object) &&
      tellsVersion(kindOf(object)),
  );
  const tables = new Set(contrary.filter((object) => kindOf(object) === 'table'));
  return contrary
    .filter((object) => tables.has(object) || !tables.has(`table ${parentOf(object)}`))
    .map((object) => ({
      kind: 'manual',
      object,
      difference: `it is there, and ${version} does not have it`,
      reason: 'it belongs to another version, and a fix drops nothing',
      sql: dropObject(object, live) ?? [],
    }));
}

const isPartitioned = ({ snapshot }: SchemaGraph, table: string): boolean => {
  const found = snapshot.get(`table ${table}`);
  return found !== undefined && parseTable(found.text).partitionBy !== null;
};

/** What a fix will lock, as lines of its header. */
const headerOf = (found: Forecast): string[] =>
  found.kind !== 'measured' || found.locks.length === 0
    ? []
    : [
        '',
        'What it will lock, with the sizes that the tables have now, for about as long as that takes on a shadow:',
        ...describeForecast(found.locks).map((line) => `  ${line}`),
      ];

/** What a header tells besides where the fix leads. */
interface Told {
  /** How many parts it is committed in. */
  readonly parts: number;
  readonly locks: readonly string[];
}

function header({ session }: Run, { file, version, command }: FixRequest, { parts, locks }: Told): string[] {
  const { host, database } = session.greeting;
  return [
    `Brings the database ${database} on ${host.host}:${host.port} to version ${version}.`,
    `Written by slipway ${program} on ${new Date().toISOString().slice(0, 10)}.`,
    '',
    'It is no migration: other databases do not need it. Read it, correct it where you must, then run it:',
    `  slipway ${command} --fix ${file}`,
    ...(parts === 1
      ? ['All of it runs in one transaction, which commits only if the schema then matches the version.']
      : [
          `It is committed in ${parts} parts, at each line "${commitMarker.replace('-- ', '')}"; the last part commits only if the`,
          'schema then matches the version. What is committed before stays, whatever becomes of the rest.',
        ]),
    ...locks,
  ];
}
