import { identifier, literal } from '../postgres/index.ts';
import { type CachedLedger, markOf, selectAll, selectUnseen } from './cache.ts';
import { shortFingerprint } from './fingerprint.ts';
import { isReaderLacking } from './readers.ts';
import { eternalColumns, type LedgerName, ledgerColumns, ledgerTable } from './table.ts';

/** What a table is made of besides its row in pg_class: each catalog, and the column that names the table there. */
const partsOfTables = [
  ['pg_attribute', 'attrelid'],
  ['pg_attrdef', 'adrelid'],
  ['pg_constraint', 'conrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_index', 'indrelid'],
  ['pg_statistic_ext', 'stxrelid'],
] as const;

/** A digest of which transaction wrote which of the rows that describe the table `r`: another one after any DDL on it. */
const shape = `concat_ws(' ', r.oid, r.xmin${partsOfTables
  .map(
    ([catalog, key]) =>
      `, (SELECT count(*) || '/' || coalesce(sum(hashtextextended(concat_ws(' ', x.ctid::text, x.xmin::text), 0)), 0) FROM ${catalog} x WHERE x.${key} = r.oid)`,
  )
  .join('')})`;

/** Asks for the shape of a table; its number is an expression of SQL. */
export const shapeQuery = (oid: string): string =>
  `SELECT ${shape} AS shape FROM pg_class r WHERE r.oid = ${oid}`;

/** What a ledger that was judged is known by, as long as it bears its marks. */
export type KnownLedger = CachedLedger & { readonly shape: string };

/** Whether what was seen is enough for `isSameLedger`: it had rows, and its shape was asked for. */
export const isKnown = (seen: CachedLedger | null): seen is KnownLedger =>
  seen !== null && seen.shape !== null && seen.content.rows.length > 0;

/**
 * Two queries, in their order: each gives one row if the ledger is still what it was seen to be, in its shape and then
 * in its rows, else none. Far cheaper than to judge it again. The second must not be read by the server before the
 * first has told that the ledger is the one that was trusted.
 *
 * @param same what they were, as expressions of SQL: its shape; its mark, and the version whose row that leaves out
 *   (an empty text: none).
 */
export const isSameLedger = (
  ledger: LedgerName,
  {
    shape: sameShape,
    mark,
    besides,
  }: { readonly shape: string; readonly mark: string; readonly besides: string },
): [string, string] => [
  `SELECT FROM pg_class r WHERE r.oid = to_regclass(${literal(ledgerTable(ledger))}) AND ${shape} = ${sameShape}`,
  `SELECT FROM (${markOf(ledger, besides)}) AS m(mark) WHERE m.mark = ${mark}`,
];

