import type pg from 'pg';
import { SlipwayError } from '../core/index.ts';
import type { Inspection } from '../inspect/index.ts';
import { creationKey, justMade, type LedgerName, ledgerQuery, shapeQuery } from '../ledger/index.ts';
import { wrongWith } from '../ledger/validation.ts';
import { commentLedger, createLedger } from '../ledger/write.ts';
import { identifier, literal, type Row } from '../postgres/index.ts';
import { Abort, assertion } from './assertion.ts';
import { type OwnStatement, sendBatch } from './batch.ts';
import { mayNotMake, typeInTheWay } from './may-not.ts';
import type { Run } from './run.ts';

/**
 * Makes the ledger, unless another app's run is making it, or has just made it. What there is now is read from the
 * catalog's tables, after the lock and in a statement of its own: `to_regclass` may answer from this transaction's cache.
 * Refused as `odd` where default privileges or an event trigger of the database have made it something else than was
 * asked for: `makeOdd` then sees to that. What it is like before a body runs is remembered.
 */
export function makeLedger(run: Run, inspection: Inspection): OwnStatement[] {
  const asAsked = `SELECT FROM (${ledgerQuery(run.ledger, { isJustMade: true })}) AS made
     WHERE made.relkind = 'r' AND made.is_trusted AND made.triggers IS NULL AND made.rules IS NULL AND made.code IS NULL AND made.parent IS NULL
       AND made.writers IS NULL AND made.required IS NULL AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = ${oidOf(run.ledger)} AND c.relrowsecurity)
       AND NOT EXISTS (${grantsOnSchema(run.ledger, inspection)})`;
  // To plan that takes longer than to make the table, and is seldom needed.
  const isAsAsked = `SELECT WHERE CASE WHEN ${isUntouched(run.ledger, inspection)} THEN true
    ELSE query_to_xml(${literal(`SELECT count(*) AS made FROM (${asAsked}) AS x`)}, true, false, '')::text ~ '<made>1</made>' END`;
  const comment = { sql: commentLedger(run.ledger), refused: () => new Abort('odd') };
  // Readers are granted access at the end, which makes another shape of it.
  const remember: OwnStatement = {
    sql: shapeQuery(oidOf(run.ledger)),
    told: ({ rows: [row] }) => {
      run.memory.wrote(justMade(String(row?.shape)));
    },
  };
  const known = run.config.readers.length === 0 ? [remember] : [];
  return [...making(run, inspection), comment, assertion(isAsAsked, 'odd'), ...known];
}

/**
 * Makes the ledger where something of the database changes what is made, and undoes that, as the owner of what it has
 * just made: privileges that default privileges or an event trigger gave, row security, triggers and rules.
 *
 * @throws SlipwayError (78), so that nothing is committed, where it cannot be undone; it names the event triggers.
 */
export async function makeOdd(run: Run, inspection: Inspection): Promise<void> {
  const { session, log } = run;
  await sendBatch(session, { before: making(run, inspection), body: null, after: [] });
  const first = await inspectMade(run, inspection);
  await sendBatch(session, {
    before: [...first.undo, commentLedger(run.ledger)].map((sql) => ({
      sql,
      refused: (error) => changed(run, first, error),
    })),
    body: null,
    after: [],
  });
  const second = await inspectMade(run, inspection);
  if (second.wrong.length > 0) throw changed(run, second);
  if (first.undo.length === 0) return;
  const detail = first.undo.map((sql) => `undone by: ${sql}`);
  log.info(
    { event: 'ledgerMended', detail },
    `default privileges or an event trigger changed the new ledger: that was undone`,
  );
}

function making({ session, ledger, config }: Run, { hasSchema }: Inspection): OwnStatement[] {
  const schema = literal(ledger.schema);
  const refused = (error: pg.DatabaseError): unknown => {
    // duplicate_object, of the server's own: what an event trigger raises has its context.
    if (error.code === '42710' && error.where === undefined) return typeInTheWay(ledger, error);
    return error.code === '42501'
      ? mayNotMake(
          { ledger, role: config.role ?? session.greeting.user, database: session.greeting.database },
          hasSchema,
          error,
        )
      : error;
  };
  return [
    assertion(
      `SELECT FROM (SELECT pg_try_advisory_xact_lock(${creationKey(ledger)}) AS locked) AS lock WHERE locked`,
      'busy',
    ),
    assertion(
      `SELECT WHERE ${hasSchema ? '' : 'NOT '}EXISTS (SELECT FROM pg_namespace WHERE nspname = ${schema})
         AND NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                          WHERE n.nspname = ${schema} AND c.relname = 'ledger')`,
      'busy',
    ),
    ...createLedger(ledger, hasSchema).map((sql) => ({ sql, refused })),
  ];
}

/** The table's number, from the catalog's tables. */
const oidOf = ({ schema }: LedgerName): string =>
  `(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${literal(schema)} AND c.relname = 'ledger')`;

