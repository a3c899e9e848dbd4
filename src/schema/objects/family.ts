import type { Kind } from '../kinds.ts';
import { type SnapshotObject, splitPart } from '../model/index.ts';
import { type Alteration, type AlterContext, type ObjectChange, recreate } from './common/alteration.ts';
import type { SchemaGraph } from './common/schema-graph.ts';
import type { Warning } from './common/warnings.ts';

/** A group of kinds that few schemas have, which is read as a whole, and only where its catalogs hold something. */
export type Rarity = 'partitions' | 'code' | 'others';

/** A query of the catalogs. */
export interface Reader {
  /**
   * A SELECT of kind, name, parent, text and facets, on the common table expressions of `catalog/scope.ts`. Kinds that
   * one query reads have the same text here.
   */
  readonly sql: string;
  /** Its group, where few schemas have such objects. */
  readonly rare?: Rarity;
  /** It says who may do what, and is asked only where the lock holds that. */
  readonly ofRights?: true;
}

/** The statements that make an object alone; null where it cannot be made from its description. */
export type Create = (object: SnapshotObject, graph: SchemaGraph) => readonly string[] | null;

/** How an object becomes another of its name. */
type Alter = (change: ObjectChange, context: AlterContext) => Alteration;

/** The statements that take an object away; none where it goes with something else, null where there is no such statement. */
export type Drop = (object: Dropped, graph: SchemaGraph) => readonly string[] | null;

/** An object that goes. */
type Dropped = Pick<SnapshotObject, 'kind' | 'name' | 'text'>;

/** What is done with objects of a kind: how they are read, made, changed and taken away. */
export interface Family {
  /** What making one on a table that is there may meet where there are rows. */
  readonly risks?: Risks;
  readonly read: readonly [Reader, ...Reader[]];
  /**
   * By catalog, the rows that describe such an object, for what depends on what: a SELECT of oid, part (0, or a column's
   * number) and `kind name`, on the common table expressions of `generate/dependencies.ts`. None for what no row of
   * pg_depend is about, or where another kind's rows tell.
   */
  readonly rows?: Readonly<Record<string, string>>;
  readonly create: Create;
  readonly alter: Alter;
  readonly drop: Drop;
}

/**
 * What making an object may cost on a table that is there.
 *
 * @param graph the schema before it is made.
 */
type Risks = (
  object: { readonly table: string; readonly text: string },
  graph: SchemaGraph,
) => readonly Warning[];

/** Some kinds with what is done with them. */
export type Families = Readonly<Partial<Record<Kind, Family>>>;

/** For what can only be dropped and made again. */
export const remake: Alter = () => recreate;

/** For what is dropped by its kind and its name, as the snapshot has them. */
export const dropByName: Drop = ({ kind, name }) => [`DROP ${kind.toUpperCase()} ${name}`];

/** For what is dropped by its own name on its table's. */
export const dropFromTable: Drop = ({ kind, name }) => {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  return [`DROP ${kind.toUpperCase()} ${own} ON ${parent}`];
};

/** For what comes, or goes, with something else. */
export const withAnother = (): readonly string[] => [];
