import { exitCodes, SlipwayError } from '../../core/index.ts';
import { withRun } from '../../migrate/index.ts';
import type { MigrationSet, Version } from '../../migrations/index.ts';
import {
  describeFinding,
  diagnose,
  type Finding,
  repair as putRight,
  type RepairOptions,
} from '../../repair/index.ts';
import { type CommandOptions, type Context, command, type FlagsOf } from '../command.ts';
import type { RepairAction, RepairResult } from '../results.ts';
import { withProgress } from '../show-progress.ts';
import { fixAsked, fixOptions, reportFixed, reportWritten } from './fix-options.ts';

const options = {
  apply: { type: 'boolean', summary: 'do it: all of it in one transaction, or nothing' },
  as: {
    type: 'string',
    placeholder: 'VERSION',
    summary: 'the version that the database is at, if the schema alone does not tell; `head`; `none`',
  },
  'accept-edit': {
    type: 'string',
    placeholder: 'VERSION',
    isList: true,
    summary: 'accept the edited file of an applied version as it is; repeat for more',
  },
  statement: {
    type: 'string',
    placeholder: 'done|again',
    summary:
      'what became of the interrupted statement of a no-transaction file: it is done, or is to run again',
  },
  ...fixOptions,
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const repairCommand = command({
  summary: 'show what is wrong with ledger and files, and put right what the schema proves',
  positionals: '',
  options,
  description:
    'Says what is wrong with the ledger or the files, and what it would do; reads only, unless --apply is given. It records the new checksum of a file if only comments or blank space were edited, removes rows of versions of which nothing exists, finishes or clears an interrupted step, and rebuilds lost rows, each only if the schema proves it. The rest it leaves to you, and says how. Ends with 0 if nothing is wrong or nothing is left, else with 1. If the schema has drifted, --write-fix writes the SQL that brings it back without losing a row; you read it; --fix runs it in one transaction and commits only if nothing drifts then.',
  async run(context) {
    const asked = fixAsked(context, ['apply', 'as', 'accept-edit', 'statement']);
    if (asked) {
      const { repairByFix, writeDriftFix } = await import('../../reconcile/index.ts');
      return asked.option === 'write-fix'
        ? withProgress(context, async (shown) => reportWritten(shown, await writeDriftFix(shown, asked.file)))
        : reportFixed(context, await repairByFix(context, asked.file));
    }
    const isApplied = context.flags.apply === true;
    const findings = await withRun(context, { isWriter: isApplied }, (run) => {
      const options = optionsOf(context, run.set, run.planOptions.allowOutOfOrder);
      return isApplied ? putRight(run, options) : diagnose(run, options);
    });
    for (const finding of isApplied ? findings.filter(isMended) : []) {
      const { message, remedy } = describeFinding(finding);
      context.log.info(
        { event: 'repaired', kind: finding.kind, done: inShort(finding) },
        `${message}: ${remedy}`,
      );
    }
    context.print(
      context.isJson ? JSON.stringify(report(findings, isApplied)) : describe(findings, isApplied).join('\n'),
    );
    const isLeft = isApplied ? !findings.every(isMended) : findings.length > 0;
    return isLeft ? exitCodes.no.code : exitCodes.ok.code;
  },
});

const isMended = ({ actions }: Finding): boolean => actions.length > 0;

/** What was done to the ledger, for the log: the rows that went are nowhere else. */
const inShort = ({ actions }: Finding): RepairAction[] =>
  actions.map((action): RepairAction => {
    switch (action.kind) {
      case 'accept':
        return { action: action.kind, version: action.migration.version, was: action.was };
      case 'record':
        return { action: action.kind, version: action.migration.version };
      case 'keepOnly':
        return { action: 'remove', rows: action.removed };
      case 'count':
        return { action: action.kind, row: action.row, statements: action.done };
      default:
        return { action: action.kind, row: action.row };
    }
  });

function optionsOf({ flags }: Context<Flags>, set: MigrationSet, allowOutOfOrder: boolean): RepairOptions {
  const known = [...(set.baseline ? [set.baseline] : []), ...set.migrations].map(({ version }) => version);
  const provable = known.filter((version) => set.baseline === null || version >= set.baseline.version);
  const edits = flags['accept-edit']?.split(',') ?? [];
  const as = flags.as ?? null;
  return {
    acceptEdits: new Set(edits.map((version) => bundled(version.trim(), known))),
    as: as === null ? null : as === 'none' ? '' : as === 'head' ? set.head : bundled(as, provable),
    statement: saidOf(flags.statement),
    allowOutOfOrder,
  };
}

/** @throws SlipwayError (64) for another word. */
function saidOf(word: string | undefined): RepairOptions['statement'] {
  if (word === undefined) return null;
  if (word === 'done' || word === 'again') return word;
  throw new SlipwayError({
    exit: 'usage',
    message: `--statement: "${word}" is neither "done" nor "again"`,
    remedy: 'Say what became of the interrupted statement: it is done, or it is to run again.',
  });
}

/** @throws SlipwayError (64) for a version that no file has, or none that can be meant. */
function bundled(version: Version, known: readonly Version[]): Version {
  if (known.includes(version)) return version;
  throw new SlipwayError({
    exit: 'usage',
    message: `version ${version} is not possible here`,
    remedy: `Known are ${known.join(', ')}.`,
  });
}

const report = (findings: readonly Finding[], isApplied: boolean): RepairResult => ({
  repair: findings.length === 0 ? 'nothing' : isApplied ? 'applied' : 'needed',
  findings: findings.map((finding) => {
    const { message, detail, remedy } = describeFinding(finding);
    return { kind: finding.kind, message, detail, remedy, actions: inShort(finding) };
  }),
});

function describe(findings: readonly Finding[], isApplied: boolean): string[] {
  if (findings.length === 0) return ['nothing is wrong with ledger and files'];
  const mended = findings.filter(isMended).length;
  const left = findings.length - mended;
  const needsYou = `${left} ${left === 1 ? 'needs' : 'need'} you`;
  const summary = isApplied
    ? [`${mended} put right${left > 0 ? `, ${needsYou}` : ''}`]
    : mended > 0
      ? [
          `Nothing was written. \`slipway repair --apply\` puts ${mended} right${left > 0 ? `; ${needsYou}` : ''}.`,
        ]
      : [`Nothing was written; ${needsYou}.`];
  return [...findings.flatMap(lines), ...summary];
}

function lines(finding: Finding): string[] {
  const { message, detail, remedy } = describeFinding(finding);
  return [
    `- ${message}`,
    ...detail.map((line) => `    ${line}`),
    `  ${isMended(finding) ? '→' : '!'} ${remedy}`,
  ];
}
