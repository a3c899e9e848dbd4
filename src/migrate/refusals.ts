import type pg from 'pg';
import { SlipwayError } from '../core/index.ts';
import { classifyServerError } from '../postgres/server-error.ts';
import { withoutValues } from '../sql/statement-error.ts';
import { divisionByZero } from './assertion.ts';
import { BodyFailure } from './body.ts';
import type { Task, Work } from './step.ts';

/** @param isDeferred whether it was what the body has deferred that was refused. */
export function refusedAtEnd({ script }: Task, cause: pg.DatabaseError, isDeferred: boolean): BodyFailure {
  const detail = withoutValues(cause);
  const verdict = classifyServerError(cause, { words: [], isOutside: false });
  const { exit, again } = verdict;
  return new BodyFailure(
    {
      exit,
      place: { file: script.source.path },
      message: `at the end of its transaction: ${cause.message}`,
      remedy: exit === 'migration' && isDeferred ? deferredRemedy(cause, verdict.remedy) : verdict.remedy,
      detail: detail === null ? undefined : [`detail: ${detail}`],
      sqlstate: cause.code,
    },
    again,
    cause,
  );
}

/** Class 23 is that of constraints; what else is deferred is a trigger. */
function deferredRemedy({ code = '', where = '' }: pg.DatabaseError, otherwise: string): string {
  if (code.startsWith('23'))
    return 'A deferred constraint does not hold for what the migration left: correct it and start again.';
  return code !== '57014' && where !== ''
    ? 'A deferred trigger raised this after the last statement: correct what the migration left, or the function of the trigger.'
    : otherwise;
}

/** What completes the row is refused: the body has ended the transaction, or has taken the ledger from us. */
export function refusedLedger(work: Work, cause: pg.DatabaseError): SlipwayError {
  if (cause.code === divisionByZero) return endedItself(work);
  if (!ledgerIsGone.includes(cause.code ?? '')) return refusedAtEnd(work, cause, false);
  return new SlipwayError(
    {
      exit: 'migration',
      place: { file: work.script.source.path },
      message: `the migration took the ledger away from Slipway: ${cause.message}`,
      remedy:
        'Do not change the ledger in a migration: DROP OWNED, REASSIGN OWNED, DROP SCHEMA and REVOKE affect it if they name its owner or its schema.',
      sqlstate: cause.code,
    },
    { cause },
  );
}

/** insufficient_privilege, undefined_table, invalid_schema_name, undefined_column, wrong_object_type. */
const ledgerIsGone = ['42501', '42P01', '3F000', '42703', '42809'];

const endedItself = ({ script }: Work): SlipwayError =>
  new SlipwayError({
    exit: 'migration',
    place: { file: script.source.path },
    message: 'the migration ended the transaction it ran in, or took its row out of the ledger',
    remedy:
      'Remove COMMIT and ROLLBACK from it, and what writes to the ledger; `slipway status` says what the ledger holds now.',
  });
