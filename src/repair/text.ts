import { count, formatPlace } from '../core/index.ts';
import { goesOn, type LedgerRow, type Resumption } from '../ledger/index.ts';
import type { Migration, Version } from '../migrations/index.ts';
import { describeStatement, explainRefusal } from '../plan/refusal.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import type { Effect } from './effect.ts';
import type { Action, Finding } from './finding.ts';

/** A finding in words. */
export interface FindingText {
  /** What is wrong: one sentence without a full stop. */
  readonly message: string;
  readonly detail: readonly string[];
  /** What repair makes of it, or where it has no actions what a person can do. */
  readonly remedy: string;
}

/** Says a finding to a person. */
export const describeFinding = (finding: Finding): FindingText =>
  (tellers[finding.kind] as (finding: Finding) => FindingText)(finding);

const tellers: { readonly [Kind in Finding['kind']]: (finding: Finding & { kind: Kind }) => FindingText } = {
  edited: describeEdited,
  interrupted: describeInterrupted,
  absent: (finding) => ({
    message: `${title(finding.row)} is marked as done in the ledger, but none of its objects is in the schema`,
    detail: [`missing: ${listed(finding.objects)}`],
    remedy:
      'its row is removed; if this image has its file, `up` applies it again, with all that it does to data',
  }),
  gone: (finding) => ({
    message: `the ledger has ${count(finding.rows.length, 'version')}, but none of their objects is in the schema`,
    detail: [],
    remedy: 'the rows are removed; `up` makes the schema again. Is it the right database?',
  }),
  unrecorded: (finding) => ({
    message: finding.isLost
      ? `the schema matches ${last(finding.migrations)}, and the ledger has no row`
      : `the schema has ${finding.migrations.map(title).join(', ')}, and the ledger does not`,
    detail: [],
    remedy: `${count(finding.migrations.length, 'version')} recorded as adopted`,
  }),
  unclear: (finding) => ({
    message: `the schema matches ${finding.candidates.join(' and ')}, ${finding.newest === null ? 'and the ledger has no row' : `and the ledger is at ${finding.newest}`}`,
    detail: [],
    remedy: `these versions differ only in data: say which it is: ${sayAs(finding.candidates)}`,
  }),
  unlike: (finding) => ({
    message: `the ledger is at ${finding.version}, and the schema matches no known version`,
    detail: describeDifferences(finding.comparison),
    remedy:
      'that is drift, which no ledger row can correct: put the schema back, or make the change a migration',
  }),
  unmanaged: (finding) => {
    const { message, detail, remedy } = explainRefusal({ ...finding, kind: 'unmanaged' });
    return { message, detail: detail ?? [], remedy: remedy };
  },
  said: describeSaid,
  unfit: (finding) => ({
    message: `the schema does not match ${finding.version === '' ? 'an empty database' : finding.version}`,
    detail: [],
    remedy:
      finding.candidates.length === 0
        ? 'it matches no known version: `slipway status --drift` shows the difference'
        : `it matches ${finding.candidates.join(' and ')}`,
  }),
  disagreement: (finding) => {
    const { message, remedy } = explainRefusal({
      kind: 'disagree',
      disagreements: [finding.disagreement],
      isStranger: false,
    });
    const said = remedy.replace('Nothing was touched. ', '');
    return {
      message,
      detail: [],
      remedy:
        finding.knownVersion === null
          ? said
          : `${said} Or, if you know that the database is at ${finding.knownVersion}: ${sayAs([finding.knownVersion])}`,
    };
  },
  contradictory: (finding) => ({
    message: 'the rows of the ledger contradict each other',
    detail: finding.problems,
    remedy:
      finding.actions.length > 0
        ? `the schema matches ${finding.candidates?.[0]}: ${describeActions(finding.actions)}`
        : contradictoryRemedy(finding.candidates),
  }),
  untrusted: (finding) => ({
    message: 'the ledger cannot be trusted, so nothing is written to it',
    detail: [
      ...finding.problems,
      'to see it:',
      ...finding.queries.map((sql) => `  ${sql}`),
      'to correct it, once that is seen:',
      ...finding.cures.map((sql) => `  ${sql}`),
    ],
    remedy:
      'see who made or changed it, and correct it as its owner; or name another schema for the ledger with SLIPWAY_SCHEMA',
  }),
  lock: (finding) => ({
    message: `${finding.problem.file}: ${finding.problem.message}`,
    detail: [],
    remedy: finding.problem.remedy,
  }),
};

function describeEdited({ row, migration, extent, actions }: Finding & { kind: 'edited' }): FindingText {
  const file = place(migration);
  const how = {
    blank: ', in comments and blank space only',
    meaning: ', in more than comments and blank space',
    unknown: '; the ledger does not record how much',
  }[extent];
  const isRight =
    row.state === 'running'
      ? 'its rows so far are right with the new text as well'
      : 'the database already has what the file says now';
  const restore = `restore it as it was applied; or, if ${isRight}: slipway repair --apply --accept-edit ${migration.version}`;
  return {
    message: `${file} was edited after it was applied${how}`,
    detail: [],
    remedy: actions.length > 0 ? 'the ledger records its new checksum' : restore,
  };
}

