import type { CopiedRow } from '../postgres/copy-table.ts';
import { appliedUncommitted, heldLock, lastDeployFailed, type ProblemOf } from './also-read.ts';

/**
 * What a row of a version table says of its version: it was applied; it failed or never came to an end; or it does not
 * count as applied, and neither does an older row of the same version: undone, resolved as rolled back, deleted.
 */
export type RowState = 'applied' | 'unfinished' | 'undone';

/** Another migration tool, by the table in which it keeps its history. */
export interface Tool {
  readonly name: string;
  readonly table: string;
  /** Column -> its type, null for any: what tells the table from another of that name. */
  readonly columns: Readonly<Record<string, RegExp | null>>;
  /** Whether it has these columns and no other. */
  readonly isExact?: true;
  /** Columns that are read where they are there. */
  readonly newer?: readonly string[];
  /** What else tells it from a tool whose table has the same name and columns: one of these. */
  readonly told?: {
    /** One of its companions stands beside it. */
    readonly byCompanion?: true;
    /** It has a column of this name. */
    readonly byColumn?: string;
    /** It stands in the schema of this name. */
    readonly bySchema?: string;
  };
  /** Whether the table's name says nothing without its columns. */
  readonly isCommonName?: true;
  /** Names a row's version. */
  readonly version: (row: CopiedRow) => string | null | undefined;
  /** The column that the rows are ordered by. */
  readonly order: string;
  /** What a row says of its version; `applied` of each without it. */
  readonly state?: (row: CopiedRow) => RowState;
  /** Whether the database is at the highest version, in parts by dots, and not at the one that was applied last. */
  readonly isHighest?: true;
  /** Whether a row is of no version. */
  readonly isBeside?: (row: CopiedRow) => boolean;
  /** Whether more than one row is wrong. */
  readonly isOneRow?: true;
  /** Whether the newest row is no version of the database: several histories stand in one table. */
  readonly isSeveral?: true;
  /** Further tables of it in the same schema: name -> columns that they have. */
  readonly companions?: Readonly<Record<string, readonly string[]>>;
  /** The one of the companions that is read as well, for what is wrong beside the versions. */
  readonly alsoRead?: { readonly table: string; readonly problemOf: ProblemOf };
  /** How its history is put right with the tool itself. */
  readonly mend?: string;
  /** Why no SQL that removes the table is shown: it may be another program's, or is to stay. */
  readonly keep?: string;
}

/** Whole, since a schema may be called text: the cast of a type in it would be a user's code. */
const text = /^(?:character varying(?:\(\d+\))?|text)$/;
const bigint = /^bigint$/;
const integer = /^(?:integer|bigint)$/;
const boolean = /^boolean$/;

const sameTable =
  'other programs make the same table (pop, Supabase Auth): find out whose it is before you remove it';

