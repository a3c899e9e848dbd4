import { literal } from '../../postgres/index.ts';
import { type Kind, kinds as table, traitsOf } from '../kinds.ts';
import { keptChunks, keptIntent } from '../objects/timescale/read-fingerprint.ts';
import type { Catalog } from '../traits.ts';
import { readers } from './readers.ts';
import { members, strangers } from './scope.ts';

/*
 * One sum over the rows of the catalogs that definitions live in. While it is the same, so is every definition: a row that
 * is written anew has another place (ctid) or another transaction (xmin). Either alone does not tell: a row that is written
 * twice in one transaction keeps its xmin, and a place that was freed is used again. A backup takes the rows, and a sum that
 * is kept in the same database, back together, and goes on from the numbers of its own transactions: it needs no mark of
 * the server's history.
 *
 * It does not tell:
 *
 * - that somebody wrote rows by hand (`allow_system_table_mods`), or renamed a column of information_schema;
 * - a role's name in a constant of the type regrole[], which the server does not know as one that names a role, and what
 *   the output function of a user's type prints by something else than a catalog;
 * - what stands in the server's files: whether TimescaleDB is offered, and the comment that an extension comes with;
 * - a row that a transaction of the same number, 2^32 of them later or after pg_resetwal, wrote into the same place;
 * - a sum that somebody copied from one history of a server into another: the restore of a backup makes two;
 * - a schema that somebody made so that its sum is that of another: it has 64 bits, and keeps out accidents only. Whoever
 *   may do that may make objects.
 */

/** Catalogs of what relations have, by the column of their relation. */
const ofRelations: Partial<Record<Catalog, string>> = {
  pg_attribute: 'attrelid',
  pg_constraint: 'conrelid',
  pg_foreign_table: 'ftrelid',
  pg_index: 'indexrelid',
  pg_inherits: 'inhrelid',
  pg_policy: 'polrelid',
  pg_rewrite: 'ev_class',
  pg_sequence: 'seqrelid',
  pg_trigger: 'tgrelid',
};

/** Of those, the rows that count. */
const countsOfRelations = ({ withRights, timescale }: Asked): Partial<Record<Catalog, string>> => ({
  // What the server adds to each table has no definition, but may be granted. The other condition is for the index.
  pg_attribute: `attrelid >= 16384 AND ${withRights ? '(attnum > 0 OR attacl IS NOT NULL)' : 'attnum > 0'}`,
  // A chunk's foreign key has triggers on the table that it refers to.
  ...(timescale
    ? { pg_trigger: `(tgenabled <> 'O' OR tgconstrrelid NOT IN (SELECT k.oid FROM chunk k))` }
    : {}),
});

/** Catalogs of what sessions make for themselves, too, by the column of the schema. */
const inSchemas: Partial<Record<Catalog, string>> = { pg_proc: 'pronamespace', pg_type: 'typnamespace' };

/** Of what is of no relation, the rows that count. */
const countsAlone: Partial<Record<Catalog, string>> = {
  // The checks of domains.
  pg_constraint: 'conrelid = 0',
  pg_description: 'objoid >= 16384',
  pg_namespace: `nspname !~ '^pg_(temp|toast_temp)_'`,
  // A relation's row type has the relation's name, and an array its element's (PostgreSQL source, format_type_extended).
  pg_type: `typtype <> 'c' AND (typsubscript <> 'array_subscript_handler'::regproc OR typstorage = 'p')`,
};

/** Catalogs of all databases, or whose rows not everybody may read: what counts is what the snapshot has of them. */
const asRead: Partial<Record<Catalog, Kind>> = {
  pg_database: 'database',
  pg_db_role_setting: 'database',
  pg_shdescription: 'database',
  pg_subscription: 'subscription',
  pg_user_mapping: 'user mapping',
};

/** In every fingerprint: which objects there are, and whose. */
const always: readonly Catalog[] = ['pg_class', 'pg_namespace', 'pg_depend', 'pg_extension'];

/** Read otherwise: by what stands in them, or with more. */
const apart: readonly Catalog[] = ['pg_class', 'pg_authid', 'pg_depend'];

/** Catalogs that a major lacks. */
const since: Partial<Record<Catalog, number>> = { pg_publication_namespace: 15 };

