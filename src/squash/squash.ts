import type { App } from '../app/index.ts';
import { type Problem, problemsOf } from '../check/index.ts';
import { SlipwayError } from '../core/index.ts';
import { setSequence, writeRows } from '../data/index.ts';
import { expectedAt, type Lock, lockedVersions, readTexts } from '../lockfile/index.ts';
import { BodyFailure } from '../migrate/own-script.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { assemble } from '../migrations/read.ts';
import { type WrittenSchema, writeSchema } from '../schema/generate/index.ts';
import {
  areApart,
  bothOf,
  platformFile,
  type Replayed,
  replayAnd,
  type Shadow,
  upTo,
  withShadow,
} from '../shadow/index.ts';
import { parseSql } from '../sql/index.ts';
import { baselineText } from './baseline-text.ts';
import { withoutConditional } from './conditional.ts';
import type { Decisions } from './decisions.ts';
import { diffExpected } from './head-objects.ts';
import { decideRows, decideStatements, type RowDecisions } from './open-questions.ts';
import type { SquashedFile } from './origin.ts';
import { type ReplayResult, readElsewhere, replayFiles, replayResultOf } from './replays.ts';
import { platformDifferences, rowDifferences, schemaDifferences, unproved } from './verify.ts';

/** What is squashed: the files, and the lock that they were held against. */
export interface SquashInput {
  readonly set: MigrationSet;
  readonly lock: Lock;
  /** Whether an earlier squash was cut off when it had written the lock, and not yet the baseline. */
  readonly isResumed: boolean;
}

/** A new baseline that was proved to make what the files make. */
export interface Squashed {
  readonly kind: 'proved';
  readonly text: string;
  readonly made: ReplayResult;
  /** How many rows it has, by table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly sequences: readonly string[];
  /** How many sections it takes over as they are. */
  readonly kept: number;
}

/** What stands in the way, each with what to do. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly problems: readonly Problem[];
}

/**
 * Makes a new baseline at head of the baseline and the migrations after it, and proves on shadows that it makes the
 * same schema, the same rows and the same sequences. Writes nothing.
 *
 * @throws SlipwayError (64) for options that name nothing; what the migrations throw.
 */
export function squash(app: App, input: SquashInput, decisions: Decisions): Promise<Squashed | Stopped> {
  const phase = app.progress.begin({
    shadow: 'starting a shadow database',
    replay: 'replaying the files, here and as of another day',
    write: 'writing the new baseline',
    prove: 'loading it into an empty database, and comparing',
  });
  phase('shadow');
  return withShadow(app, async (shadow) => {
    phase('replay');
    const { set, lock } = input;
    const whole = upTo(set, set.head);
    const { first, second } = await bothOf(
      {
        first: () => replayed(app, shadow, input, decisions),
        second: () => readElsewhere(app, shadow, whole),
      },
      areApart(app.config, [whole]),
    );
    if (first.kind === 'stopped') return first;
    phase('write');
    const made = first.made ?? (await replayFiles(app, shadow, whole, lock.options.privileges));
    const folded = foldedOf(set);
    const statements = decideStatements(folded, made.functions, decisions);
    const rows = decideRows(made.reading, second(), folded, decisions);
    const written = writeSchema(withoutConditional(made.graph, folded, statements.decided));
    const unwritten = statements.decided.length > 0 ? [] : written.left.map(cannotWrite(app.config.baseline));
    const openQuestions = [...statements.problems, ...rows.problems, ...unwritten];
    if (openQuestions.length > 0) return { kind: 'stopped', problems: openQuestions };
    phase('prove');
    return prove(app, shadow, input, { made, written, kept: statements.decided, rows: rows.decided });
  });
}

/** What the files make; null where something was undone on the way, so that rows may be others than `up` leaves. */
interface Agreed {
  readonly kind: 'agreed';
  readonly made: ReplayResult | null;
}

/** Replays the files on a shadow, and holds them against the lock. */
function replayed(
  app: App,
  shadow: Shadow,
  input: SquashInput,
  decisions: Decisions,
): Promise<Agreed | Stopped> {
  const { set, lock } = input;
  const withPrivileges = lock.options.privileges;
  return shadow.another((another) =>
    replayAnd(app, another, { set, withPrivileges }, async (steps, building) => {
      const problems = problemsIn(app, input, steps, decisions);
      if (problems.length > 0) return { kind: 'stopped', problems };
      const isUndone = steps.some(({ undoing }) => undoing.kind !== 'none');
      return { kind: 'agreed', made: isUndone ? null : await replayResultOf(building, withPrivileges) };
    }),
  );
}

function problemsIn(
  app: App,
  { set, lock, isResumed }: SquashInput,
  steps: readonly Replayed[],
  decisions: Decisions,
): Problem[] {
  const texts = readTexts(app.config.lockfile);
  const checked = problemsOf(steps, {
    set,
    lock: isResumed ? null : lock,
    known: isResumed ? [] : lockedVersions(lock),
    allowOutOfOrder: app.config.allowOutOfOrder,
    ignore: lock.options.ignore,
    texts,
  });
  const head = steps.at(-1)?.after ?? new Map();
  const differing = checked.length === 0 ? diffExpected(expectedAt(lock, set.head), head, lock, texts) : [];
  return [
    ...checked,
    ...lockDiffers(app, differing),
    ...steps.flatMap((one) => changesPlatform(app, one, decisions)),
  ];
}

