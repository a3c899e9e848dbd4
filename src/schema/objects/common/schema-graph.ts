import type { Snapshot, SnapshotObject } from '../../model/index.ts';

/** A schema as it is described, and what of it depends on what. */
export interface SchemaGraph {
  readonly snapshot: Snapshot;
  /** `kind name` -> the `kind name`s that must stand before it. From pg_depend, same keys as the snapshot. */
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of the server where it was read. */
  readonly major: number;
  /** The role that read it, quoted where it must be: of what it owns, nobody has to say so. */
  readonly role?: string;
  /** The default privileges that hold there, where the snapshot leaves them out. */
  readonly defaults?: readonly SnapshotObject[];
  /** In which order the catalog keeps options, where that is another than the snapshot's. */
  readonly optionOrders?: OptionOrders;
  /** `kind name` of what is there before anything of ours: it is depended on, and not written. */
  readonly given?: ReadonlySet<string>;
  /** Of each extension, quoted where it must be, the version that CREATE EXTENSION gives it there by itself. */
  readonly defaultVersions?: ReadonlyMap<string, string>;
}

/**
 * By `kind name`, the lists of options of which the catalog keeps another order than the snapshot describes, and that
 * order. It means nothing, but pg_dump shows it.
 */
export type OptionOrders = ReadonlyMap<string, readonly OptionOrder[]>;

export interface OptionOrder {
  readonly described: string;
  readonly kept: string;
}

/** An object with its options in the order of the catalog, so that it is made with them in that order. */
export function withKeptOrder(
  object: SnapshotObject,
  orders: readonly OptionOrder[] | undefined,
): SnapshotObject {
  if (orders === undefined) return object;
  const text = orders.reduce((text, { described, kept }) => text.replace(described, () => kept), object.text);
  return { ...object, text };
}
