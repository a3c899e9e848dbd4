import { splitPart } from '../../model/index.ts';
import {
  type Alteration,
  type AlterStep,
  manual,
  type ObjectChange,
  recreate,
  step,
  steps,
} from '../common/alteration.ts';
import { invalidReason } from '../common/unwritten.ts';
import { type Warning, warning } from '../common/warnings.ts';
import { alterVerb } from '../table/alter.ts';
import { violationsOf } from './violations.ts';

const timing = /( DEFERRABLE)?( INITIALLY DEFERRED)?( NOT ENFORCED)?( NOT VALID)?( INVALID)?$/;

/** A constraint's definition, and what may be said after it (`pg_get_constraintdef`). */
function parseConstraint(text: string): { readonly core: string; readonly suffixes: readonly boolean[] } {
  const [all = '', ...suffixes] = timing.exec(text) ?? [];
  return {
    core: text.slice(0, text.length - all.length),
    suffixes: suffixes.map((suffix) => suffix !== undefined),
  };
}

/** A constraint: made valid, deferrable or enforced where that is all, else dropped and added again. */
export function alterConstraint({ name, before, after }: ObjectChange): Alteration {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const was = parseConstraint(before.text);
  const is = parseConstraint(after.text);
  const [, , wasNotEnforced, wasNotValid, wasInvalid] = was.suffixes;
  const [isDeferrable, isDeferred, isNotEnforced, isNotValid] = is.suffixes;
  const invalid = invalidReason('constraint', after.text);
  if (invalid !== null) return manual(invalid);
  const isForeignKey = is.core.startsWith('FOREIGN KEY');
  const isSame = was.core === is.core && !wasInvalid && (!isNotValid || wasNotValid);
  const isTimed = was.suffixes.slice(0, 2).join() !== is.suffixes.slice(0, 2).join();
  const isEnforcementChanged = wasNotEnforced !== isNotEnforced;
  if (!isSame || (!isForeignKey && (isTimed || isEnforcementChanged))) return recreate;
  const alter = (change: string, ...warnings: readonly Warning[]): AlterStep =>
    step(`ALTER TABLE ${parent} ${change}`, ...warnings);
  return steps(
    ...(isTimed
      ? [
          alter(
            `ALTER CONSTRAINT ${own} ${isDeferrable ? `DEFERRABLE INITIALLY ${isDeferred ? 'DEFERRED' : 'IMMEDIATE'}` : 'NOT DEFERRABLE'}`,
          ),
        ]
      : []),
    ...(isEnforcementChanged
      ? [
          alter(
            `ALTER CONSTRAINT ${own} ${isNotEnforced ? 'NOT ENFORCED' : 'ENFORCED'}`,
            ...(isNotEnforced ? [] : [failsOnViolation(parent, is.core)]),
          ),
        ]
      : []),
    ...(wasNotValid && !isNotValid && !isNotEnforced
      ? [alter(`VALIDATE CONSTRAINT ${own}`, failsOnViolation(parent, is.core))]
      : []),
  );
}

const failsOnViolation = (table: string, definition: string): Warning =>
  warning('failsOnViolation', violationsOf(table, definition));

/** What adding a constraint to rows that are there may meet. */
export const constraintWarnings = (table: string, text: string): readonly Warning[] =>
  text.endsWith(' NOT VALID') || text.endsWith(' NOT ENFORCED')
    ? []
    : /^(?:PRIMARY KEY|UNIQUE|EXCLUDE)/.test(text)
      ? [warning('buildsIndex'), failsOnViolation(table, parseConstraint(text).core)]
      : [failsOnViolation(table, parseConstraint(text).core)];

/**
 * The statements that add a constraint to a table with rows: a check or a foreign key first for new rows alone, then
 * proved for the old ones, so that the second can wait. A partitioned table takes no foreign key that way before 18.
 */
export function addConstraintInSteps(
  name: string,
  text: string,
  table: string | undefined,
): readonly AlterStep[] {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const alter = `${alterVerb(table)} ${parent}`;
  const warnings = constraintWarnings(parent, text);
  const isLater =
    /^(?:CHECK|FOREIGN KEY)/.test(text) &&
    warnings.length > 0 &&
    !(text.startsWith('FOREIGN KEY') && table?.includes(' partition by '));
  if (!isLater) return [step(`${alter} ADD CONSTRAINT ${own} ${text}`, ...warnings)];
  return [
    step(`${alter} ADD CONSTRAINT ${own} ${text} NOT VALID`),
    step(`${alter} VALIDATE CONSTRAINT ${own}`, ...warnings),
  ];
}