/** The baseline and what comes after it, in order. */
function foldedOf(set: MigrationSet): SquashedFile[] {
  const { baseline, migrations } = upTo(set, set.head);
  return [...(baseline ? [baseline] : []), ...migrations].map((migration: Migration) => ({
    migration,
    script: migration.format === 'sql' ? parseSql(migration.source) : null,
  }));
}

const lockDiffers = ({ config }: App, detail: readonly string[]): Problem[] =>
  detail.length === 0
    ? []
    : [
        {
          file: config.lockfile,
          message: 'the files do not make the schema that the lock has for head',
          detail,
          remedy:
            'See slipway check; objects that need a particular server need that server as the shadow database: SLIPWAY_SHADOW_URL.',
        },
      ];

/** What a new baseline would not hold: schema and rows are written of what is the project's. */
function changesPlatform(
  { config }: App,
  { migration, changedOfPlatform }: Replayed,
  { carry }: Decisions,
): Problem[] {
  const { path } = migration.source;
  if (changedOfPlatform.length === 0 || carry.some((name) => name.startsWith(`${path}:`))) return [];
  return [
    {
      file: path,
      message: `it changes what ${platformFile(config)} makes, which a new baseline does not include`,
      detail: changedOfPlatform,
      remedy: `Keep the statement as it is, by the line on which it begins: --carry ${path}:LINE`,
    },
  ];
}

/** What the new baseline is made of. */
interface Decided {
  readonly made: ReplayResult;
  readonly written: WrittenSchema;
  /** The sections that it keeps. */
  readonly kept: readonly string[];
  readonly rows: RowDecisions;
}

async function prove(
  app: App,
  shadow: Shadow,
  { set, lock }: SquashInput,
  { made, written: { sql, left }, kept, rows: decided }: Decided,
): Promise<Squashed | Stopped> {
  const { reading, graph } = made;
  const path = app.config.baseline;
  const isLeftOut = (column: string): boolean => decided.fromDefault.includes(column);
  const going = reading.sequences.filter(
    ({ name, isFresh }) => !isFresh && decided.setSequences.includes(name),
  );
  const text = baselineText({
    version: set.head,
    before: set.baseline?.source ?? null,
    fromDefault: decided.fromDefault,
    schema: sql,
    rows: writeRows(reading.tables, { isLeftOut }),
    after: [...going.map(setSequence), ...reading.filled.map((view) => `REFRESH MATERIALIZED VIEW ${view}`)],
    kept,
  });
  const risk = kept.length > 0 ? 'kept' : Object.keys(made.broughtRows).length > 0 ? 'platform' : 'none';
  const again = await load(app, shadow, text, { withPrivileges: lock.options.privileges, risk });
  const schema = schemaDifferences(graph.snapshot, again.graph.snapshot, lock.options.ignore);
  const rows = [
    ...rowDifferences(reading, again.reading, isLeftOut),
    ...platformDifferences(made.broughtRows, again.broughtRows),
  ];
  if (schema.length > 0 || rows.length > 0) {
    const problems = [
      ...left.map(cannotWrite(path)),
      unproved(path, [...schema, ...rows], remedyOf(schema, kept.length > 0, decided)),
    ];
    return { kind: 'stopped', problems };
  }
  const filled = reading.tables.filter((read) => read.rows.length > 0);
  return {
    kind: 'proved',
    text,
    made,
    rows: Object.fromEntries(filled.map((read) => [read.table.name, read.rows.length])),
    sequences: going.map(({ name }) => name),
    kept: kept.length,
  };
}

const cannotWrite =
  (file: string) =>
  (object: string): Problem => ({
    file,
    message: `${object} cannot be written as SQL`,
    detail: [],
    remedy: 'Keep the statements that make it as they are: --carry FILE:LINE',
  });

function remedyOf(schema: readonly string[], hasKept: boolean, { fromDefault }: RowDecisions): string {
  if (hasKept) {
    return 'The keep sections run at the end of the new baseline: they must not change what is there already, nor add a row twice.';
  }
  return schema.length === 0 && fromDefault.length > 0
    ? 'The default gives other values: keep the values instead, without --from-default.'
    : 'This is a bug in Slipway: report these lines.';
}

/** What of a new baseline Slipway has not written itself, or does not know of. */
type Risk = 'kept' | 'platform' | 'none';

const remedies: Readonly<Record<Risk, string>> = {
  kept: 'The keep sections run at its end: they must work when everything else is there already.',
  platform:
    'If migrations change rows that sql/shadow.sql writes: write them there as they are at head, and do not change them in migrations.',
  none: 'This is a bug in Slipway: report these lines.',
};

/** Loads a baseline's text into an empty database. */
async function load(
  app: App,
  shadow: Shadow,
  text: string,
  { withPrivileges, risk }: { readonly withPrivileges: boolean; readonly risk: Risk },
): Promise<ReplayResult> {
  const set = assemble({ path: app.config.baseline, name: '', bytes: Buffer.from(text) }, []);
  try {
    return await replayFiles(app, shadow, set, withPrivileges);
  } catch (error) {
    if (!(error instanceof BodyFailure)) throw error;
    throw new SlipwayError(
      {
        ...error.failure,
        exit: risk === 'none' ? 'bug' : 'migration',
        message: `the new baseline does not load (nothing was written): ${error.failure.message}`,
        remedy: remedies[risk],
      },
      { cause: error },
    );
  }
}
