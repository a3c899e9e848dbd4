import { exitCodes, SlipwayError, sayBatches } from '../../core/index.ts';
import { describeEvidence, findEvidence, type ToolEvidence } from '../../inspect/evidence.ts';
import { type DatabaseState, inspect, type Match } from '../../inspect/index.ts';
import { everKnown, knowsTable } from '../../inspect/match.ts';
import { isNotable, type Unchecked, unchecked } from '../../inspect/notices.ts';
import { copiesOf, describeCopy } from '../../inspect/tenants.ts';
import { styler } from '../../log/index.ts';
import { fingerprintUse, withRun } from '../../migrate/index.ts';
import type { MigrationSet } from '../../migrations/index.ts';
import { type Plan, plan } from '../../plan/index.ts';
import { explainRefusal } from '../../plan/refusal.ts';
import { type Comparison, hasDrift } from '../../schema/compare/index.ts';
import { strictly } from '../../schema/compare/strict.ts';
import { describeDifferences } from '../../schema/compare/text.ts';
import { type CommandOptions, type Context, command, reportOption } from '../command.ts';
import { eachOptions, isEach } from '../each-options.ts';
import { formatTable, uncheckedFor } from '../report.ts';
import type { CountedStatements, SchemaSummary, StatusLine, StatusResult, Summary } from '../results.ts';
import { statusLines } from '../version-lines.ts';
import { describeWhere, type Where, whereOf } from '../where.ts';

const options = {
  all: { type: 'boolean', summary: 'list every version' },
  drift: { type: 'boolean', summary: 'show how the schema differs from the lock' },
  strict: {
    type: 'boolean',
    summary:
      'with --drift: everything that differs counts, in the schemas that the lock has an object in and in the database as a whole',
  },
  'exit-code': { type: 'boolean', summary: 'end with 1 when the database is not at head, or has drifted' },
  ...eachOptions,
  ...reportOption,
} as const satisfies CommandOptions;

export const status = command({
  summary: 'show the state of the database, and what it lacks; writes nothing',
  positionals: '',
  options,
  description:
    'Says what the database is: empty, unmanaged, or managed and at which version. Reads only. Ends with 0 whatever it finds, unless --exit-code is given. With --each or --each-query it says of every database of a list how far it is.',
  async run(context) {
    if (isEach(context.flags)) {
      const { statusEach } = await import('../each/status-each.ts');
      return statusEach(context);
    }
    const { state, set, planned, evidence, not, database, tenants, isStrictly } = await withRun(
      context,
      { isWriter: false, reads: context.flags.drift ? 'files' : 'files, lock late' },
      async (run) => {
        if (context.flags.drift && !run.lock) throw noLock(context);
        const fingerprint = context.flags.drift
          ? null
          : fingerprintUse(run, { isBelieved: true, isTaken: false, files: null });
        const { state } = await inspect(run, { ...run.inspectOptions, withDrift: true, fingerprint });
        const evidence = await findEvidence(run.session, context.config.role, knowsTable(run.lock));
        const planned = plan(state, run.set, run.planOptions);
        return {
          state,
          set: run.set,
          planned,
          evidence,
          not: unchecked(state, run),
          isStrictly: strictly(run.lock ? everKnown(run.lock).keys() : []),
          database: whereOf(run),
          tenants: copiesOf(state, run.lock).map(describeCopy),
        };
      },
    );
    const lines = statusLines(state, set);
    const summary = {
      database,
      ...summarize({ state, set, planned, evidence, not }),
      ...(tenants.length > 0 ? { tenants } : {}),
    };
    if (context.report) {
      const { statusContent } = await import('../report-content.ts');
      const { flags, config } = context;
      const comparison = flags.drift ? comparisonOf(state) : undefined;
      context.report.add(
        statusContent({ state, set, planned, where: database, comparison }, config.lockfile),
      );
    }
    const isShownBelow = context.flags.drift === true && comparisonOf(state) !== null;
    if (context.isJson) {
      const versions = context.flags.all ? { versions: lines } : {};
      const drift = context.flags.drift ? { drift: comparisonOf(state) } : {};
      context.print(JSON.stringify({ ...summary, ...versions, ...drift } satisfies StatusResult));
    } else {
      context.print(describe(summary, isShownBelow).join('\n'));
      if (context.flags.all) context.print(`\n${listVersions(lines).join('\n')}`);
    }
    const comparison = comparisonOf(state);
    if (context.flags.drift && !context.isJson) {
      const lines = comparison ? describeDifferences(comparison, styler) : ['nothing was compared'];
      context.print(lines.length > 0 ? `\n${lines.join('\n')}` : '\nno difference');
    }
    const isAtHead = planned.kind === 'upToDate';
    const isDifferent =
      comparison !== null &&
      (context.flags.strict ? comparison.differences.some(isStrictly) : hasDrift(comparison));
    const isNo = !isAtHead || (context.flags.drift === true && (isDifferent || comparison === null));
    return context.flags['exit-code'] && isNo ? exitCodes.no.code : exitCodes.ok.code;
  },
});

/** How the schema differs: from its version, or where it is unmanaged from the closest. */
function comparisonOf(state: DatabaseState): Comparison | null {
  if (state.kind === 'managed') return state.comparison;
  return state.kind === 'unmanaged' ? (state.match?.comparison ?? null) : null;
}

const noLock = ({ config }: Context): SlipwayError =>
  new SlipwayError({
    exit: 'files',
    place: { file: config.lockfile },
    message: 'there is no lock file to compare the schema with',
    remedy: 'Make it: slipway check --write; then commit it.',
  });

