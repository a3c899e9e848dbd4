import { isDeepStrictEqual } from 'node:util';
import { repairEnds } from './asking.ts';
import { acceptedIn, type Database } from './database.ts';
import { isCarried } from './decide.ts';
import { asks } from './expect.ts';
import { headOf, isIncomplete } from './image.ts';
import { mayBeAt } from './lock.ts';
import { changedRows, judgeRepair } from './repair-judge.ts';
import { type Act, type World, wrongEnd } from './world.ts';

const repair: Act = (world, _, site) =>
  asks(world, site, ['repair'], ...repairEnds(world.image, world.database));

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

/** A person's word counts where the schema does not say otherwise. */
const repairAs: Act = async (world, draw, site) => {
  const { image, database } = world;
  const { baseline, lock } = image;
  const versions = [...image.files, ...database.rows, ...(baseline ? [baseline] : [])].map(
    (one) => one.version,
  );
  const as = draw.one([...versions, ...versions, 'head', 'none']) ?? 'head';
  const wanted = as === 'head' ? headOf(image) : as === 'none' ? '' : as;
  const argv = ['repair', '--apply', '--as', as];
  const ran = await site.run(argv);
  const now = changedRows(await site.facts(), image, database);
  const isMeant =
    wanted === '' ||
    (isCarried(image, wanted ?? '') && (baseline === null || (wanted ?? '') >= baseline.version));
  const allowed = isIncomplete(image) ? [66] : isMeant ? [0, 1] : [64];
  const problems = wrongEnd(argv, ran.code, allowed, ran.said);
  const isOther =
    lock !== null && wanted !== null && acceptedIn(database).size === 0 && !mayBeAt(lock, wanted, database);
  if ((isOther || !isMeant) && !isSameRows(now, database))
    problems.push('the schema says otherwise, and it was written');
  const newest = now.rows.at(-1);
  if (ran.code === 0 && database.rows.length > 0 && (newest?.version ?? '') !== wanted)
    problems.push(`it ended with 0, and the ledger is at ${newest?.version}`);
  return {
    label: argv.join(' '),
    world: { ...world, database: now },
    codes: [['repair --apply --as', ran.code]],
    problems,
  };
};

/** Whether no row says something else; that a comment was edited may have been taken. */
const isSameRows = (a: Database, b: Database): boolean => {
  const said = ({ rows }: Database) => rows.map(({ text: _, ...row }) => row);
  return isDeepStrictEqual(said(a), said(b));
};

/** What people do with `repair`. */
export const repairs: Readonly<Record<string, Act>> = { repair, repairApply, repairAs };
