import { type Snapshot, splitPart } from '../../model/index.ts';
import { type Alteration, type AlterStep, manual, step, steps } from '../common/alteration.ts';
import { splitOuter } from '../common/clauses.ts';
import { stateOf, switched } from '../common/switches.ts';
import { warning } from '../common/warnings.ts';
import { parseTable } from '../table/alter.ts';
import { alterIndexOptions } from '../table/storage.ts';

/** The tables that a partition is part of, the nearest first; none for what is no partition. */
export function tablesAbove(table: string, snapshot: Snapshot): readonly string[] {
  const parent = parseTable(snapshot.get(`table ${table}`)?.text ?? '').partitionOf?.parent;
  return parent === undefined ? [] : [parent, ...tablesAbove(parent, snapshot)];
}

/** A value of a partition's index, and what its parent's gives it. */
interface Given {
  readonly own: string;
  readonly given: string;
}

type IndexParts = Partial<Record<'key' | 'name' | 'with' | 'tablespace' | 'statistics', Given>>;

const parseIndex = (text: string | null): IndexParts =>
  Object.fromEntries(
    splitOuter(text ?? '', ';').map((part) => {
      const [, clause = '', own = '', given = own] =
        /^(\S+) ([\s\S]*?)(?: instead of ([\s\S]*))?$/.exec(part) ?? [];
      return [clause, { own, given: clause === 'statistics' ? '' : given }];
    }),
  );

/**
 * What brings a partition's index from one description to another, as `partition index options` has it; null stands for
 * what PostgreSQL makes with the parent's.
 */
export function alterPartitionIndex(name: string, before: string | null, after: string | null): Alteration {
  const was = parseIndex(before);
  const is = parseIndex(after);
  if (was.key?.own !== is.key?.own)
    return manual(
      'which of its own constraints serves an index of its parent is decided when it is attached',
    );
  const { parent = '' } = splitPart(name) ?? {};
  const schema = splitPart(parent)?.parent;
  const from = was.key?.own ?? was.name?.own ?? is.name?.given ?? '';
  const to = is.key?.own ?? is.name?.own ?? was.name?.given ?? '';
  const storage = (own: IndexParts, other: IndexParts): string =>
    (['with', 'tablespace', 'statistics'] as const)
      .map((clause) => [clause, own[clause]?.own ?? other[clause]?.given ?? ''] as const)
      .filter(([, value]) => value !== '' && value !== 'nothing')
      .map(([clause, value]) => `${clause} ${value}`)
      .join('; ');
  const altered = alterIndexOptions(`${schema}.${to}`, storage(was, is), storage(is, was));
  return altered.way !== 'steps' || from === to
    ? altered
    : steps(`ALTER INDEX ${schema}.${from} RENAME TO ${to}`, ...altered.steps);
}

/** Whether a constraint of the partition's own stands for an index of its parent. */
export const isOwnKey = (text: string | undefined): boolean => parseIndex(text ?? null).key !== undefined;

/**
 * What makes a constraint of a partition's own stand for an index of its parent, or no more: PostgreSQL decides that
 * when it attaches the partition. In between, the constraint comes or goes by itself.
 *
 * @param table the partition as it is to be.
 */
export function attachAgain(
  name: string,
  before: string | null,
  after: string | null,
  table: string | undefined,
): readonly AlterStep[] {
  const { parent = '' } = splitPart(name) ?? {};
  const { partitionOf } = parseTable(table ?? '');
  const is = parseIndex(after);
  if (partitionOf === null) return [];
  const first = [`ALTER TABLE ${partitionOf.parent} DETACH PARTITION ${parent}`];
  // Its index from the parent stays when it is detached, and would be taken again.
  if (is.key !== undefined && before === null)
    first.push(`DROP INDEX ${splitPart(parent)?.parent}.${is.key.given}`);
  return [
    ...first.map((sql) => ({ ...step(sql), when: 'first' as const })),
    {
      ...step(
        `ALTER TABLE ${partitionOf.parent} ATTACH PARTITION ${parent} ${partitionOf.bounds}`,
        warning('readsTable'),
        warning('failsOutOfBounds'),
      ),
      when: 'last',
    },
  ];
}

const parseConstraint = (
  name: string,
  text: string | null,
): { readonly own: string; readonly state: string } => {
  const [, own = splitPart(name)?.own ?? '', state = ''] =
    /^(?:named ("(?:[^"]|"")*"|\S+))? ?(ENFORCED|NOT ENFORCED|NOT VALID)?$/.exec(text ?? '') ?? [];
  return { own, state };
};

/** How a partition's copy of a foreign key or CHECK is called, and kept; null stands for as its parent's. */
export function alterPartitionConstraint(
  name: string,
  before: string | null,
  after: string | null,
): Alteration {
  const was = parseConstraint(name, before);
  const is = parseConstraint(name, after);
  const { parent = '' } = splitPart(name) ?? {};
  if (was.state !== is.state && (was.state !== 'NOT VALID' || is.state !== ''))
    return manual('a partition can differ from its parent in a constraint only from before it was attached');
  return steps(
    ...(was.own === is.own ? [] : [`ALTER TABLE ${parent} RENAME CONSTRAINT ${was.own} TO ${is.own}`]),
    ...(was.state === is.state ? [] : [`ALTER TABLE ${parent} VALIDATE CONSTRAINT ${is.own}`]),
  );
}

/**
 * How a partition's copy of its parent's trigger is switched: as the description says, or, for null, as that of the
 * nearest table above.
 */
export function switchPartitionTrigger(name: string, text: string | null, snapshot: Snapshot): string {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const above = tablesAbove(parent, snapshot)
    .flatMap((table) => [
      snapshot.get(`partition trigger ${table}.${own}`)?.text,
      stateOf(snapshot.get(`trigger ${table}.${own}`)?.text ?? '').state,
    ])
    .find((state) => state !== undefined && state !== '');
  const state = text ?? above ?? '';
  const copy = snapshot.get(`partition trigger ${name}`)?.facets['name, PostgreSQL 14'] ?? own;
  return `ALTER TABLE ${parent} ${switched(state === 'ENABLED' ? '' : state, `TRIGGER ${copy}`)}`;
}

/** What a partition lacks of its parent's indexes comes with the parent's, or by hand. */
export const partitionLacks = manual(
  "a partition gets its parent's index by hand: make it there, then ALTER INDEX ... ATTACH PARTITION; where its own is invalid, REINDEX it",
);