function schemaOf(state: DatabaseState, not: Unchecked | null): SchemaSummary {
  if (state.kind === 'managed' && state.comparison) {
    const { differences, unverified } = state.comparison;
    const count = (wanted: (difference: (typeof differences)[number]) => boolean): number =>
      differences.filter(wanted).length;
    return {
      kind: 'compared',
      drifted: count(({ severity }) => severity === 'drift'),
      reported: count((difference) => difference.severity === 'reported' && isNotable(difference)),
      extra: count((difference) => !isNotable(difference)),
      unverified,
    };
  }
  const match = state.kind === 'unmanaged' ? state.match : null;
  return match ? matchOf(match) : { kind: 'notCompared', reason: not ?? 'notManaged' };
}

function matchOf(match: Match): SchemaSummary {
  switch (match.kind) {
    case 'one':
      return { kind: 'matches', versions: [match.version] };
    case 'several':
      return { kind: 'matches', versions: match.versions };
    case 'none':
      return { kind: 'matchesNone', closest: match.closest };
  }
}

function sayOfSchema(schema: SchemaSummary): string[] {
  const prefix = 'schema   ';
  switch (schema.kind) {
    case 'notCompared':
      return schema.reason === 'notManaged' ? [] : [`${prefix}not compared: ${uncheckedFor[schema.reason]}`];
    case 'matches':
      return [`${prefix}matches ${schema.versions.join(' and ')}`];
    case 'matchesNone':
      return [`${prefix}matches no known version; the closest is ${schema.closest}`];
    case 'compared': {
      const { drifted, reported, extra, unverified } = schema;
      const said = [
        ...(drifted > 0 ? [`${drifted} drifted`] : []),
        ...(reported > 0
          ? [`${reported} differ only in storage, comments or other non-functional properties`]
          : []),
        ...(extra > 0 ? [`${extra} extra`] : []),
        ...(unverified.length > 0 ? [`${unverified.length} cannot be verified here`] : []),
      ];
      if (said.length === 0) return [`${prefix}matches the lock`];
      const matching = drifted + reported === 0 ? 'matches the lock; ' : '';
      return [`${prefix}${matching}${said.join(', ')} (slipway status --drift)`];
    }
  }
}

interface Known {
  readonly state: DatabaseState;
  readonly set: MigrationSet;
  readonly planned: Plan;
  readonly evidence: readonly ToolEvidence[];
  /** Why the schema was not held against the lock; null where it was. */
  readonly not: Unchecked | null;
}

/** What there is to say of a database in short. */
function summarize({ state, set, planned, evidence, not }: Known): Summary {
  const rows = state.kind === 'managed' ? state.rows : [];
  const refusal = planned.kind === 'refused' ? explainRefusal(planned.refusal) : null;
  return {
    state: state.kind,
    version: rows.findLast((row) => row.state === 'done')?.version ?? null,
    head: set.head,
    pending:
      planned.kind === 'run' || planned.kind === 'adopt'
        ? planned.steps.map(({ migration }) => migration.version)
        : [],
    ...(planned.kind === 'run' && planned.repeated ? { repeated: planned.repeated } : {}),
    ahead: rows.map(({ version }) => version).filter((version) => version > set.head),
    newerBaseline: planned.kind === 'upToDate' ? planned.newerBaseline : null,
    schema: schemaOf(state, not),
    evidence,
    refusal: refusal && {
      message: refusal.message,
      remedy: refusal.remedy,
      detail: refusal.detail ?? [],
    },
  };
}

/**
 * What stands in names and in another tool's rows begins no line of its own.
 *
 * @param isShownBelow whether what differs is shown after it, and so not as the refusal's detail.
 */
function describe(summary: Summary & { readonly database: Where }, isShownBelow: boolean): string[] {
  const { state, version, head, pending, ahead, newerBaseline, schema, evidence, refusal } = summary;
  const { tenants = [], repeated } = summary;
  return [
    `database ${describeWhere(summary.database)}`,
    `state    ${state}`,
    `version  ${version ?? 'none'}`,
    `head     ${head}`,
    ...(pending.length > 0 ? [`pending  ${pending.length}: ${pending.join(', ')}`] : []),
    ...(repeated ? [`running  ${pending[0]}: ${sayBatches(repeated)} so far`] : []),
    ...(ahead.length > 0 ? [`ahead    ${ahead.length}: ${ahead.join(', ')}`] : []),
    ...(newerBaseline !== null
      ? [`baseline ${newerBaseline}, of a newer image; the ledger does not record which files it includes`]
      : []),
    ...sayOfSchema(schema),
    ...evidence.flatMap((found) => [
      `foreign  ${describeEvidence(found)}`,
      ...(found.remedy === null ? [] : [`         → ${found.remedy}`]),
    ]),
    ...tenants.map((copy) => `tenants  ${copy}`),
    ...(refusal
      ? [
          `refused  ${refusal.message}`,
          ...(isShownBelow ? [] : refusal.detail).map((line) => `         ${line}`),
          `         → ${refusal.remedy}`,
        ]
      : []),
  ].map((line) => line.replaceAll('\n', '\n         '));
}

const reached = ({ of, done, begun }: CountedStatements): string =>
  begun === null ? `${done} of ${of} statements done` : `statement ${begun} of ${of}`;

const listVersions = (lines: readonly StatusLine[]): string[] =>
  formatTable(
    ['version', 'name', 'state', 'when', 'ms', 'by'],
    lines.map(({ version, name, state, finishedAt, durationMs, by, statements }) => [
      version,
      name,
      statements ? `${state}, ${reached(statements)}` : state,
      finishedAt ? new Date(finishedAt).toISOString().replace(/\.\d+Z$/, 'Z') : '',
      durationMs === null ? '' : String(durationMs),
      by ?? '',
    ]),
  );
