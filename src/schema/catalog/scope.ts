import { type LedgerName, ledgerTable } from '../../ledger/index.ts';
import { literal } from '../../postgres/index.ts';

/**
 * Whether a schema holds a relation, routine or type besides the ledger, its index and what comes with them. Each of
 * them depends on its schema (a composite type in place of its relation), and pg_depend has an index for that.
 */
const holdsMore = `EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid AND (
           d.classid = 'pg_class'::regclass AND d.objid IS DISTINCT FROM (SELECT l.oid FROM ledger l)
           OR d.classid = 'pg_proc'::regclass
           OR d.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_type t WHERE t.oid = d.objid AND (t.typtype = 'c' OR t.typtype IN ('e', 'd', 'r', 'b') AND t.typelem = 0))))`;

/** Who may own an extension, as whoever has CREATE on the database may (a trusted one), and put functions into it. */
export const strangers = `SELECT a.oid FROM pg_roles a WHERE NOT a.rolsuper AND a.rolname <> current_user
    AND a.oid <> (SELECT d.datdba FROM pg_database d WHERE d.datname = current_database())`;

/** What belongs to an extension: a common table expression. */
export const members = `member AS MATERIALIZED (
    SELECT classid, objid FROM pg_depend
     WHERE objid >= 16384 AND (deptype = 'e' AND refclassid = 'pg_extension'::regclass
          AND (classid <> 'pg_proc'::regclass OR objid NOT IN (SELECT p.oid FROM pg_proc p WHERE p.oid >= 16384 AND p.proowner IN (${strangers})))
        OR deptype = 'i' AND classid IN ('pg_proc'::regclass, 'pg_cast'::regclass))
    UNION ALL
    SELECT 'pg_class'::regclass, t.typrelid
      FROM pg_depend d JOIN pg_type t ON t.oid = d.objid AND t.typtype = 'c'
     WHERE d.objid >= 16384 AND d.classid = 'pg_type'::regclass AND d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
  )`;

/**
 * The common table expressions that every part of the snapshot builds on: whose objects count.
 *
 * What initdb made has numbers below 16384 (FirstNormalObjectId), and is left out early.
 *
 * - `ledger`: the ledger's number.
 * - `member`: what belongs to an extension, and so is the extension's to describe, and the functions and casts that
 *   come with a range type. Of a composite type pg_depend says it of the type only, so its relation is added. A function that a stranger owns may have been put into it (ALTER EXTENSION ... ADD), and is
 *   described like any other.
 * - `space`: schemas in which users make objects: not the system's, not temporary, not TimescaleDB's internals, and not
 *   the ledger's where it holds nothing else. `is_member`: an extension's script made it (one that its control file
 *   names is made before the extension, and is no member). It is the extension's to describe, what users make in it is
 *   not, as for pg_dump.
 * - `rel`: relations of users in them, with a printable name; the ledger is left out.
 * - `typ`: the same for types that are no relation's row type and no array.
 * - `proc`: the same for routines, named with their argument types.
 *
 * @param relations only these, by qualified name: an expression of type text[]; null: all.
 */
export const scope = (ledger: LedgerName, relations: string | null): string => `
  ledger AS MATERIALIZED (SELECT to_regclass(${literal(ledgerTable(ledger))}) AS oid),
  ${members},
  space AS MATERIALIZED (
    SELECT n.oid, n.nspname, quote_ident(n.nspname) AS name, n.nspowner, n.nspacl,
        EXISTS (SELECT FROM member m WHERE m.classid = 'pg_namespace'::regclass AND m.objid = n.oid) AS is_member
      FROM pg_namespace n
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^(pg_toast|pg_temp_|_timescaledb_|timescaledb_)'
       AND (n.nspname <> ${literal(ledger.schema)} OR ${holdsMore} OR (SELECT l.oid FROM ledger l) IS NULL)
  ),
  rel AS MATERIALIZED (
    SELECT c.*, s.name || '.' || quote_ident(c.relname) AS name
      FROM pg_class c JOIN space s ON s.oid = c.relnamespace
     WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND c.oid IS DISTINCT FROM (SELECT l.oid FROM ledger l)
       AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
       ${relations === null ? '' : `AND c.oid = ANY (ARRAY(SELECT to_regclass(x)::oid FROM unnest(${relations}) x))`}
  ),
  typ AS MATERIALIZED (
    SELECT t.*, s.name || '.' || quote_ident(t.typname) AS name
      FROM pg_type t JOIN space s ON s.oid = t.typnamespace
     WHERE t.oid >= 16384 AND t.typtype IN ('e', 'd', 'r', 'b') AND t.typelem = 0
       AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
  ),
  proc AS MATERIALIZED (
    SELECT p.*, s.name || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
      FROM pg_proc p JOIN space s ON s.oid = p.pronamespace
     WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
  )`;
