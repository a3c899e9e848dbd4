/** What a database holds beside the ledger: `kind name` -> definition, and the rows of `public.trace`. */
export interface Contents {
  readonly objects: ReadonlyMap<string, string>;
  readonly traces: readonly string[];
}

/** A statement of the model's migrations. Each is small enough for its effect to be known without a server. */
export type Statement =
  | {
      readonly does: 'create table';
      readonly table: string;
      readonly columns: readonly (readonly [string, string])[];
    }
  | {
      readonly does: 'add column';
      readonly table: string;
      readonly column: string;
      readonly definition: string;
    }
  | {
      readonly does: 'set default';
      readonly table: string;
      readonly column: string;
      readonly value: string | null;
    }
  | {
      readonly does: 'create index';
      readonly index: string;
      readonly table: string;
      readonly columns: readonly string[];
      readonly isUnique: boolean;
      readonly isConcurrent: boolean;
    }
  | { readonly does: 'drop'; readonly object: string; readonly isConcurrent?: boolean }
  | { readonly does: 'write'; readonly step: string }
  | { readonly does: 'erase'; readonly prefix: string }
  | { readonly does: 'write, commit, write'; readonly steps: readonly [string, string] }
  | { readonly does: 'fail' };

export const nothing: Contents = { objects: new Map(), traces: [] };

/** The definition of a text column with a default. */
export const textOf = (value: string | null): string =>
  value === null ? 'text' : `text default '${value}'::text`;

/** The key of every table. */
export const keyColumn = 'integer not null';

/** What an index is, as the oracle says it too. */
export const indexOn = (
  table: string,
  columns: readonly string[],
  isUnique: boolean,
  isValid = true,
): string => `${isUnique ? 'unique ' : ''}on ${table} (${columns.join(', ')})${isValid ? '' : ' invalid'}`;

/** A statement as SQL, without the semicolon. */
export function sqlOf(statement: Statement): string {
  switch (statement.does) {
    case 'create table':
      return `CREATE TABLE public.${statement.table} (${statement.columns
        .map(
          ([column, definition]) =>
            `${column} ${definition === keyColumn ? 'integer PRIMARY KEY' : definition}`,
        )
        .join(', ')})`;
    case 'add column':
      return `ALTER TABLE public.${statement.table} ADD COLUMN ${statement.column} ${statement.definition}`;
    case 'set default':
      return `ALTER TABLE public.${statement.table} ALTER COLUMN ${statement.column} ${statement.value === null ? 'DROP DEFAULT' : `SET DEFAULT '${statement.value}'`}`;
    case 'create index': {
      const { index, table, columns, isUnique, isConcurrent } = statement;
      return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${isConcurrent ? 'CONCURRENTLY ' : ''}${index} ON public.${table} (${columns.join(', ')})`;
    }
    case 'drop': {
      const [kind = '', name = ''] = statement.object.split(' ');
      if (kind === 'table') return `DROP TABLE public.${name}`;
      if (kind === 'index')
        return `DROP INDEX ${statement.isConcurrent ? 'CONCURRENTLY ' : ''}public.${name}`;
      const [table = '', column = ''] = name.split('.');
      return `ALTER TABLE public.${table} DROP COLUMN ${column}`;
    }
    case 'write':
      return `INSERT INTO public.trace VALUES ('${statement.step}')`;
    case 'erase':
      return `DELETE FROM public.trace WHERE step LIKE '${statement.prefix}%'`;
    case 'write, commit, write': {
      const [first, second] = statement.steps;
      return `DO $$ BEGIN INSERT INTO public.trace VALUES ('${first}'); COMMIT; INSERT INTO public.trace VALUES ('${second}'); END $$`;
    }
    case 'fail':
      return 'SELECT 1 / 0';
  }
}

/** What a database holds after a statement; null where the server refuses it. */
export function after(statement: Statement, { objects, traces }: Contents): Contents | null {
  const has = (kind: string, name: string): boolean => objects.has(`${kind} ${name}`);
  const isTaken = (relation: string): boolean => has('table', relation) || has('index', relation);
  const put = (...entries: [string, string][]): Contents => ({
    objects: new Map([...objects, ...entries]),
    traces,
  });
  switch (statement.does) {
    case 'create table':
      if (isTaken(statement.table)) return null;
      return put(
        [`table ${statement.table}`, ''],
        ...statement.columns.map(([column, definition]): [string, string] => [
          `column ${statement.table}.${column}`,
          definition,
        ]),
      );
    case 'add column': {
      const { table, column, definition } = statement;
      if (!has('table', table) || has('column', `${table}.${column}`)) return null;
      return put([`column ${table}.${column}`, definition]);
    }
    case 'set default': {
      const { table, column, value } = statement;
      return has('column', `${table}.${column}`) ? put([`column ${table}.${column}`, textOf(value)]) : null;
    }
    case 'create index': {
      const { index, table, columns, isUnique } = statement;
      if (isTaken(index) || !columns.every((column) => has('column', `${table}.${column}`))) return null;
      if (isUnique && new Set(traces).size < traces.length) return null;
      return put([`index ${index}`, indexOn(table, columns, isUnique)]);
    }
    case 'drop': {
      if (!objects.has(statement.object)) return null;
      const [kind = '', name = ''] = statement.object.split(' ');
      const goes = (object: string, definition: string): boolean =>
        object === statement.object ||
        (kind === 'table' &&
          (object.startsWith(`column ${name}.`) ||
            (object.startsWith('index ') && definition.includes(`on ${name} `))));
      return {
        objects: new Map([...objects].filter(([object, definition]) => !goes(object, definition))),
        traces: statement.object === 'table trace' ? [] : traces,
      };
    }
    case 'write':
      return has('table', 'trace') ? { objects, traces: [...traces, statement.step] } : null;
    case 'erase':
      return has('table', 'trace')
        ? { objects, traces: traces.filter((step) => !step.startsWith(statement.prefix)) }
        : null;
    case 'write, commit, write':
      return has('table', 'trace') ? { objects, traces: [...traces, ...statement.steps] } : null;
    case 'fail':
      return null;
  }
}

/** What a database holds after statements in one transaction; null where the server refuses one of them. */
export const afterAll = (statements: readonly Statement[], contents: Contents): Contents | null =>
  statements.reduce<Contents | null>((held, statement) => held && after(statement, held), contents);
