import { keyColumn, type Statement, sqlOf, textOf } from './contents.ts';

/** What a migration of the model does. */
export type Kind =
  | 'start'
  | 'table'
  | 'alter'
  | 'default'
  | 'data'
  | 'index'
  | 'block'
  | 'fail'
  | 'fail index';

/** A migration file. */
export interface File {
  readonly version: string;
  readonly kind: Kind;
  /** Another number is another statement. */
  readonly form: number;
  /** Another number is another comment. */
  readonly remark: number;
  readonly isIrreversible: boolean;
  /** Whether it lies in `migrations/superseded/`. */
  readonly isSuperseded: boolean;
  /** Its text by the lock's word, where nothing else of it is known. */
  readonly locked?: string;
}

/** The version of a minute and a second of the model's only day. */
export function versionAt(minute: number, second = 0): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `20250101${two(Math.floor(minute / 60))}${two(minute % 60)}${two(second)}`;
}

const isOutside = ({ kind }: File): boolean => ['index', 'block', 'fail index'].includes(kind);

/** Whether a file runs in a transaction. */
export const isTransactional = (file: File): boolean => !isOutside(file);

/** The tables that all others depend on. Two rows alike make every unique index on them fail. */
export const firstStatements: readonly Statement[] = [
  { does: 'create table', table: 'trace', columns: [['step', 'text']] },
  {
    does: 'create table',
    table: 'base',
    columns: [
      ['id', keyColumn],
      ['note', 'text'],
      ['kind', 'text'],
    ],
  },
  { does: 'write', step: 'twice' },
  { does: 'write', step: 'twice' },
];

/** What a file does, in order. */
export function statementsOf({ version, kind, form }: File): readonly Statement[] {
  const written: Statement = { does: 'write', step: `${version}.${form}` };
  const table: Statement = {
    does: 'create table',
    table: `t_${version}`,
    columns: [
      ['id', keyColumn],
      ['note', textOf(`form ${form}`)],
    ],
  };
  switch (kind) {
    case 'start':
      return [...firstStatements, table, written];
    case 'table':
      return [table, written];
    case 'alter':
      return [
        {
          does: 'add column',
          table: 'base',
          column: `a_${version}`,
          definition: textOf(`form ${form}`),
        },
        written,
      ];
    case 'default':
      return [{ does: 'set default', table: 'base', column: 'note', value: `${version}.${form}` }, written];
    case 'data':
      return [written];
    case 'index':
    case 'fail index':
      return [
        {
          does: 'create index',
          index: `i_${version}`,
          table: kind === 'index' ? 'base' : 'trace',
          columns: kind === 'index' ? (form % 2 === 0 ? ['id', 'kind'] : ['kind']) : ['step'],
          isUnique: kind === 'fail index',
          isConcurrent: true,
        },
      ];
    case 'block':
      return [{ does: 'write, commit, write', steps: [`${version}.${form}.a`, `${version}.${form}.b`] }];
    case 'fail':
      return [table, written, { does: 'fail' }];
  }
}

/** What its down file does; null where it has none. */
export function undoingOf({ version, kind, form, isIrreversible }: File): readonly Statement[] | null {
  if (isIrreversible) return null;
  const erased: Statement = { does: 'erase', prefix: `${version}.` };
  switch (kind) {
    case 'table':
      return [{ does: 'drop', object: `table t_${version}` }, erased];
    case 'alter':
      return [{ does: 'drop', object: `column base.a_${version}` }, erased];
    case 'data':
      return [erased];
    case 'index':
      return [{ does: 'drop', object: `index i_${version}`, isConcurrent: form % 2 === 1 }];
    default:
      return null;
  }
}

/** A file's text: comment lines, then statements. */
export const script = (head: readonly string[], statements: readonly Statement[]): string =>
  [...head, ...statements.map((statement) => `${sqlOf(statement)};`), ''].join('\n');

/** The text of a file. */
export function textOfFile(file: File): string {
  if (file.locked !== undefined) return file.locked;
  return script(
    [
      ...(isOutside(file) ? ['-- slipway: no-transaction'] : []),
      ...(file.isIrreversible ? ['-- slipway: irreversible'] : []),
      ...(file.remark > 0 ? [`-- remark ${file.remark}`] : []),
    ],
    statementsOf(file),
  );
}

/** The text of its down file; null where it has none. */
export function textOfDown(file: File): string | null {
  const statements = undoingOf(file);
  if (statements === null) return null;
  const isAlone = statements.some((statement) => statement.does === 'drop' && statement.isConcurrent);
  return script(isAlone ? ['-- slipway: no-transaction'] : [], statements);
}

/** Equal for two states of a file that differ in comments only. */
export const meaningOf = ({ version, kind, form, isIrreversible }: File): string =>
  [version, kind, form, isIrreversible].join(' ');