/** The tables as the tools make them. The first that fits counts. */
export const tools: readonly Tool[] = [
  {
    name: 'Alembic',
    table: 'alembic_version',
    columns: { version_num: text },
    version: (row) => row.version_num,
    order: 'version_num',
    isOneRow: true,
    mend: 'alembic stamp',
  },
  {
    name: 'Flyway',
    table: 'flyway_schema_history',
    columns: { installed_rank: null, version: text, description: text, type: text, success: boolean },
    version: ({ version, description, type }) =>
      version ?? (type === 'SCHEMA' ? description : `repeatable: ${description}`),
    order: 'installed_rank',
    // An undo has a type of its own per kind of file (UNDO_SQL, UNDO_JDBC); `flyway repair` adds a row of the type
    // DELETE for each version whose file is gone.
    state: ({ success, type }) => {
      if (success !== 't') return 'unfinished';
      return type === 'DELETE' || type?.startsWith('UNDO') ? 'undone' : 'applied';
    },
    isBeside: ({ version }) => version === null,
    // As `flyway info` says it: a version applied out of order is none that the database is at.
    isHighest: true,
    mend: 'flyway repair',
  },
  {
    name: 'Liquibase',
    table: 'databasechangelog',
    columns: { id: text, author: text, filename: text, orderexecuted: integer, exectype: text },
    newer: ['tag'],
    version: ({ id, author, tag }) => `${author}:${id}${tag ? ` (tag ${tag})` : ''}`,
    order: 'orderexecuted',
    state: ({ exectype }) => (exectype === 'FAILED' ? 'unfinished' : 'applied'),
    companions: { databasechangeloglock: ['id', 'locked', 'lockgranted', 'lockedby'] },
    alsoRead: { table: 'databasechangeloglock', problemOf: heldLock('locked', 't') },
    mend: 'liquibase release-locks',
  },
  {
    name: 'Prisma',
    table: '_prisma_migrations',
    columns: { migration_name: text, started_at: null, finished_at: null, rolled_back_at: null },
    version: (row) => row.migration_name,
    order: 'started_at',
    // `prisma migrate resolve --rolled-back` sets rolled_back_at, and leaves finished_at null.
    state: ({ finished_at: finished, rolled_back_at: rolledBack }) => {
      if (rolledBack !== null) return 'undone';
      return finished === null ? 'unfinished' : 'applied';
    },
    mend: 'prisma migrate resolve',
  },
  {
    name: 'Drizzle',
    table: '__drizzle_migrations',
    columns: { id: integer, hash: text, created_at: bigint },
    newer: ['name'],
    version: ({ name, created_at: createdAt }) => name ?? createdAt,
    order: 'created_at',
  },
  {
    name: 'TypeORM',
    table: 'migrations',
    isCommonName: true,
    columns: { id: integer, timestamp: bigint, name: text },
    isExact: true,
    version: (row) => row.name,
    order: 'id',
    companions: { typeorm_metadata: ['type', 'database', 'schema', 'table', 'name', 'value'] },
  },
  {
    name: 'Laravel',
    table: 'migrations',
    isCommonName: true,
    columns: { id: integer, migration: text, batch: integer },
    isExact: true,
    version: (row) => row.migration,
    order: 'id',
  },
  {
    name: 'graphile-migrate',
    table: 'migrations',
    isCommonName: true,
    columns: { hash: text, previous_hash: text, filename: text, date: null },
    isExact: true,
    version: (row) => row.filename,
    order: 'filename',
    companions: { current: ['filename', 'content', 'date'] },
    alsoRead: { table: 'current', problemOf: appliedUncommitted },
    mend: 'graphile-migrate commit',
  },
  {
    name: 'Atlas',
    table: 'atlas_schema_revisions',
    columns: { version: text, description: text, type: bigint, applied: bigint, total: bigint, error: text },
    version: (row) => row.version,
    order: 'version',
    // `atlas migrate set` adds the bit 4, resolved, and leaves the rest of a failed row as it is.
    state: ({ type, applied, total, error }) => {
      if ((Number(type) & 4) !== 0) return 'applied';
      return (error ?? '') !== '' || Number(applied) < Number(total) ? 'unfinished' : 'applied';
    },
    isBeside: ({ version }) => version?.startsWith('.') === true,
    mend: 'atlas migrate set',
  },
  {
    name: 'Sqitch',
    table: 'changes',
    isCommonName: true,
    columns: { change_id: text, change: text, project: text, committed_at: null, planner_name: text },
    version: ({ project, change }) => `${project}:${change}`,
    order: 'committed_at',
    companions: {
      dependencies: ['change_id', 'dependency', 'dependency_id'],
      events: ['event', 'change_id', 'change', 'project', 'committed_at', 'planner_name'],
      projects: ['project', 'uri', 'creator_email'],
      releases: ['version', 'installer_email'],
      tags: ['tag_id', 'change_id', 'planner_name'],
    },
    alsoRead: { table: 'events', problemOf: lastDeployFailed },
    mend: 'sqitch deploy',
  },
  {
    name: 'sqlx',
    table: '_sqlx_migrations',
    columns: { version: bigint, description: text, success: boolean, checksum: null },
    version: (row) => row.version,
    order: 'version',
    state: ({ success }) => (success === 't' ? 'applied' : 'unfinished'),
  },
  {
    name: 'Diesel',
    table: '__diesel_schema_migrations',
    columns: { version: text, run_on: null },
    version: (row) => row.version,
    order: 'version',
  },
  {
    name: 'Refinery',
    table: 'refinery_schema_history',
    columns: { version: integer, name: text, applied_on: text, checksum: text },
    version: ({ version, name }) => `${version} ${name}`,
    order: 'version',
  },
  {
    name: 'Kysely',
    table: 'kysely_migration',
    columns: { name: text, timestamp: text },
    version: (row) => row.name,
    order: 'name',
    companions: { kysely_migration_lock: ['id', 'is_locked'] },
  },
  {
    name: 'EF Core',
    table: '__EFMigrationsHistory',
    columns: { MigrationId: text, ProductVersion: text },
    version: (row) => row.MigrationId,
    order: 'MigrationId',
  },
  {
    name: 'golang-migrate',
    table: 'schema_migrations',
    columns: { version: bigint, dirty: boolean },
    version: (row) => row.version,
    order: 'version',
    state: ({ dirty }) => (dirty === 't' ? 'unfinished' : 'applied'),
    mend: 'migrate force VERSION',
  },
  {
    name: 'Supabase',
    table: 'schema_migrations',
    columns: { version: text },
    told: { byColumn: 'statements', bySchema: 'supabase_migrations' },
    newer: ['name'],
    version: ({ version, name }) => (name ? `${version}_${name}` : version),
    order: 'version',
    mend: 'supabase migration repair',
    keep: 'it belongs to Supabase: its CLI and its dashboard read it, and would make it anew',
  },
  {
    name: 'Rails',
    table: 'schema_migrations',
    columns: { version: text },
    isExact: true,
    told: { byCompanion: true },
    version: (row) => row.version,
    order: 'version',
    companions: { ar_internal_metadata: ['key', 'value', 'created_at', 'updated_at'] },
  },
  {
    name: 'dbmate',
    table: 'schema_migrations',
    columns: { version: text },
    isExact: true,
    version: (row) => row.version,
    order: 'version',
    keep: sameTable,
  },
  {
    name: 'goose',
    table: 'goose_db_version',
    columns: { id: null, version_id: bigint, is_applied: boolean },
    version: (row) => row.version_id,
    order: 'id',
    state: (row) => (row.is_applied === 't' ? 'applied' : 'undone'),
  },
  {
    name: 'knex',
    table: 'knex_migrations',
    columns: { id: null, name: text, batch: null },
    version: (row) => row.name,
    order: 'id',
    companions: { knex_migrations_lock: ['index', 'is_locked'] },
    alsoRead: { table: 'knex_migrations_lock', problemOf: heldLock('is_locked', '1') },
    mend: 'knex migrate:unlock',
  },
  {
    name: 'Sequelize or umzug',
    table: 'SequelizeMeta',
    columns: { name: text },
    version: (row) => row.name,
    order: 'name',
  },
  {
    name: 'node-pg-migrate',
    table: 'pgmigrations',
    columns: { id: null, name: text, run_on: null },
    version: (row) => row.name,
    order: 'id',
  },
  {
    name: 'Django',
    table: 'django_migrations',
    columns: { id: null, app: text, name: text, applied: null },
    version: ({ app, name }) => `${app}.${name}`,
    order: 'id',
    isSeveral: true,
  },
];

