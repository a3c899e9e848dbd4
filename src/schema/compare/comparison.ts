import type { SnapshotObject } from '../catalog/index.ts';
import type { Severity } from '../traits.ts';
import type { Unverified } from './unverified.ts';
import type { Zoned } from './zone.ts';

/** What is expected of one object: the hash of its text, and of each facet. */
export interface ExpectedObject {
  readonly hash: string;
  readonly facets: Readonly<Record<string, string>>;
  /** What of the text is not compared; undefined where all of it is. */
  readonly unverified?: Unverified | undefined;
  /** What it is as a whole where it was made in a certain time zone; undefined where it follows none. */
  readonly zoned?: Zoned | undefined;
}

/** `kind name` -> what is expected of it. */
export type ExpectedObjects = ReadonlyMap<string, ExpectedObject>;

/** One object that is not as expected. */
export interface Difference {
  readonly kind: 'missing' | 'changed' | 'extra';
  /** `kind name`. */
  readonly object: string;
  /** The table it belongs to, for grouping; null for what stands by itself. */
  readonly parent: string | null;
  /** `drift`: an application depends on it. `reported`: it is only told. */
  readonly severity: Severity;
  /** The readable text that was expected; null where there is none, or where it is not known. */
  readonly expected: string | null;
  readonly actual: string | null;
  /** The facet that differs; null for the object itself. */
  readonly facet: string | null;
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Facets that one side cannot have: `object: facet`. They are not known to be right, and no drift. */
  readonly unverified: readonly string[];
}

export interface DiffOptions {
  /** Patterns of objects that do not count, with all that belongs to them; `*` stands for anything. */
  readonly ignore: readonly string[];
  /** The readable text of expected objects, where it is known. */
  readonly texts: Texts;
  /** Objects that may differ, or be there besides, as long as they are what was accepted: hash, or null for absent. */
  readonly accepted: Readonly<Record<string, string | null>>;
}

/** An object's readable text, if it is known for that hash. */
export type Texts = (object: string, hash: string) => Pick<SnapshotObject, 'text' | 'facets'> | null;
