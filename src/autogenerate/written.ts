import { parentOf } from '../schema/catalog/index.ts';
import {
  type Change,
  describeWarnings,
  formatChanges,
  forPerson,
  joinAlters,
  losesData,
} from '../schema/generate/index.ts';
import type { Verification } from './verify.ts';

export interface Generated {
  readonly up: string;
  readonly down: string | null;
  /** How many statements the migration has. */
  readonly statements: number;
  /** What a person must see to: what could not be generated, and what the proof found. */
  readonly problems: readonly string[];
}

/** A migration and what undoes it, before they are text. */
export interface Draft {
  /** Schemas that are left as they are, where that must be said. */
  readonly alone: readonly string[];
  readonly upChanges: readonly Change[];
  readonly downChanges: readonly Change[];
  readonly title: string;
}

export const hasStatements = (changes: readonly Change[]): boolean =>
  changes.some(({ kind }) => kind === 'statement');

const told = (changes: readonly Change[]): string[] =>
  forPerson(changes).map(({ object, reason }) => `${object} is left for you: ${reason}`);

/**
 * The files as texts, with what was found in their first lines. A file without a statement could not be run: where
 * nothing undoes the migration, it says so itself (`-- slipway: irreversible`), and has no down file.
 *
 * @param wantsDown whether a down file is wanted.
 */
export function write(
  { title, alone, upChanges, downChanges }: Draft,
  proof: Verification,
  wantsDown: boolean,
): Generated {
  const isIrreversible = wantsDown && hasStatements(upChanges) && !hasStatements(downChanges);
  const hasDown = wantsDown && !isIrreversible;
  const undoing = hasDown ? downChanges.filter(({ kind }) => kind === 'statement') : [];
  const found = [
    ...alone.map((schema) => `it leaves the schema ${schema} as it is, of which SOURCE has nothing`),
    ...lossesOf(upChanges),
    ...proof.up,
    ...untried(upChanges, proof.unfilled),
    ...(isIrreversible ? whyIrreversible(downChanges) : []),
  ];
  const directives = isIrreversible ? ['slipway: irreversible'] : [];
  return {
    up: formatChanges(upChanges, [...directives, ...header(title, found)]),
    down: hasDown ? formatChanges(downChanges, header(`undoes: ${title}`, proof.down)) : null,
    statements: joinAlters(upChanges).length,
    problems: [
      ...told(upChanges),
      ...found,
      ...[...told(undoing), ...proof.down].map((problem) => `undoing: ${problem}`),
    ],
  };
}

function whyIrreversible(downChanges: readonly Change[]): string[] {
  const reasons = forPerson(downChanges).map(({ object, reason }) => `${object}: ${reason}`);
  return (reasons.length === 0 ? ['no statement would'] : reasons).map(
    (reason) => `nothing undoes it, so it has no down file: ${reason}`,
  );
}

const header = (title: string, problems: readonly string[]): string[] =>
  problems.length === 0
    ? [title]
    : [
        title,
        '',
        'Before you use it:',
        ...problems.map((problem) => (problem.startsWith(' ') ? problem : `- ${problem}`)),
      ];

/** What the changes themselves say that they lose of what tables hold. */
const lossesOf = (changes: readonly Change[]): string[] => [
  ...new Set(
    changes.flatMap((change) =>
      change.kind === 'statement' && change.warnings.slice(0, 1).some(losesData)
        ? [`it ${describeWarnings(change.warnings)}`]
        : [],
    ),
  ),
];

/** Tables that are changed and hold no sample row. */
function untried(changes: readonly Change[], unfilled: readonly string[]): string[] {
  const changed = new Set(changes.map(({ object }) => parentOf(object)));
  return unfilled
    .filter((table) => changed.has(table))
    .map((table) => `it was not tried with rows in ${table}: no sample row could be inserted`);
}