/** What a sum is taken of: one row of (n, s). */
const sumOf = (columns: string, from: string): string =>
  `SELECT count(*) AS n, sum(hash_record_extended(ROW(${columns}), 0)) AS s FROM ${from}`;

/**
 * Rows by who wrote them and where they lie. Branches that are a table each, with all conditions around them, are planned
 * as one scan; a condition in one of them would make it a query of its own.
 */
const placed = (branches: readonly string[], around: string): string =>
  sumOf('x.part, x.writer, x.place', `(${branches.join(' UNION ALL ')}) AS x ${around}`);

const branch = (catalog: Catalog, whose: string, { part, counts }: Branch): string =>
  `SELECT ${part ?? `${numberOf(catalog)}::bigint`} AS part, ${whose} AS whose, ${counts ?? 'true'} AS counts, xmin AS writer, ctid AS place FROM ${catalog}`;

interface Branch {
  /** Where more than the catalog counts of a row: a number, as an expression. */
  readonly part: string | undefined;
  readonly counts: string | undefined;
}

/** A catalog is told by a number, which takes less time to hash than its name. */
const numbered = [...new Set<Catalog>(Object.values(table).flatMap(({ livesIn }) => livesIn))].sort();
const numberOf = (catalog: Catalog): number => numbered.indexOf(catalog);

/** The names of a policy's roles stand in its description. */
const rolesOfPolicy = `hashtextextended(polroles::regrole[]::text, ${numberOf('pg_policy')})`;

/** Another number each time where the extension is there that was not reckoned with. */
const withoutTimescale = `CASE WHEN extname = 'timescaledb' THEN (extract(epoch FROM now()) * 1000000)::bigint ELSE ${numberOf('pg_extension')} END`;

/** TRUNCATE, REFRESH, REINDEX and VACUUM FULL write a row of pg_class and change no definition. */
const relationColumns = `c.oid, c.relname, c.relnamespace, c.reloftype, c.relam, c.reltablespace, c.relpersistence, c.relkind, c.relrowsecurity,
      c.relforcerowsecurity, c.relispopulated, c.relreplident, c.relispartition, c.reloptions, c.relpartbound::text`;
/** What holds the long values of its rows is another one after that. */
const toastOptions = '(SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid)';
const rightsColumns = `c.relowner, coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner))::text`;

/** What is asked for. */
interface Asked {
  readonly catalogs: ReadonlySet<Catalog>;
  readonly withRights: boolean;
  readonly withOptions: boolean;
  readonly timescale: boolean;
}

/**
 * The relations that count, each with its own sum: all but those of sessions, what holds long values of others, what the
 * server's own catalogs are made of, and chunks, which come and go with the rows.
 */
function relations({ withRights, withOptions, timescale }: Asked): string {
  const columns = [
    relationColumns,
    ...(withOptions ? [toastOptions] : []),
    ...(withRights ? [rightsColumns] : []),
  ];
  const from = `SELECT c.oid, hash_record_extended(ROW(${columns.join(', ')}), 0) AS s FROM pg_class c`;
  const where = `WHERE c.relpersistence <> 't' AND c.relnamespace <> 'pg_toast'::regnamespace AND (c.oid >= 16384 OR c.relnamespace <> 'pg_catalog'::regnamespace)`;
  return timescale
    ? `chunk AS MATERIALIZED (SELECT unnest(${keptChunks}) AS oid),
  rel AS MATERIALIZED (${from} LEFT JOIN pg_index i ON i.indexrelid = c.oid
     ${where} AND coalesce(i.indrelid, c.oid) NOT IN (SELECT k.oid FROM chunk k))`
    : `rel AS MATERIALIZED (${from} ${where})`;
}

/** Roles that something of this database names, and the one that initdb makes, by which nothing is kept. */
const roles = sumOf(
  'a.oid, a.rolname',
  `pg_roles a WHERE a.oid = 10 OR a.oid IN (SELECT s.refobjid FROM pg_shdepend s
     WHERE s.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) AND s.refclassid = 'pg_authid'::regclass)`,
);

/** A function that an extension made, or was given. */
const isFunction = `d.deptype = 'e' AND d.classid = 'pg_proc'::regclass AND d.objid >= 16384`;
const ofExtensions = `pg_depend d WHERE d.refclassid = 'pg_extension'::regclass`;

/**
 * What belongs to an extension, and what goes with one, which is told nowhere else; and the functions that an extension does
 * not describe, because a stranger owns them: others where a role is, or is no longer, a superuser. Those are a text, which
 * is planned only where extensions have functions.
 */
