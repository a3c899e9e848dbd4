import type pg from 'pg';
import { SlipwayError } from '../core/index.ts';
import { type LedgerName, ledgerTable } from '../ledger/index.ts';
import { identifier } from '../postgres/index.ts';
/** Who would make the ledger, and where. */
export interface Maker {
  readonly ledger: LedgerName;
  readonly role: string;
  readonly database: string;
}

/** What is said where a role may not make the ledger. */
export function mayNotMake(
  { ledger, role, database }: Maker,
  hasSchema: boolean,
  cause: pg.DatabaseError | null,
): SlipwayError {
  const needs = hasSchema
    ? `GRANT CREATE, USAGE ON SCHEMA ${identifier(ledger.schema)} TO ${identifier(role)};`
    : `GRANT CREATE ON DATABASE ${identifier(database)} TO ${identifier(role)};`;
  const reason =
    cause?.message ??
    `permission denied for ${hasSchema ? `schema ${ledger.schema}` : `database ${database}`}`;
  return new SlipwayError(
    {
      exit: 'denied',
      message: `role "${role}" may not make the ledger ${ledger.schema}.ledger: ${reason}`,
      remedy: `As the owner: ${needs} or name a schema where it may, with SLIPWAY_SCHEMA, or an owning role, with SLIPWAY_ROLE.`,
      sqlstate: '42501',
    },
    { cause: cause ?? undefined },
  );
}

/** What is said where a type, such as an enum or a domain, has the name that the ledger's rows are to have as a type. */
export const typeInTheWay = (ledger: LedgerName, cause: pg.DatabaseError | null): SlipwayError =>
  new SlipwayError(
    {
      exit: 'corrupt',
      message: `the ledger ${ledger.schema}.ledger cannot be made: a type of that name is there, and a table's rows are a type, too`,
      remedy: `Nothing was touched. See who made it; then as its owner: ALTER TYPE ${ledgerTable(ledger)} RENAME TO ledger_of_something_else; Or name another schema for the ledger with SLIPWAY_SCHEMA.`,
      sqlstate: cause?.code,
    },
    { cause: cause ?? undefined },
  );

/** What is said where a role may not write to the ledger that is there. */
export const mayNotWrite = ({ ledger, role }: Maker, cause: pg.DatabaseError | null): SlipwayError =>
  new SlipwayError(
    {
      exit: 'denied',
      message: `role "${role}" may not write to the ledger ${ledger.schema}.ledger: ${cause?.message ?? 'permission denied for table ledger'}`,
      remedy: `Run as its owner, or name the owner with SLIPWAY_ROLE (as a superuser: GRANT the owning role TO ${identifier(role)};).`,
      sqlstate: '42501',
    },
    { cause: cause ?? undefined },
  );

/** What is said where the table refuses a row of ours (class 23): a constraint that Slipway did not make. */
export function refusedRow(ledger: LedgerName, cause: pg.DatabaseError): SlipwayError {
  const table = ledgerTable(ledger);
  const cure = cause.constraint
    ? `ALTER TABLE ${table} DROP CONSTRAINT ${identifier(cause.constraint)}; (or DROP INDEX, where it is one)`
    : cause.column
      ? `ALTER TABLE ${table} ALTER COLUMN ${identifier(cause.column)} DROP NOT NULL;`
      : `see which constraint it is: SELECT conname FROM pg_constraint WHERE conrelid = '${table}'::regclass;`;
  return new SlipwayError(
    {
      exit: 'corrupt',
      message: `the ledger ${ledger.schema}.ledger refuses the row of a version: ${cause.message}`,
      remedy: `Nothing was kept. Somebody added a constraint to it; as its owner: ${cure}`,
      sqlstate: cause.code,
    },
    { cause },
  );
}
