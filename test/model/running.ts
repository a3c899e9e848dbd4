import {
  type Expected,
  followAdopt,
  followDown,
  planEnds,
  repairEnds,
  statusEnds,
  waitEnds,
} from './asking.ts';
import { type Database, emptyDatabase } from './database.ts';
import { decide } from './decide.ts';
import { headOf } from './image.ts';
import { checkEnds, lockOf, squashEnds, squashed } from './lock.ts';
import { differing } from './oracle.ts';
import { changedRows, judgeRepair } from './repair.ts';
import type { Ran, Site } from './site.ts';
import { followUp } from './up.ts';
import { type Act, type Outcome, type World, wrongEnd } from './world.ts';

/** Runs a command that must end and leave things as expected. */
async function expect(
  world: World,
  site: Site,
  argv: readonly string[],
  { codes, database }: Expected,
): Promise<Outcome> {
  const { code, said } = await site.run(argv);
  return {
    label: argv.join(' '),
    world: { ...world, database },
    codes: [[argv[0] ?? '', code]],
    problems: wrongEnd(argv, code, codes, said),
  };
}

const asks = (world: World, site: Site, argv: readonly string[], ...codes: number[]): Promise<Outcome> =>
  expect(world, site, argv, { codes, database: world.database });

const up: Act = (world, _, site) => {
  const { code, database } = followUp(world.image, world.database);
  return expect(world, site, ['up'], { codes: [code], database });
};

/** Each does some of it, or all, and neither fails where one alone would not. */
const twoUps: Act = async (world, _, site) => {
  const { code, database } = followUp(world.image, world.database);
  const ran = await Promise.all([site.run(['up']), site.run(['up'])]);
  return {
    label: 'up, twice at once',
    world: { ...world, database },
    codes: ran.map((one) => ['two ups', one.code]),
    problems: ran.flatMap((one) => wrongEnd(['up'], one.code, [code], one.said)),
  };
};

/** What is left is what an undisturbed run commits on its way, one of it. */
const killedUp: Act = async (world, draw, site) => {
  const { code, database, trail } = followUp(world.image, world.database);
  const kill = {
    direction: draw.chance(0.5) ? 'sent' : 'received',
    at: 1 + draw.below(4 + 20 * (trail.length + 1)),
  } as const;
  const ran = await site.runKilled(['up'], kill);
  const facts = await site.facts();
  const wanted = ran.code === null ? [world.database, ...trail] : [database];
  const found = wanted.find((one) => differing(facts, one).length === 0);
  return {
    label: `up, killed at message ${kill.at} ${kill.direction}`,
    world: { ...world, database: found ?? database },
    codes: [['killed up', ran.code]],
    problems: [
      ...(ran.code === null ? [] : wrongEnd(['up'], ran.code, [code], ran.said)),
      ...(found
        ? []
        : [
            'what the killed run left is nothing that a whole one commits on its way; of the nearest:',
            ...nearest(facts, wanted),
          ]),
    ],
  };
};

const nearest = (facts: Parameters<typeof differing>[0], wanted: readonly Database[]): string[] =>
  wanted.map((one) => differing(facts, one)).sort((a, b) => a.length - b.length)[0] ?? [];

const status: Act = ({ image, database, ...world }, draw, site) => {
  const options = { exitCode: draw.chance(0.5), drift: draw.chance(0.4) };
  return asks(
    { image, database, ...world },
    site,
    [
      'status',
      ...(draw.chance(0.3) ? ['--all'] : []),
      ...(options.exitCode ? ['--exit-code'] : []),
      ...(options.drift ? ['--drift'] : []),
    ],
    statusEnds(image, database, options),
  );
};

const adopt: Act = (world, draw, site) => {
  const { image, database } = world;
  const versions = [
    'head',
    headOf(image) ?? 'head',
    ...image.files.map(({ version }) => version),
    ...(image.baseline ? [image.baseline.version] : []),
    ...database.rows.map(({ version }) => version),
    ...(image.lock?.migrations.keys() ?? []),
  ];
  const as = draw.chance(0.6) ? (draw.one(versions) ?? 'head') : null;
  const isUnverified = as !== null && draw.chance(0.4);
  const argv = ['adopt', ...(as ? ['--as', as] : []), ...(isUnverified ? ['--unverified'] : [])];
  return expect(world, site, argv, followAdopt(image, database, as, isUnverified));
};

