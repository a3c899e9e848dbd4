import { afterAll, type Contents, keyColumn, nothing, type Statement, sqlOf, textOf } from './contents.ts';

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
}

export interface Baseline {
  readonly version: string;
  readonly text: string;
  /** Equal for two baselines that differ in comments only. */
  readonly meaning: string;
  readonly makes: Contents;
}

/** What the lock says that a migration makes of the schema. */
export interface Delta {
  readonly added: ReadonlyMap<string, string>;
  readonly changed: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

export interface Lock {
  readonly baseline: {
    readonly version: string | null;
    readonly text: string | null;
    readonly objects: ReadonlyMap<string, string>;
  };
  readonly migrations: ReadonlyMap<
    string,
    { readonly text: string; readonly down: string | null; readonly delta: Delta }
  >;
  readonly superseded: readonly string[];
  /** The two files as `check --write` or `squash` wrote them. */
  readonly written: { readonly lock: string; readonly snapshot: string };
}

/** All files that an image carries. */
export interface Image {
  readonly baseline: Baseline | null;
  /** In the order of their versions. */
  readonly files: readonly File[];
  readonly lock: Lock | null;
}

/** The version of a minute and a second of the model's only day. */
export function versionAt(minute: number, second = 0): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `20250101${two(Math.floor(minute / 60))}${two(minute % 60)}${two(second)}`;
}

const isOutside = ({ kind }: File): boolean => ['index', 'block', 'fail index'].includes(kind);

/** Whether a file runs in a transaction. */
export const isTransactional = (file: File): boolean => !isOutside(file);

/** The tables that all others lean on. Two rows alike make every unique index on them fail. */
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

const script = (head: readonly string[], statements: readonly Statement[]): string =>
  [...head, ...statements.map((statement) => `${sqlOf(statement)};`), ''].join('\n');

/** The text of a file. */
export function textOfFile(file: File): string {
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

/** The baseline that projects of the model begin with. */
export function firstBaseline(version: string): Baseline {
  const statements: Statement[] = [...firstStatements, { does: 'write', step: `${version}.0` }];
  const makes = afterAll(statements, nothing);
  if (makes === null) throw new Error('the first baseline fails');
  return {
    version,
    text: script([`-- slipway: version ${version}`], statements),
    meaning: `${version} first`,
    makes,
  };
}

/** Every file of an image: path -> content. */
export function render({ baseline, files, lock }: Image): Map<string, string> {
  const entries: [string, string][] = files.flatMap((file) => {
    const stem = `migrations/${file.isSuperseded ? 'superseded/' : ''}${file.version}_step`;
    const down = textOfDown(file);
    return [
      [`${stem}.sql`, textOfFile(file)],
      ...(down === null ? [] : [[`${stem}.down.sql`, down] as [string, string]]),
    ] as [string, string][];
  });
  return new Map([
    ...entries,
    ...(baseline ? [['sql/baseline.sql', baseline.text] as const] : []),
    ...(lock
      ? ([
          ['sql/schema.lock.json', lock.written.lock],
          ['sql/schema.snapshot.json', lock.written.snapshot],
        ] as const)
      : []),
  ]);
}

/** The newest version of an image; null where it carries nothing. */
export const headOf = ({ baseline, files }: Image): string | null =>
  [...(baseline ? [baseline.version] : []), ...files.map(({ version }) => version)].sort().at(-1) ?? null;

/** The files that come after the baseline. */
export const filesAbove = ({ baseline, files }: Image): readonly File[] =>
  files.filter(({ version }) => baseline === null || version > baseline.version);

/** The files, with one more, or another one in the place of that version. */
export const withFile = (image: Image, file: File): Image => ({
  ...image,
  files: [...image.files.filter(({ version }) => version !== file.version), file].sort((a, b) =>
    a.version < b.version ? -1 : 1,
  ),
});

export const withoutFile = (image: Image, version: string): Image => ({
  ...image,
  files: image.files.filter((file) => file.version !== version),
});
