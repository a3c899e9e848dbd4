import { inDependencyOrder } from './order.ts';
import type { ReadTable } from './read.ts';
import type { SequenceState } from './sequences.ts';
import { columnName, type RowColumn, type RowTable } from './tables.ts';

/** How rows are written. */
export interface RowOptions {
  /** Whether a column, by its full name, is left to its default. */
  readonly isLeftOut: (column: string) => boolean;
}

/** So many rows stand in one statement at most. */
const mostRows = 500;

/**
 * Writes rows as INSERT statements, without their final semicolon: tables after those that their foreign keys point
 * to. What would act on the rows as they come is off meanwhile, since they are already what it made of them.
 */
export function writeRows(tables: readonly ReadTable[], options: RowOptions): string[] {
  const filled = tables.filter(({ rows }) => rows.length > 0);
  const byName = new Map(filled.map((read) => [read.table.name, read]));
  const groups = inDependencyOrder([...byName.keys()], (name) => byName.get(name)?.table.references ?? []);
  const reads = (names: readonly string[]): ReadTable[] => names.flatMap((name) => byName.get(name) ?? []);
  const hooked = filled.map(({ table }) => table).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    ...hooked.flatMap(switchOff),
    ...groups.flatMap((names) => insertGroup(reads(names), options)),
    ...(filled.some(({ table }) => table.isDeferred) ? ['SET CONSTRAINTS ALL IMMEDIATE'] : []),
    ...hooked.flatMap(switchOn),
  ];
}

const switchOff = ({ name, hooks, isForced }: RowTable): string[] => [
  ...(isForced ? [`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`] : []),
  ...hooks.map((hook) => `ALTER TABLE ${name} DISABLE ${hook.kind} ${hook.name}`),
];

const switchOn = ({ name, hooks, isForced }: RowTable): string[] => [
  ...hooks.map((hook) => `ALTER TABLE ${name} ${hook.enable} ${hook.kind} ${hook.name}`),
  ...(isForced ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`] : []),
];

/** Tables that point to each other are filled by one statement: a foreign key is inspected when it ends. */
function insertGroup(group: readonly ReadTable[], options: RowOptions): string[] {
  const [only, ...more] = group;
  if (!only) return [];
  if (more.length === 0) return inserts(only, options);
  const all = group.map((read) => inserts(read, options, Number.POSITIVE_INFINITY)[0] ?? '');
  const named = all.slice(0, -1).map((insert, n) => `part_${n + 1} AS (\n${insert}\n)`);
  return [`WITH ${named.join(', ')}\n${all.at(-1)}`];
}

function inserts({ table, rows }: ReadTable, { isLeftOut }: RowOptions, most = mostRows): string[] {
  const bundled = [...table.columns.entries()].filter(
    ([, column]) => !column.isGenerated && !isLeftOut(columnName(table, column)),
  );
  if (bundled.length === 0) return rows.map(() => `INSERT INTO ${table.name} DEFAULT VALUES`);
  const names = bundled.map(([, { name }]) => name).join(', ');
  const isForced = bundled.some(([, { identity }]) => identity === 'always');
  const head = `INSERT INTO ${table.name} (${names})${isForced ? ' OVERRIDING SYSTEM VALUE' : ''} VALUES`;
  const lines = rows.map(
    ({ values }) => `  (${bundled.map(([n, column]) => valueText(values[n] ?? null, column)).join(', ')})`,
  );
  const size = table.references.includes(table.name) ? Number.POSITIVE_INFINITY : most;
  const statements: string[] = [];
  for (let at = 0; at < lines.length; at += size) {
    statements.push(`${head}\n${lines.slice(at, at + size).join(',\n')}`);
  }
  return statements;
}

/** A value as SQL. */
export function valueText(value: string | null, { style }: Pick<RowColumn, 'style'>): string {
  if (value === null) return 'NULL';
  if (style === 'boolean') return value === 't' ? 'true' : 'false';
  if (style === 'number' && /^-?\d+(?:\.\d+)?$/.test(value)) return value;
  // A file's line ends are made LF when it is read, and other control characters are not seen.
  if (!/[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]/.test(value))
    return `'${value.replaceAll("'", "''")}'`;
  const escaped = value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(/[\x00-\x1f\x7f\x85\u2028\u2029\ufeff]/g, (character) => {
      const code = character.charCodeAt(0);
      return `\\u${code.toString(16).padStart(4, '0')}`;
    });
  return `E'${escaped}'`;
}

/** The statement that makes a sequence go on from where another one stands, without its final semicolon. */
export const setSequence = ({ name, lastValue, isCalled }: SequenceState): string =>
  `SELECT pg_catalog.setval('${name.replaceAll("'", "''")}', ${lastValue}, ${isCalled})`;