/** It writes only what is proved, and says 0 only where nothing is left to do. */
const repairApply: Act = async (world, _, site) => {
  const { image, database } = world;
  const looked = repairEnds(image, database);
  const ran = await site.run(['repair', '--apply']);
  const facts = await site.facts();
  const isNothing = looked.length === 1 && looked[0] !== 1;
  const now = isNothing ? database : changedRows(facts, image, database);
  const problems = [
    ...wrongEnd(['repair', '--apply'], ran.code, isNothing ? looked : [0, 1], ran.said),
    ...judgeRepair(image, database, now),
  ];
  const next: World = { ...world, database: now };
  const label = 'repair --apply';
  const codes = [[label, ran.code]] as const;
  if (ran.code !== 0 || problems.length > 0) return { label, world: next, codes, problems };
  const again = await asks(next, site, ['repair'], 0);
  return { ...again, label, codes: [...codes, ...again.codes], problems: again.problems };
};

const check: Act = (world, _, site) => asks(world, site, ['check'], checkEnds(world.image, false));

const checkWrite: Act = async (world, _, site) => {
  const { image } = world;
  const argv = ['check', '--write'];
  const ran = await site.run(argv);
  const problems = wrongEnd(argv, ran.code, [checkEnds(image, true)], ran.said);
  const written = (): Pick<World, 'image'> => ({
    image: {
      ...image,
      lock: lockOf(image, image.lock?.superseded ?? [], {
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
const squash: Act = async (world, draw, site) => {
  const { image, database } = world;
  const isKept = draw.chance(0.3);
  const argv = ['squash', '--carried-by', '1.0.0', ...(isKept ? ['--keep'] : [])];
  const ran = await site.run(argv);
  const problems = wrongEnd(argv, ran.code, [squashEnds(image)], ran.said);
  const codes: Outcome['codes'] = [['squash', ran.code]];
  const label = argv.join(' ');
  if (ran.code !== 0 || problems.length > 0) return { label, world, codes, problems };
  const next: World = { ...world, image: squashed(image, site.read, isKept) };
  const outcome = { label, world: next, codes, problems };
  const before = decide(image, database).kind;
  const after = decide(next.image, database).kind;
  const asked = await asks(next, site, ['plan'], planEnds(next.image, database));
  const left =
    before === 'done' && after !== 'done' ? ['the database was at head, and after the squash it is not'] : [];
  const made = draw.chance(0.5) ? await freshly(next, site) : null;
  return {
    ...outcome,
    codes: [...codes, ...asked.codes, ...(made?.codes ?? [])],
    problems: [...left, ...asked.problems, ...(made?.problems ?? [])],
  };
};

/** What an empty database becomes with the files as they are. */
const fresh: Act = (world, _, site) => freshly(world, site);

async function freshly(world: World, site: Site): Promise<Outcome> {
  const { code, database } = followUp(world.image, emptyDatabase);
  const { ran, facts }: { ran: Ran; facts: Parameters<typeof differing>[0] } = await site.runFresh(['up']);
  return {
    label: 'up, on an empty database',
    world,
    codes: [['up on an empty database', ran.code]],
    problems: [
      ...wrongEnd(['up'], ran.code, [code], ran.said),
      ...differing(facts, database).map((line) => `an empty database: ${line}`),
    ],
  };
}

/** What people do with Slipway. */
export const runs: Readonly<Record<string, Act>> = {
  up,
  twoUps,
  killedUp,
  plan: (world, _, site) => asks(world, site, ['plan'], planEnds(world.image, world.database)),
  status,
  wait: (world, _, site) =>
    asks(world, site, ['wait', '--timeout', '0'], waitEnds(world.image, world.database)),
  down: (world, _, site) => expect(world, site, ['down'], followDown(world.image, world.database)),
  adopt,
  repair: (world, _, site) => asks(world, site, ['repair'], ...repairEnds(world.image, world.database)),
  repairApply,
  check,
  checkWrite,
  squash,
  fresh,
};
