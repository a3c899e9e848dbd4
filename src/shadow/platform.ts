import { dirname, join } from 'node:path';
import { kindOf, nameOf, type Snapshot } from '../schema/catalog/index.ts';
/**
 * What an image or a cloud brings to a database before the project's files run, as `sql/shadow.sql` makes it on a shadow:
 * schemas, roles, extensions. It is part of no lock, no baseline and no migration.
 */
export interface Platform {
  /** The file that makes it. */
  readonly file: string;
  /** `kind name` of what the file makes or changes. */
  readonly objects: ReadonlySet<string>;
  /** The relations among them, by `relationKey`. */
  readonly relations: ReadonlySet<string>;
}

/** Where the file stands: beside the baseline. */
export const platformFile = ({ baseline }: { readonly baseline: string }): string =>
  join(dirname(baseline), 'shadow.sql');

/** The objects that are there after the file ran, and were not there before or were others. */
export function madeBetween(before: Snapshot, after: Snapshot): ReadonlySet<string> {
  return new Set([...after.keys()].filter((object) => !isSame(before, after, object)));
}

/** A snapshot without what the platform owns. */
export const ownPart = (snapshot: Snapshot, platform: Platform | null): Snapshot =>
  platform === null ? snapshot : new Map([...snapshot].filter(([object]) => !platform.objects.has(object)));

/** The platform's objects that became others between two inspections, or went: in order. */
export function changedOfPlatform(before: Snapshot, after: Snapshot, platform: Platform | null): string[] {
  const objects = [...(platform?.objects ?? [])];
  return objects.filter((object) => countsAsChange(object) && !isSame(before, after, object)).sort();
}

/** A column that is added shows by itself; the order that it gives the columns is no change of its own. */
const countsAsChange = (object: string): boolean => kindOf(object) !== 'column order';

function isSame(before: Snapshot, after: Snapshot, object: string): boolean {
  const [was, is] = [before.get(object), after.get(object)];
  return was?.text === is?.text && JSON.stringify(was?.facets) === JSON.stringify(is?.facets);
}

/** The schemas that the platform makes, quoted where they must be. */
export const schemasOf = (platform: Platform | null): ReadonlySet<string> =>
  new Set([...(platform?.objects ?? [])].filter((object) => kindOf(object) === 'schema').map(nameOf));