/**
 * Whether nothing of the database can have changed the ledger, nor the schema that was made for it: no event trigger is
 * there, no default privileges have shown, and both are the current role's.
 */
const isUntouched = ({ schema }: LedgerName, { hasSchema }: Inspection): string =>
  hasSchema
    ? 'false'
    : `NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D') AND EXISTS (
      SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ${literal(schema)} AND c.relname = 'ledger' AND c.relkind = 'r'
         AND NOT (c.relrowsecurity OR c.relhasrules OR c.relhastriggers OR c.relispartition)
         AND c.relacl IS NULL AND n.nspacl IS NULL AND c.relowner = n.nspowner AND c.relowner = to_regrole(quote_ident(current_user)))`;

/** Roles that may make objects in the schema that was made for the ledger; one that was there before is its owner's. */
const grantsOnSchema = ({ schema }: LedgerName, { hasSchema }: Inspection): string =>
  `SELECT DISTINCT CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END AS role
     FROM pg_namespace n, aclexplode(n.nspacl) AS g
    WHERE n.nspname = ${literal(schema)} AND g.grantee <> n.nspowner AND g.privilege_type = 'CREATE' AND ${!hasSchema}`;

interface Made {
  /** The event triggers that see a table being made. */
  readonly eventTriggers: readonly { readonly name: string; readonly called: string }[];
  /** What is wrong with it, as problems. */
  readonly wrong: readonly string[];
  /** What undoes what was done to it. */
  readonly undo: readonly string[];
}

async function inspectMade({ session, ledger }: Run, inspection: Inspection): Promise<Made> {
  const results = await session.run(
    [
      ledgerQuery(ledger, { isJustMade: true }),
      `SELECT c.relrowsecurity AS secured FROM pg_class c WHERE c.oid = ${oidOf(ledger)}`,
      grantsOnSchema(ledger, inspection),
      onCreateTable,
    ].join('; '),
  );
  const [row = {}, form = {}] = results.map(({ rows }) => rows[0] as Row | undefined);
  const eventTriggers = (results[3]?.rows ?? []) as Made['eventTriggers'];
  if (row.relkind === null)
    return {
      eventTriggers,
      wrong: [`${ledger.schema}.ledger is not in the schema in which it was made`],
      undo: [],
    };
  const found = wrongWith(row, ledger, true);
  const table = `${identifier(ledger.schema)}.ledger`;
  // It does not bind the owner, but hides the rows from those who wait.
  const isSecured = form.secured === true && row.has_row_security !== true;
  const everything = found.flatMap(({ cures }) => cures.map((sql) => sql.replace(/;$/, '')));
  const onSchema = (results[2]?.rows ?? []).map(
    ({ role }: Row) =>
      `REVOKE ALL ON SCHEMA ${identifier(ledger.schema)} FROM ${role === null ? 'PUBLIC' : identifier(String(role))} CASCADE`,
  );
  return {
    eventTriggers,
    wrong: found.map(({ problem }) => problem),
    undo: [
      ...new Set(everything.map((sql) => sql.replace(/^REVOKE [^(]* ON (?=.* FROM )/, 'REVOKE ALL ON '))),
      ...(isSecured ? [`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`] : []),
      ...onSchema,
    ],
  };
}

/** Those that servers run at the end of CREATE TABLE and of what goes with it (PostgreSQL docs 40.1). */
const onCreateTable = `SELECT evtname AS name, evtfoid::regprocedure::text AS called FROM pg_event_trigger
   WHERE evtenabled <> 'D' AND evtevent = 'ddl_command_end'
     AND (evttags IS NULL OR evttags && ARRAY['CREATE TABLE', 'CREATE INDEX', 'CREATE SCHEMA', 'COMMENT', 'REVOKE', 'ALTER TABLE'])
   ORDER BY evtname`;

function changed(run: Run, { wrong, eventTriggers: named }: Made, cause?: pg.DatabaseError): SlipwayError {
  const remedy =
    named.length > 0
      ? `Let the event trigger pass over schema ${run.ledger.schema}; or disable it for the run, as a superuser: ${named.map(({ name }) => `ALTER EVENT TRIGGER ${identifier(name)} DISABLE;`).join(' ')}`
      : 'See which event trigger of this database does that: SELECT evtname, evtfoid::regprocedure FROM pg_event_trigger;';
  return new SlipwayError(
    {
      exit: 'config',
      message: `an event trigger of this database changes the ledger that Slipway makes${named.length > 0 ? ` (${named.map(({ name, called }) => `"${name}", which calls ${called}`).join('; or ')})` : ''}: ${cause?.message ?? wrong.join('; ')}`,
      remedy: `Nothing was committed. ${remedy}`,
      sqlstate: cause?.code,
    },
    { cause },
  );
}