function describeInterrupted({
  row,
  migration,
  effect,
  resumption,
  actions,
}: Finding & { kind: 'interrupted' }): FindingText {
  const file = migration ? `${place(migration)}: ` : '';
  const message = `${file}${title(row)} was started at ${row.startedAt} by "${row.appliedBy}" and never finished${describeReached(resumption, migration)}`;
  if (actions.length > 0 && effect.kind !== 'present' && effect.kind !== 'absent')
    return { message, detail: [], remedy: describeActions(actions) };
  switch (effect.kind) {
    case 'present':
      return {
        message,
        detail: [`all of it is there: ${listed(effect.objects)}`],
        remedy: 'its row is marked as done',
      };
    case 'absent':
      return {
        message,
        detail: [`nothing of it is there: ${listed(effect.objects)}`],
        remedy: 'its row is removed; `up` applies it again',
      };
    case 'partial':
      return {
        message,
        detail: describeParts(effect),
        remedy: goesOn(resumption)
          ? upFinishes
          : 'check these objects, finish it by hand or undo it, then start repair again',
      };
    case 'unproved':
      return { message, detail: [], remedy: remedyForUnproved(row, resumption) };
  }
}

const upFinishes = '`slipway up` finishes it: it finds out how far it came, and clears what was left';

/** Which statement was interrupted, after the name of its version. */
function describeReached(resumption: Resumption, migration: Migration | null): string {
  if (!('statement' in resumption) || resumption.of === 1 || migration === null) return '';
  const { kind, statement, of } = resumption;
  if (kind === 'next') return `: ${statement - 1} of its ${of} statements are done`;
  return `: ${describeStatement(migration, { statement, of })} was interrupted`;
}

function remedyForUnproved({ version }: LedgerRow, resumption: Resumption): string {
  if (goesOn(resumption)) return upFinishes;
  const asVersion = `slipway repair --apply --as ${version}, or --as with the version before it (or \`none\`)`;
  switch (resumption.kind) {
    case 'edited':
      return resumption.of === 1
        ? `the file was edited since: restore it; or finish it by hand or undo it, then say so: ${asVersion}`
        : `the file was edited since, in what it had run by then (its first ${resumption.statements} of ${resumption.of} statements): restore that`;
    case 'person':
      return resumption.of === 1
        ? `the schema does not show how far it got: read what it does, finish it by hand or undo it, then say so: ${asVersion}`
        : `nothing shows how far that statement got: read what it does, and finish it by hand or undo it; then say which: slipway repair --apply --statement done, or --statement again`;
    default:
      return `the schema does not show how far it got: read what it does, finish it by hand or undo it, then say so: ${asVersion}`;
  }
}

function describeParts({ present, absent, other }: Effect & { kind: 'partial' }): string[] {
  return [
    ...(present.length > 0 ? [`as it should be after it: ${listed(present)}`] : []),
    ...(absent.length > 0 ? [`as it was before it: ${listed(absent)}`] : []),
    ...(other.length > 0 ? [`neither: ${listed(other)}`] : []),
  ];
}

function describeSaid({ version, actions }: Finding & { kind: 'said' }): FindingText {
  const isProved = actions.every((action) => action.kind !== 'record' || action.isVerified);
  const at = version === '' ? 'at no version' : `at ${version}`;
  return {
    message: `the ledger does not record that the database is ${at}`,
    detail: [],
    remedy: `${describeActions(actions)}${isProved ? '' : '; there is no lock file to compare the schema with'}`,
  };
}

function contradictoryRemedy(candidates: readonly Version[] | null): string {
  if (candidates === null)
    return 'the database is newer than these files: use the image that contains its version';
  if (candidates.length === 0) {
    return 'the schema proves no version: check the rows, and correct them as the owner of the ledger';
  }
  return `the schema matches ${candidates.join(' and ')}: say which it is: ${sayAs(candidates)}`;
}

const describeActions = (actions: readonly Action[]): string => actions.map(describeAction).join(', ');

function describeAction(action: Action): string {
  switch (action.kind) {
    case 'accept':
      return `the checksum of ${title(action.migration)} is updated`;
    case 'finish':
      return `${title(action.row)} is marked as done`;
    case 'remove':
      return `the row of ${title(action.row)} is removed`;
    case 'count':
      return `${title(action.row)} goes on with statement ${action.done + 1} at the next \`slipway up\``;
    case 'record':
      return `${title(action.migration)} is recorded as adopted`;
    case 'keepOnly':
      return `${count(action.removed.length, 'row')} removed`;
  }
}

const sayAs = (versions: readonly Version[]): string =>
  versions.map((version) => `slipway repair --apply --as ${version}`).join(', or ');

const title = ({ version, name }: Pick<LedgerRow, 'version' | 'name'>): string => `${version}_${name}`;

const place = ({ source }: Migration): string => formatPlace({ file: source.path });

const last = (migrations: readonly Migration[]): string => migrations.at(-1)?.version ?? '';

const mostListed = 5;

const listed = (objects: readonly string[]): string =>
  objects.length > mostListed
    ? `${objects.slice(0, mostListed).join(', ')} and ${objects.length - mostListed} more`
    : objects.join(', ');
