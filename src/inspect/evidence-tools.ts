import type { CopiedRow } from '../postgres/copy-table.ts';

/** Another migration tool, by the table in which it keeps its history. */
export interface Tool {
  readonly name: string;
  readonly table: string;
  /** Column -> its type, null for any: what tells the table from another of that name. */
  readonly columns: Readonly<Record<string, RegExp | null>>;
  /** Names a row's version. */
  readonly version: (row: CopiedRow) => string | null | undefined;
  /** The column that the rows are ordered by. */
  readonly order: string;
  /** Whether a row did not come to an end. */
  readonly unfinished?: (row: CopiedRow) => boolean;
  readonly companions?: readonly string[];
  /** Whether it is another tool's table where none of the companions stands beside it. */
  readonly isToldByCompanion?: boolean;
}

/** Whole, since a schema may be called text: the cast of a type in it would be a user's code. */
const text = /^(?:character varying(?:\(\d+\))?|text)$/;

/** The tables as the tools make them. */
export const tools: readonly Tool[] = [
  {
    name: 'Alembic',
    table: 'alembic_version',
    columns: { version_num: text },
    version: (row) => row.version_num,
    order: 'version_num',
  },
  {
    name: 'Flyway',
    table: 'flyway_schema_history',
    columns: { installed_rank: null, version: text, description: text, success: /^boolean$/ },
    version: ({ version, description }) => version ?? `repeatable: ${description}`,
    order: 'installed_rank',
    unfinished: ({ success }) => success !== 't',
  },
  {
    name: 'Prisma',
    table: '_prisma_migrations',
    columns: { migration_name: text, started_at: null, finished_at: null, rolled_back_at: null },
    version: (row) => row.migration_name,
    order: 'started_at',
    unfinished: ({ finished_at: finished, rolled_back_at: undone }) => finished === null || undone !== null,
  },
  {
    name: 'golang-migrate',
    table: 'schema_migrations',
    columns: { version: /^bigint$/, dirty: /^boolean$/ },
    version: (row) => row.version,
    order: 'version',
    unfinished: ({ dirty }) => dirty === 't',
  },
  {
    name: 'Rails',
    table: 'schema_migrations',
    columns: { version: text },
    version: (row) => row.version,
    order: 'version',
    companions: ['ar_internal_metadata'],
    isToldByCompanion: true,
  },
  {
    name: 'dbmate',
    table: 'schema_migrations',
    columns: { version: text },
    version: (row) => row.version,
    order: 'version',
  },
  {
    name: 'goose',
    table: 'goose_db_version',
    columns: { id: null, version_id: /^bigint$/, is_applied: /^boolean$/ },
    version: (row) => row.version_id,
    order: 'id',
  },
  {
    name: 'knex',
    table: 'knex_migrations',
    columns: { id: null, name: text, batch: null },
    version: (row) => row.name,
    order: 'id',
    companions: ['knex_migrations_lock'],
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
  },
];

/** A relation that has the name of a version table. */
export interface Candidate {
  readonly schema: string;
  readonly name: string;
  /** Column -> type, as `format_type` prints it. */
  readonly columns: Readonly<Record<string, string>>;
  /** Which of the tools' companions stand in the same schema. */
  readonly siblings: readonly string[];
}

/** Which tool's it is, by its name and columns; null: none that is known. */
export const toolOf = ({ name, columns, siblings }: Omit<Candidate, 'schema'>): Tool | null =>
  tools.find(
    (tool) =>
      tool.table === name &&
      (!tool.isToldByCompanion || tool.companions?.some((companion) => siblings.includes(companion))) &&
      Object.entries(tool.columns).every(
        ([column, type]) => columns[column] !== undefined && (type === null || type.test(columns[column])),
      ),
  ) ?? null;