const membership = `SELECT count(*) AS n, concat(sum(hash_record_extended(ROW(d.xmin, d.ctid), 0)), CASE WHEN bool_or(${isFunction}) THEN query_to_xml(${literal(
  `SELECT p.oid FROM pg_proc p WHERE p.oid IN (SELECT d.objid FROM ${ofExtensions} AND ${isFunction}) AND p.proowner IN (${strangers}) ORDER BY p.oid`,
)}, true, false, '')::text END) AS s FROM ${ofExtensions}`;

/** What the snapshot has of a kind. */
const readOf = (kind: Kind): readonly string[] =>
  readers
    .filter(({ kinds }) => kinds.includes(kind))
    .map(({ sql }) =>
      sumOf('f.kind, f.name, f.text, f.facets', `(${sql}) AS f(kind, name, parent, text, facets)`),
    );

/** The number of those that initdb's first rows are of: nothing else is, and none of them is ever dropped. */
const written = `x.writer <> '1'`;

/** Not of what a session has made for itself. */
const lasting = '(x.whose = 0 OR x.whose <> pg_my_temp_schema() AND NOT pg_is_other_temp_schema(x.whose))';

function sums(asked: Asked): readonly string[] {
  const { catalogs, withRights, timescale } = asked;
  const counts = countsOfRelations(asked);
  const byPlace = [...catalogs].filter(
    (catalog) => !apart.includes(catalog) && asRead[catalog] === undefined,
  );
  const inRelations = byPlace.flatMap((catalog) => {
    const relation = ofRelations[catalog];
    const part = catalog === 'pg_policy' ? rolesOfPolicy : undefined;
    return relation === undefined ? [] : [branch(catalog, relation, { part, counts: counts[catalog] })];
  });
  const alone = byPlace.flatMap((catalog) => {
    const part = catalog === 'pg_extension' && !timescale ? withoutTimescale : undefined;
    return ofRelations[catalog] === undefined || countsAlone[catalog] !== undefined
      ? [branch(catalog, inSchemas[catalog] ?? '0::oid', { part, counts: countsAlone[catalog] })]
      : [];
  });
  const read = new Set([...catalogs].flatMap((catalog) => asRead[catalog] ?? []));
  return [
    'SELECT count(*) AS n, sum(r.s) AS s FROM rel r',
    ...(inRelations.length > 0 ? [placed(inRelations, 'JOIN rel r ON r.oid = x.whose WHERE x.counts')] : []),
    placed(alone, `WHERE ${written} AND x.counts AND ${lasting}`),
    membership,
    ...(withRights ? [roles] : []),
    ...[...read].flatMap(readOf),
    ...(timescale ? [`SELECT 1 AS n, ${keptIntent} AS s`] : []),
  ];
}

/**
 * The query for the fingerprint of a schema: one row with one text. While it is the same, the snapshot has the same of
 * these kinds. It is to be run with pg_catalog as the search_path, as `snapshotQuery`, and before that in the same
 * REPEATABLE READ, READ ONLY transaction, so that a change meanwhile makes it one of before.
 *
 * @param kinds whose definitions it covers.
 * @param major of the server.
 * @param timescale whether the extension is reckoned with; where it is there and is not, no two fingerprints are the same.
 */
export function fingerprintQuery(kinds: ReadonlySet<Kind>, major: number, timescale: boolean): string {
  const wanted = new Set(always);
  for (const kind of kinds) for (const catalog of table[kind].livesIn) wanted.add(catalog);
  const asked: Asked = {
    catalogs: new Set([...wanted].sort().filter((catalog) => (since[catalog] ?? 0) <= major)),
    withRights: [...kinds].some((kind) => traitsOf(kind).isRight),
    withOptions: kinds.has('options'),
    timescale,
  };
  const parts = sums(asked);
  return `WITH ${relations(asked)}${asked.catalogs.has('pg_user_mapping') ? `,\n  ${members}` : ''}
SELECT concat_ws(' ', current_setting('server_version_num'),
    ${parts.map((_, at) => `p${at}.n || ':' || coalesce(p${at}.s::text, '')`).join(', ')}) AS fingerprint
  FROM ${parts.map((sql, at) => `(${sql}) AS p${at}`).join(',\n    ')}`;
}
