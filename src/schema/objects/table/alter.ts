import {
  type Alteration,
  type AlterContext,
  type AlterStep,
  manual,
  type ObjectChange,
  recreate,
  step,
} from '../common/alteration.ts';
import { clausesOf, insideBrackets, splitOuter } from '../common/clauses.ts';
import { alterOptionList } from '../common/foreign-options.ts';
import { type Warning, warning } from '../common/warnings.ts';

const keywords = [
  'unlogged',
  'foreign',
  'table',
  'of',
  'partition by',
  'partition of',
  'inherits',
  'FOR VALUES',
  'DEFAULT',
  'row level security',
  'forced',
  'server',
] as const;

/** A table's description in its parts. */
export interface TableParts {
  readonly isUnlogged: boolean;
  readonly isForeign: boolean;
  /** The composite type of a typed table. */
  readonly of: string | null;
  readonly partitionBy: string | null;
  /** The partitioned table, and the bounds as ATTACH takes them. */
  readonly partitionOf: { readonly parent: string; readonly bounds: string } | null;
  readonly inherits: readonly string[];
  readonly hasRowSecurity: boolean;
  readonly isForced: boolean;
  readonly server: string | null;
  readonly serverOptions: string | undefined;
}

/** Reads what the snapshot says of a table. */
export function parseTable(text: string): TableParts {
  const found = clausesOf(text, keywords);
  const server = clausesOf(`server ${found.server ?? ''}`, ['server', 'options'] as const);
  return {
    isUnlogged: found.unlogged !== undefined,
    isForeign: found.foreign !== undefined,
    of: found.of ?? null,
    partitionBy: found['partition by'] ?? null,
    partitionOf:
      found['partition of'] === undefined
        ? null
        : {
            parent: found['partition of'],
            bounds: found['FOR VALUES'] === undefined ? 'DEFAULT' : `FOR VALUES ${found['FOR VALUES']}`,
          },
    inherits: splitOuter(found.inherits ?? ''),
    hasRowSecurity: found['row level security'] !== undefined,
    isForced: found.forced !== undefined,
    server: found.server === undefined ? null : (server.server ?? null),
    serverOptions: server.options === undefined ? undefined : insideBrackets(server.options),
  };
}

/** The tables that a table takes columns from: what it is a partition of, or inherits. */
export const parentsOf = (text: string | undefined): readonly string[] => {
  if (text === undefined) return [];
  const { partitionOf, inherits } = parseTable(text);
  return partitionOf === null ? inherits : [partitionOf.parent];
};

/** `ALTER TABLE`, as it is said of this table. */
export const alterVerb = (text: string | undefined): string =>
  text !== undefined && parseTable(text).isForeign ? 'ALTER FOREIGN TABLE' : 'ALTER TABLE';

const row = (isOn: boolean, word: string, otherwise: string): string =>
  `${isOn ? word : otherwise} ROW LEVEL SECURITY`;

/** A table's own properties; what it is made of stands for itself. */
export function alterTable({ name, before, after }: ObjectChange, { purpose }: AlterContext): Alteration {
  const was = parseTable(before.text);
  const is = parseTable(after.text);
  const alter = (change: string, ...warnings: readonly Warning[]): AlterStep =>
    step(`${is.isForeign ? 'ALTER FOREIGN TABLE' : 'ALTER TABLE'} ${name} ${change}`, ...warnings);
  if (was.isForeign !== is.isForeign)
    return manual('a table cannot become a foreign table, or the other way round');
  if (was.partitionBy !== is.partitionBy)
    return manual('how a table is partitioned cannot be changed: make another table and move the rows');
  if (was.server !== is.server) return purpose === 'fix' ? manual('it is another server') : recreate;
  const of =
    was.of === is.of
      ? []
      : [
          is.of === null
            ? { ...alter('NOT OF'), when: 'first' as const }
            : { ...alter(`OF ${is.of}`), when: 'last' as const },
        ];
  const options = alterOptionList(was.serverOptions, is.serverOptions);
  return {
    way: 'steps',
    steps: [
      ...of,
      ...(was.isUnlogged === is.isUnlogged
        ? []
        : [alter(is.isUnlogged ? 'SET UNLOGGED' : 'SET LOGGED', warning('rewritesTable'))]),
      ...inheritance(name, was, is),
      ...(was.hasRowSecurity === is.hasRowSecurity
        ? []
        : [alter(row(is.hasRowSecurity, 'ENABLE', 'DISABLE'))]),
      ...(was.isForced === is.isForced ? [] : [alter(row(is.isForced, 'FORCE', 'NO FORCE'))]),
      ...(options === null ? [] : [alter(options)]),
    ],
  };
}

/** Leaves its parents before anything else is changed, and takes the new ones once its columns are theirs. */
function inheritance(name: string, was: TableParts, is: TableParts): AlterStep[] {
  const isSame = JSON.stringify(was.partitionOf) === JSON.stringify(is.partitionOf);
  const detach =
    was.partitionOf === null || isSame
      ? []
      : [step(`ALTER TABLE ${was.partitionOf.parent} DETACH PARTITION ${name}`)];
  const attach =
    is.partitionOf === null || isSame
      ? []
      : [
          step(
            `ALTER TABLE ${is.partitionOf.parent} ATTACH PARTITION ${name} ${is.partitionOf.bounds}`,
            warning('readsTable'),
            warning('failsOutOfBounds'),
          ),
        ];
  const differs = was.inherits.findIndex((parent, index) => parent !== is.inherits[index]);
  const kept = differs < 0 ? was.inherits.length : differs;
  const verb = is.isForeign ? 'ALTER FOREIGN TABLE' : 'ALTER TABLE';
  return [
    ...[
      ...detach,
      ...was.inherits.slice(kept).map((parent) => step(`${verb} ${name} NO INHERIT ${parent}`)),
    ].map((one) => ({ ...one, when: 'first' as const })),
    ...[...is.inherits.slice(kept).map((parent) => step(`${verb} ${name} INHERIT ${parent}`)), ...attach].map(
      (one) => ({ ...one, when: 'last' as const }),
    ),
  ];
}
