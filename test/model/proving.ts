import { planEnds } from './asking.ts';
import { emptyDatabase } from './database.ts';
import { decide } from './decide.ts';
import { asks } from './expect.ts';
import type { Image } from './image.ts';
import { checkEnds, lockOf, squashEnds, squashed } from './lock.ts';
import { differing } from './oracle.ts';
import type { Site } from './site.ts';
import { followUp } from './up.ts';
import { type Act, type Outcome, releasing, type World, wrongEnd } from './world.ts';

const check: Act = (world, _, site) => asks(world, site, ['check'], checkEnds(world.image, false));

const checkWrite: Act = async (world, _, site) => {
  const { image } = world;
  const argv = ['check', '--write'];
  const ran = await site.run(argv);
  const problems = wrongEnd(argv, ran.code, [checkEnds(image, true)], ran.said);
  const written = (): Pick<World, 'image'> => ({
    image: {
      ...image,
      lock: lockOf(image, image.lock?.superseded ?? new Map(), {
        lock: site.read('sql/schema.lock.json'),
        snapshot: site.read('sql/schema.snapshot.json'),
      }),
    },
  });
  return {
    label: argv.join(' '),
    world: { ...world, ...(ran.code === 0 && problems.length === 0 ? written() : {}) },
    codes: [[argv.join(' '), ran.code]],
    problems,
  };
};

/** A database at head stays there, and a fresh one becomes what it became before. */
const squash: Act = async (before, draw, site) => {
  const renewed = draw.chance(0.5) ? await checkWrite(before, draw, site) : null;
  if (renewed && renewed.problems.length > 0) return renewed;
  const world = renewed?.world ?? before;
  const { image, database } = world;
  const isKept = draw.chance(0.3);
  const argv = ['squash', '--carried-by', '1.0.0', ...(isKept ? ['--keep'] : [])];
  const ran = await site.run(argv);
  const problems = wrongEnd(argv, ran.code, [squashEnds(image)], ran.said);
  const codes: Outcome['codes'] = [...(renewed?.codes ?? []), ['squash', ran.code]];
  const label = [...(renewed ? [renewed.label] : []), argv.join(' ')].join('; ');
  if (ran.code !== 0 || problems.length > 0) return { label, world, codes, problems };
  const next = releasing({ ...world, image: squashed(image, site.read, isKept) });
  const outcome = { label, world: next, codes, problems };
  const was = decide(image, database).kind;
  const is = decide(next.image, database).kind;
  const asked = await asks(next, site, ['plan'], planEnds(next.image, database));
  const left =
    was === 'done' && is !== 'done' ? ['the database was at head, and after the squash it is not'] : [];
  const made = draw.chance(0.5)
    ? await freshly(
        'up, on an empty database, and the image before the squash',
        [next.image, image],
        next,
        site,
      )
    : null;
  if (made) site.install(next.image);
  return {
    ...outcome,
    codes: [...codes, ...asked.codes, ...(made?.codes ?? [])],
    problems: [...left, ...asked.problems, ...(made?.problems ?? [])],
  };
};

/** What an empty database becomes with the files as they are. */
const fresh: Act = (world, _, site) => freshly('up, on an empty database', [world.image], world, site);

/** A database that an older image made, and that all images since have passed by. */
const laggard: Act = (world, draw, site) =>
  freshly(
    'up, on a database of an older image',
    [draw.one(world.releases) ?? world.image, world.image],
    world,
    site,
  );

/** A database that the image makes as it is now, and one that was built before comes back to. */
const rolledBack: Act = (world, draw, site) =>
  freshly(
    'up, on a database of a newer image',
    [world.image, draw.one(world.releases) ?? world.image],
    world,
    site,
  );

async function freshly(label: string, images: readonly Image[], world: World, site: Site): Promise<Outcome> {
  const codes: [string, number | null][] = [];
  const problems: string[] = [];
  await site.onFresh(async (other) => {
    let wanted = emptyDatabase;
    for (const image of images) {
      if (images.length > 1) site.install(image);
      const { code, database } = followUp(image, wanted);
      const ran = await other.run(['up']);
      wanted = database;
      codes.push([label, ran.code]);
      problems.push(
        ...wrongEnd(['up'], ran.code, [code], ran.said),
        ...differing(await other.facts(), wanted).map((line) => `another database: ${line}`),
      );
    }
  });
  return { label, world, codes, problems };
}

/** What proves or changes the files, and what other databases become with them. */
export const proofs: Readonly<Record<string, Act>> = {
  check,
  checkWrite,
  squash,
  fresh,
  laggard,
  rolledBack,
};
