import { seeded } from '../support/seeded.ts';
import { emptyDatabase } from './database.ts';
import { newFile, sound } from './edits.ts';
import { versionAt } from './file.ts';
import { firstBaseline, type Image, type Lock, withFile } from './image.ts';
import { drawOf, type World } from './world.ts';

/** How many histories sequences begin with; each has a lock for each of its images, made once. */
export const histories = 12;
const images = 4;

/** The images of a history, oldest first, without their locks: each adds a migration or two. */
export function imagesOf(history: number): Image[] {
  const draw = drawOf(seeded(history + 1));
  const version = versionAt(10);
  const none: Image = { baseline: null, files: [], lock: null };
  let image: Image =
    history % 2 === 0
      ? { ...none, baseline: firstBaseline(version) }
      : withFile(none, { ...newFile(version, draw, ['start']), form: 0, isIrreversible: false });
  let minute = 10;
  return Array.from({ length: images }, (_, n) => {
    for (let added = 0; added < 1 + draw.below(2); added += 1) {
      minute += 10;
      const isBlock = history % 4 === 3 && n === 2;
      image = withFile(image, newFile(versionAt(minute), draw, isBlock ? ['block'] : sound));
    }
    return image;
  });
}

/** What a sequence begins with, by its pick: an empty database, and one of the first images of a history. */
export function worldOf(pick: number, locks: readonly (readonly Lock[])[]): World {
  const draw = drawOf(seeded(pick));
  const history = draw.below(histories);
  const isLocked = draw.chance(0.75);
  const releases = imagesOf(history).map((image, n) => ({
    ...image,
    lock: isLocked ? (locks[history]?.[n] ?? null) : null,
  }));
  const release = draw.below(images - 1);
  const image = releases[release];
  if (image === undefined) throw new Error('a history has no image');
  return { image, database: emptyDatabase, releases, release, deleted: [], undoing: [] };
}