/** Privileges on a table that forge or hold its rows, or run code with those who write to it (PostgreSQL docs 5.8). */
const writingPrivileges = ['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] as const;

/**
 * Whether a role is trusted with the ledger, by its number as an expression: the owner of the database, a superuser,
 * and, for whoever writes to it, the current role and those that it is a member of.
 */
const isTrusted = (role: string, isSelfTrusted: boolean): string => `(
  ${role} IN ((SELECT datdba FROM pg_database WHERE datname = current_database()), 'pg_database_owner'::regrole)
  OR EXISTS (SELECT FROM role s WHERE s.oid = ${role} AND s.rolsuper)
  ${isSelfTrusted ? `OR ${role} = me.oid OR (NOT me.rolsuper AND EXISTS (SELECT FROM role s WHERE s.oid = ${role} AND pg_has_role(s.oid, 'MEMBER')))` : ''})`;

/**
 * Whether a relation of that owner is nobody's but the current role's or a superuser's: whoever else owns one could make
 * code of his part of it after it was judged, which the query that then waits for his transaction would run.
 */
const isOurs = (owner: string): string => `(
  SELECT x.owner = me.oid OR EXISTS (SELECT FROM role s WHERE s.oid = x.owner AND s.rolsuper)
    FROM (SELECT CASE ${owner} WHEN 'pg_database_owner'::regrole THEN (SELECT datdba FROM pg_database WHERE datname = current_database()) ELSE ${owner} END) AS x(owner))`;

/**
 * Who may write besides the owner, the roles that the owner is a member of, and whoever is trusted: role, column,
 * privileges. NULL: nobody.
 */
const writers = ({ isSelfTrusted = true, isJustMade = false }: LedgerQueryOptions): string => `(
  SELECT json_agg(json_build_object('role', CASE WHEN w.grantee <> 0 THEN pg_get_userbyid(w.grantee) END, 'column', w.attname, 'privileges', w.privileges) ORDER BY w.grantee, w.attname)
    FROM (
      SELECT x.grantee, x.attname, json_agg(x.privilege_type ORDER BY x.privilege_type) AS privileges FROM (
        SELECT DISTINCT g.grantee, NULL::name AS attname, g.privilege_type FROM aclexplode(r.relacl) AS g
        UNION
        SELECT g.grantee, a.attname, g.privilege_type FROM pg_attribute a, aclexplode(a.attacl) AS g
         WHERE a.attrelid = r.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
      ) AS x
       WHERE x.privilege_type IN (${writingPrivileges.map(literal).join(', ')}) AND x.grantee <> r.relowner
         AND (x.grantee = 0 OR NOT (${isTrusted('x.grantee', isSelfTrusted && !isJustMade)}
           ${isJustMade ? '' : `OR EXISTS (SELECT FROM role s, role o WHERE s.oid = x.grantee AND o.oid = r.relowner AND NOT o.rolsuper AND pg_has_role(o.oid, s.oid, 'MEMBER'))`}))
       GROUP BY x.grantee, x.attname
    ) AS w)`;

/** Functions of the server that run what a text says, read whatever a name stands for, or check values of a type by its number. */
const running = literal(
  '_to_xml|ts_stat|ts_rewrite|pg_input_|set_config|(domain|array|record|range)_(in|recv)',
);

/** What belongs to a table and can call something: its columns, indexes, defaults, constraints and statistics. */
const callersOf = (table: string): string => `
        SELECT 'pg_class'::regclass AS classid, ${table} AS objid
        UNION ALL SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index i WHERE i.indrelid = ${table}
        UNION ALL SELECT 'pg_attrdef'::regclass, a.oid FROM pg_attrdef a WHERE a.adrelid = ${table}
        UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k WHERE k.conrelid = ${table}
        UNION ALL SELECT 'pg_statistic_ext'::regclass, e.oid FROM pg_statistic_ext e WHERE e.stxrelid = ${table}`;

/** What those depend on of a user's: as a relation of pg_depend's rows. */
const userCallsOf = (table: string): string => `(${callersOf(table)}) AS own
      CROSS JOIN LATERAL (SELECT * FROM pg_depend p WHERE p.classid = own.classid AND p.objid = own.objid OFFSET 0) AS d
     WHERE d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass, 'pg_type'::regclass) AND d.refobjid >= 16384`;

/** Whether something of the table calls a function, an operator, an operator class or a type of a user. */
const callsUserCode = `(EXISTS (SELECT FROM ${userCallsOf('r.oid')})
    OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = r.oid AND pg_get_expr(k.conbin, k.conrelid) ~ ${running})
    OR EXISTS (SELECT FROM pg_attrdef f WHERE f.adrelid = r.oid AND pg_get_expr(f.adbin, f.adrelid) ~ ${running}))`;

/** What that is, each by its class and name: a text, which is planned only where there is something. */
const userCode = (ledger: LedgerName): string => {
  const table = `to_regclass(${literal(ledgerTable(ledger))})`;
  const found = `SELECT encode(convert_to(json_agg(DISTINCT jsonb_build_object('part', x.part, 'name', x.name))::text, 'UTF8'), 'hex') AS content FROM (
    SELECT CASE d.classid WHEN 'pg_constraint'::regclass THEN 'constraint' WHEN 'pg_attrdef'::regclass THEN 'default' WHEN 'pg_statistic_ext'::regclass THEN 'statistics' ELSE CASE WHEN d.objid = ${table} THEN 'column' ELSE 'index' END END AS part,
        CASE d.classid WHEN 'pg_constraint'::regclass THEN (SELECT k.conname FROM pg_constraint k WHERE k.oid = d.objid)
          WHEN 'pg_attrdef'::regclass THEN (SELECT a.attname FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum WHERE f.oid = d.objid)
          WHEN 'pg_statistic_ext'::regclass THEN (SELECT format('%I.%I', q.nspname, e.stxname) FROM pg_statistic_ext e JOIN pg_namespace q ON q.oid = e.stxnamespace WHERE e.oid = d.objid)
          ELSE CASE WHEN d.objid = ${table} THEN (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = ${table} AND a.attnum = d.objsubid)
            ELSE (SELECT i.relname FROM pg_class i WHERE i.oid = d.objid) END END AS name
      FROM ${userCallsOf(table)}
    UNION ALL SELECT 'constraint', k.conname FROM pg_constraint k WHERE k.conrelid = ${table} AND pg_get_expr(k.conbin, k.conrelid) ~ ${running}
    UNION ALL SELECT 'default', a.attname FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
     WHERE f.adrelid = ${table} AND pg_get_expr(f.adbin, f.adrelid) ~ ${running}
  ) AS x`;
  return `convert_from(decode(substring(query_to_xml(${literal(found)}, true, false, '')::text FROM '<content>([0-9a-f]*)</content>'), 'hex'), 'UTF8')::json`;
};

/** The triggers, and the foreign keys that triggers of the server's own keep: statements that remove them. */
const triggers = `(
  SELECT json_agg(DISTINCT CASE WHEN k.oid IS NOT NULL AND t.tgisinternal THEN format('ALTER TABLE %s DROP CONSTRAINT %I;', k.conrelid::regclass, k.conname)
      ELSE format('DROP TRIGGER %I ON %I.%I;', t.tgname, n.nspname, r.relname) END)
    FROM pg_trigger t LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint WHERE t.tgrelid = r.oid)`;

/** Of what the table is a partition, and how it is to be taken out: a key is computed with each row that comes. NULL: of nothing. */
const parent = `CASE WHEN r.relispartition THEN (
  SELECT json_agg(format('ALTER TABLE %s DETACH PARTITION %I.%I;', i.inhparent::regclass, n.nspname, r.relname)) FROM pg_inherits i WHERE i.inhrelid = r.oid) END`;

const rules = `(
  SELECT json_agg(format('DROP RULE %I ON %I.%I;', w.rulename, n.nspname, r.relname)) FROM pg_rewrite w WHERE w.ev_class = r.oid)`;

/**
 * The publications that the table is in, by each of the three ways; those by schema, which servers have from 15 on, are
 * told by what depends on the schema, so that one text serves every server.
 */
const publications = `(
  CASE WHEN r.relpersistence = 'p' AND EXISTS (SELECT FROM pg_publication) THEN (
    SELECT json_agg(json_build_object('name', p.pubname, 'by', CASE WHEN p.puballtables THEN 'all' WHEN l.prrelid IS NOT NULL THEN 'table' ELSE 'schema' END) ORDER BY p.pubname)
      FROM pg_publication p LEFT JOIN pg_publication_rel l ON l.prpubid = p.oid AND l.prrelid = r.oid
     WHERE p.puballtables OR l.prrelid IS NOT NULL OR EXISTS (
       SELECT FROM pg_depend d JOIN pg_depend s ON (s.classid, s.objid) = (d.classid, d.objid)
        WHERE d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid AND d.classid = to_regclass('pg_publication_namespace')
          AND s.refclassid = 'pg_namespace'::regclass AND s.refobjid = r.relnamespace)
  ) END)`;

export interface LedgerQueryOptions {
  /** What the ledger was seen to hold: where it bears that mark still, its content does not come again. */
  readonly seen?: CachedLedger | null;
  /** Whether its marks are wanted, for `isSameLedger`; a start at head does without. */
  readonly isRemembered?: boolean;
  /** As whom it is judged: whether the current role is to be trusted with it. */
  readonly isSelfTrusted?: boolean;
  /** Whether it was made a moment ago: nobody can have asked for a privilege on it yet. */
  readonly isJustMade?: boolean;
  /** Roles that are to read the ledger: whether one of them that is there may not. */
  readonly readers?: readonly string[];
  /** What takes the catalog's fingerprint, too, which does not come where the content has to be copied; null: it is not taken. */
  readonly takes?: string | null;
}

/**
 * One row that says all there is to know of the ledger, without an error where there is none. Its content is read only
 * where nobody but this role and superusers can change the table or put another in its place: even to plan a query runs
 * functions that an index of the table names. Where somebody can, `is_copied` says so (`withContent`).
 */
export function ledgerQuery(ledger: LedgerName, options: LedgerQueryOptions = {}): string {
  const { seen = null, isRemembered = false, takes = null, readers = [] } = options;
  const typed = (columns: readonly string[]): string =>
    columns
      .flatMap(
        (column) =>
          ledgerColumns[column]?.map((type) => `(${literal(column)}, ${literal(type)}::regtype)`) ?? [],
      )
      .join(', ');
  return `WITH role AS MATERIALIZED (SELECT a.oid, a.rolname, a.rolsuper FROM pg_roles a) SELECT ${isReaderLacking(ledger, readers)}
      pg_is_in_recovery() AS standby,
      pg_backend_pid() AS backend_pid,
      pg_current_snapshot()::text AS as_of,
      extract(epoch FROM clock_timestamp()) * 1000 AS now_ms,
      to_regnamespace(${literal(identifier(ledger.schema))}) IS NOT NULL AS has_schema,
      r.relkind::text AS relkind,
      pg_get_userbyid(r.relowner) AS owner,
      current_user AS reader,
      h.is_trusted,
      CASE WHEN r.oid IS NOT NULL AND NOT h.is_schema_trusted THEN pg_get_userbyid(n.nspowner) END AS schema_owner,
      t.triggers, t.rules,
      CASE WHEN t.calls_code THEN ${userCode(ledger)} END AS code,
      ${parent} AS parent,
      r.relforcerowsecurity AS forces_row_security,
      b.is_bound AS has_row_security,
      ${writers(options)} AS writers,
      ${publications} AS publications,
      ${isRemembered ? `${shape} AS shape,` : ''}
      c.present AS columns, c.written, c.foreign_types, c.required,
      b.is_plain AND NOT b.is_held AS is_copied,
      CASE WHEN b.is_plain AND b.is_held THEN
        query_to_xml(${literal(isRemembered ? selectUnseen(ledger, seen) : selectAll(ledger))}, true, false, '')::text
      END AS content${
        takes === null
          ? ''
          : `,
      CASE WHEN b.is_plain AND b.is_held THEN query_to_xml(${literal(shortFingerprint(takes))}, true, false, '')::text END AS fingerprint`
      }
    FROM (SELECT to_regclass(${literal(ledgerTable(ledger))}) AS oid) AS ledger
    CROSS JOIN (SELECT oid, rolsuper FROM role WHERE rolname = current_user) AS me
    LEFT JOIN pg_class r ON r.oid = ledger.oid
    LEFT JOIN pg_namespace n ON n.oid = r.relnamespace
    CROSS JOIN LATERAL (
      SELECT count(*) FILTER (WHERE (attname, atttypid) IN (${typed(eternalColumns)}))::int AS present,
          count(*) FILTER (WHERE (attname, atttypid) IN (${typed(Object.keys(ledgerColumns))}))::int AS written,
          json_agg(attname) FILTER (WHERE atttypid >= 16384) AS foreign_types,
          json_agg(attname) FILTER (WHERE attnotnull AND NOT atthasdef AND attidentity = '' AND attname NOT IN (${Object.keys(ledgerColumns).map(literal).join(', ')})) AS required
        FROM pg_attribute WHERE attrelid = ledger.oid AND attnum > 0 AND NOT attisdropped
    ) AS c
    CROSS JOIN LATERAL (SELECT ${triggers} AS triggers, ${rules} AS rules, ${callsUserCode} AS calls_code OFFSET 0) AS t
    CROSS JOIN LATERAL (SELECT ${isTrusted('r.relowner', true)} AS is_trusted, ${isTrusted('n.nspowner', true)} AS is_schema_trusted OFFSET 0) AS h
    CROSS JOIN LATERAL (
      SELECT s.is_bound, r.relkind = 'r' AND NOT r.relispartition AND NOT s.is_bound AND c.present = ${eternalColumns.length} AND c.foreign_types IS NULL AND NOT t.calls_code AS is_plain,
          ${isOurs('r.relowner')} AND ${isOurs('n.nspowner')} AS is_held
        FROM (SELECT r.relrowsecurity AND row_security_active(r.oid) AS is_bound OFFSET 0) AS s OFFSET 0
    ) AS b`;
}