/** Column -> type, as `format_type` prints it. */
type Columns = Readonly<Record<string, string>>;

/** A relation that has the name of a version table. */
export interface Candidate {
  readonly schema: string;
  readonly name: string;
  readonly columns: Columns;
  /** The tables of the same schema that have the name of a companion. */
  readonly siblings: Readonly<Record<string, Columns>>;
}

/** The companions of a tool that stand beside its table, by their columns. */
export const companionsAmong = ({ companions = {} }: Tool, siblings: Candidate['siblings']): string[] =>
  Object.entries(companions).flatMap(([name, columns]) => {
    const there = siblings[name];
    return there && columns.every((column) => Object.hasOwn(there, column)) ? [name] : [];
  });

/** Which tool's it is, by its name and columns; null: none that is known. */
export const toolOf = (candidate: Candidate): Tool | null =>
  tools.find(
    (tool) => tool.table === candidate.name && hasColumns(tool, candidate) && isTold(tool, candidate),
  ) ?? null;

function hasColumns({ columns, isExact }: Tool, { columns: there }: Candidate): boolean {
  const wanted = Object.entries(columns);
  if (isExact && Object.keys(there).length !== wanted.length) return false;
  return wanted.every(([column, type]) => {
    const actual = Object.hasOwn(there, column) ? there[column] : undefined;
    return actual !== undefined && (type === null || type.test(actual));
  });
}

function isTold(tool: Tool, { schema, columns, siblings }: Candidate): boolean {
  if (!tool.told) return true;
  const { byCompanion, byColumn, bySchema } = tool.told;
  return (
    (byCompanion === true && companionsAmong(tool, siblings).length > 0) ||
    (byColumn !== undefined && Object.hasOwn(columns, byColumn)) ||
    (bySchema !== undefined && schema === bySchema)
  );
}
