import type { Statement } from './contents.ts';
import type { Database } from './database.ts';
import type { File } from './file.ts';
import type { Image } from './image.ts';
import type { Site } from './site.ts';

/** All that the model knows at a moment of a sequence. */
export interface World {
  /** The files as they lie there now. */
  readonly image: Image;
  readonly database: Database;
  /** Images that were built, oldest first, and which of them was deployed last. */
  readonly releases: readonly Image[];
  readonly release: number;
  /** Files that were deleted and may come back. */
  readonly deleted: readonly File[];
  /** What puts right what was changed by hand. */
  readonly undoing: readonly Statement[];
}

/** The image as it is becomes the next release; those that would have come are never built. */
export const releasing = (world: World): World => ({
  ...world,
  releases: [...world.releases.slice(0, world.release + 1), world.image],
  release: world.release + 1,
});

/** Numbers for one command, the same for the same pick. */
export interface Draw {
  /** From 0 to `limit` - 1. */
  below(limit: number): number;
  one<T>(list: readonly T[]): T | undefined;
  chance(probability: number): boolean;
}

/** What came of a command. */
export interface Outcome {
  /** For a person: what was done. */
  readonly label: string;
  /** What should be there now. */
  readonly world: World;
  /** The exit codes that were seen, each with its command. */
  readonly codes: readonly (readonly [command: string, code: number | null])[];
  readonly problems: readonly string[];
}

/** Does something, and says what should be there after it; null where there is nothing to do it to. */
export type Act = (world: World, draw: Draw, site: Site) => Promise<Outcome | null> | Outcome | null;

/** The numbers that belong to a pick. @param random of a seed. */
export const drawOf = (random: () => number): Draw => ({
  below: (limit) => Math.floor(random() * limit),
  one: (list) => list[Math.floor(random() * list.length)],
  chance: (probability) => random() < probability,
});

/** An exit code that is wrong, in words; none where it is right. 70 never is. */
export function wrongEnd(
  argv: readonly string[],
  code: number | null,
  allowed: readonly number[],
  said: string,
): string[] {
  const isRight = code !== null && code !== 70 && allowed.includes(code);
  return isRight
    ? []
    : [
        `${argv.join(' ')} ended with ${code ?? 'a signal'}, not ${allowed.join(' or ')}: ${said.trim().slice(0, 2000)}`,
      ];
}
