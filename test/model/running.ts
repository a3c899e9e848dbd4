import { followAdopt, followDown, planEnds, statusEnds, waitEnds } from './asking.ts';
import type { Database } from './database.ts';
import { asks, expect } from './expect.ts';
import { headOf } from './image.ts';
import { differing, type Facts } from './oracle.ts';
import { proofs } from './proving.ts';
import { repairs } from './repairing.ts';
import { followUp } from './up.ts';
import { type Act, type Outcome, wrongEnd } from './world.ts';

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
  const outcome: Outcome = {
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
  if (outcome.problems.length > 0 || draw.chance(0.3)) return outcome;
  const next = followUp(world.image, outcome.world.database);
  const again = await expect(outcome.world, site, ['up'], { codes: [next.code], database: next.database });
  return { ...again, label: `${outcome.label}, and again`, codes: [...outcome.codes, ...again.codes] };
};

const nearest = (facts: Facts, wanted: readonly Database[]): string[] =>
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

const adopt: Act = async (world, draw, site) => {
  const { image } = world;
  // Most databases are managed: there is more to see where the ledger was lost.
  const isLost = world.database.rows.length > 0 && draw.chance(0.6);
  if (isLost) await site.sql('DROP SCHEMA slipway CASCADE');
  const database = isLost ? { ...world.database, rows: [] } : world.database;
  const versions = [
    'head',
    headOf(image) ?? 'head',
    ...image.files.map(({ version }) => version),
    ...(image.baseline ? [image.baseline.version] : []),
    ...world.database.rows.map(({ version }) => version),
    ...(image.lock?.migrations.keys() ?? []),
  ];
  const as = draw.chance(0.6) ? (draw.one(versions) ?? 'head') : null;
  const isUnverified = as !== null && draw.chance(0.4);
  const argv = ['adopt', ...(as ? ['--as', as] : []), ...(isUnverified ? ['--unverified'] : [])];
  const outcome = await expect(world, site, argv, followAdopt(image, database, as, isUnverified));
  return { ...outcome, label: `${isLost ? 'by hand: the ledger is dropped; ' : ''}${outcome.label}` };
};

/** What people do with Slipway. */
export const runs: Readonly<Record<string, Act>> = {
  up,
  twoUps,
  killedUp,
  plan: (world, _, site) => asks(world, site, ['plan'], planEnds(world.image, world.database)),
  status,
  wait: (world, _, site) =>
    asks(world, site, ['wait', '--timeout', '0'], waitEnds(world.image, world.database)),
  down: (world, _, site) =>
    expect(world, site, ['down', '--accept-data-loss'], followDown(world.image, world.database)),
  adopt,
  ...repairs,
  ...proofs,
};
