import { join } from 'node:path';
import { fileNames, namesWithin, regularFile, SlipwayError } from '../core/index.ts';
import type { FilePaths, FoundFile, MigrationSource } from './migration-source.ts';
import { isCandidate, isMigration } from './names.ts';
import { ifThere, readOptional, readRequired } from './script-file.ts';

/** Where a squash moves the files that the baseline took in; databases that lag still need them. */
export const supersededFolder = (migrations: string): string => join(migrations, superseded);
const superseded = 'superseded';

/** A file is read when it is asked for, which is after its name was judged. */
const found = (folder: string, names: readonly string[]): FoundFile[] =>
  names.filter(isCandidate).map((name) => {
    const path = join(folder, name);
    return {
      path,
      name,
      get bytes() {
        return readRequired(path);
      },
    };
  });

const listDirectory = (path: string): string[] | null => ifThere(path, fileNames);

/** The files of a project as they lie in one folder, with those of before a squash in its folder `superseded/`. */
export const folder = ({ migrations, baseline }: FilePaths): MigrationSource => ({
  list: () => ({
    migrations: listDirectory(migrations),
    superseded: listDirectory(supersededFolder(migrations)),
  }),
  hasBaseline: () => ifThere(baseline, regularFile) !== null,
  baseline() {
    const bytes = readOptional(baseline);
    return bytes && { path: baseline, name: '', bytes };
  },
  files(listing) {
    refuseNested(migrations, listing.migrations ?? []);
    return [
      ...found(migrations, listing.migrations ?? []),
      ...found(supersededFolder(migrations), listing.superseded ?? []),
    ];
  },
});

/** Migrations lie in one folder: what lies deeper would be passed over in silence. Hidden folders are others' (`..data`). */
function refuseNested(migrations: string, names: readonly string[]): void {
  const folders = names.filter((name) => !isCandidate(name) && !name.startsWith('.') && name !== superseded);
  for (const name of folders) {
    const folder = join(migrations, name);
    const nested = namesWithin(folder).find(isMigration);
    if (nested === undefined) continue;
    throw new SlipwayError({
      exit: 'migration',
      place: { file: join(folder, nested) },
      message: 'a migration is in a folder of its own, which is not read',
      remedy: `Move it to ${migrations}/. What is no migration belongs elsewhere.`,
    });
  }
}
