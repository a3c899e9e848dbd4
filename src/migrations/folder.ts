import { join } from 'node:path';
import { contentsOf, namesWithin, regularFile, SlipwayError } from '../core/index.ts';
import type { Listing } from './listing.ts';
import type { FilePaths, FoundFile, MigrationSource } from './migration-source.ts';
import { isCandidate, isMigration } from './names.ts';
import { ifThere, readOptional, readRequired } from './script-file.ts';

/** Where a squash moves the files that the baseline took in; databases that lag still need them. */
export const supersededFolder = (migrations: string): string => join(migrations, superseded);
const superseded = 'superseded';

/** A file is read when it is asked for, which is after its name was judged. */
const found = (folder: string, names: readonly string[], odd: Listing['odd']): FoundFile[] => {
  const within = beginningOf(folder);
  return names.filter(isCandidate).map((name) => {
    const path = `${within}${name}`;
    return {
      path,
      name,
      get bytes() {
        return readRequired(path, !odd.has(path));
      },
    };
  });
};

/** What the paths of a folder's files begin with. */
const beginningOf = (folder: string): string => join(folder, 'x').slice(0, -1);

/** The files of a project as they lie in one folder, with those of before a squash in its folder `superseded/`. */
export const folder = ({ migrations, baseline }: FilePaths): MigrationSource => ({
  list() {
    const folders = [migrations, supersededFolder(migrations)] as const;
    const [newer, older] = [ifThere(folders[0], contentsOf), ifThere(folders[1], contentsOf)];
    const odd = [newer, older].flatMap((contents, at) =>
      [...(contents?.odd ?? [])].map((name) => `${beginningOf(folders[at] ?? '')}${name}`),
    );
    return { migrations: newer?.names ?? null, superseded: older?.names ?? null, odd: new Set(odd) };
  },
  hasBaseline: () => ifThere(baseline, regularFile) !== null,
  baseline() {
    const bytes = readOptional(baseline);
    return bytes && { path: baseline, name: '', bytes };
  },
  files: (listing) => [
    ...found(migrations, listing.migrations ?? [], listing.odd),
    ...found(supersededFolder(migrations), listing.superseded ?? [], listing.odd),
  ],
  misplaced: ({ odd }) => nestedIn(migrations, odd),
});

/** Migrations lie in one folder: what lies deeper would be passed over in silence. Hidden folders are others' (`..data`). */
function nestedIn(migrations: string, odd: Listing['odd']): SlipwayError[] {
  const within = beginningOf(migrations);
  return [...odd].flatMap((path) => {
    const name = path.slice(within.length);
    const isElsewhere = !path.startsWith(within) || name.includes('/') || name === superseded;
    if (isElsewhere || isCandidate(name) || name.startsWith('.')) return [];
    return namesWithin(path)
      .filter(isMigration)
      .map(
        (nested) =>
          new SlipwayError({
            exit: 'migration',
            place: { file: join(path, nested) },
            message: 'a migration is in a folder of its own, which is not read',
            remedy: `Move it to ${migrations}/. What is no migration belongs elsewhere.`,
          }),
      );
  });
}
