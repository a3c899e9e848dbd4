import { seeded } from '../support/seeded.ts';
import { handiwork } from './by-hand.ts';
import { edits } from './edits.ts';
import { render } from './image.ts';
import { differing } from './oracle.ts';
import { runs } from './running.ts';
import type { Site } from './site.ts';
import { type Act, drawOf, type Outcome, type World } from './world.ts';

/** A command of a sequence: what is done, and the number that all its choices come from. */
export interface Command {
  readonly kind: string;
  readonly pick: number;
}

/** What came of a sequence. */
export interface Verdict {
  /** By kind, how many commands were run. */
  readonly ran: Readonly<Record<string, number>>;
  /** By Slipway's command, by exit code, how often. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What was done, a line each. */
  readonly story: readonly string[];
  /** What was wrong with the last command; none where all is well. */
  readonly problems: readonly string[];
}

const acts: Readonly<Record<string, Act>> = { ...edits, ...handiwork, ...runs };

/** How often each kind comes, in a hundred or so. */
const weights: Readonly<Record<string, number>> = {
  up: 24,
  twoUps: 3,
  killedUp: 4,
  plan: 7,
  status: 5,
  wait: 8,
  down: 6,
  adopt: 6,
  repair: 3,
  repairApply: 5,
  check: 1,
  checkWrite: 2,
  squash: 2,
  fresh: 2,
  laggard: 3,
  rolledBack: 3,
  repairAs: 3,
  add: 9,
  addLate: 2,
  edit: 5,
  comment: 3,
  delete: 3,
  restore: 3,
  forward: 10,
  back: 5,
  again: 4,
  build: 4,
  removeLock: 1,
  staleLock: 1,
  drift: 5,
  change: 2,
  extra: 2,
  inside: 4,
  undo: 6,
  dropLedger: 5,
  forgetRow: 2,
  interrupt: 6,
};

const bag = Object.entries(weights).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));
const picks = 10_000;

/** The commands of a sequence: the beginning, then up to twelve more. */
export function commandsOf(seed: number, number: number): Command[] {
  const random = seeded(seed + number * 7919);
  const pick = (): number => Math.floor(random() * picks);
  const length = 8 + Math.floor(random() * 8);
  return [
    { kind: 'start', pick: pick() },
    ...Array.from({ length }, () => ({
      kind: bag[Math.floor(random() * bag.length)] ?? 'up',
      pick: pick(),
    })),
  ];
}

/** Writes commands as `--replay` takes them. */
export const written = (commands: readonly Command[]): string =>
  commands.map(({ kind, pick }) => `${kind}:${pick}`).join(' ');

/** Reads what `written` wrote. @throws Error for what it is not. */
export function parseCommands(text: string): Command[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [kind = '', pick] = word.split(':');
      if (kind !== 'start' && !acts[kind]) throw new Error(`no command is called ${kind}`);
      return { kind, pick: Number(pick) };
    });
}

/**
 * Does what a sequence says and holds what comes of it against the model, after each command: the exit code, every
 * object, row and ledger row, and the files.
 *
 * @param begin the world that a pick stands for, before the files are there.
 */
export async function runSequence(
  site: Site,
  commands: readonly Command[],
  begin: (pick: number) => World,
  isBundled: boolean,
): Promise<Verdict> {
  const ran: Record<string, number> = {};
  const codes: Record<string, Record<string, number>> = {};
  const story: string[] = [];
  const [start, ...rest] = commands;
  await site.reset(isBundled);
  let world = begin(start?.pick ?? 0);
  site.install(world.image);
  story.push(`start with the files ${[...render(world.image).keys()].join(', ')}`);
  for (const { kind, pick } of rest) {
    const outcome = await attempt(acts[kind] as Act, world, pick, site);
    if (outcome === null) continue;
    ran[kind] = (ran[kind] ?? 0) + 1;
    for (const [command, code] of outcome.codes) {
      const ended = code === null ? 'killed' : String(code);
      const seen = codes[command] ?? {};
      codes[command] = { ...seen, [ended]: (seen[ended] ?? 0) + 1 };
    }
    const before = world;
    world = outcome.world;
    if (kind in edits || kind === 'laggard' || kind === 'rolledBack') site.install(world.image);
    const ends = outcome.codes.map(([, code]) => code ?? 'killed').join(', ');
    story.push(ends === '' ? outcome.label : `${outcome.label} -> ${ends}`);
    const problems = [...outcome.problems, ...(await unlike(site, world))];
    if (problems.length > 0) return { ran, codes, story, problems };
    if (before.image !== world.image && kind in runs) story.push('the files are others now');
  }
  return { ran, codes, story, problems: [] };
}

/** What the model cannot follow is a problem as well. */
async function attempt(act: Act, world: World, pick: number, site: Site): Promise<Outcome | null> {
  try {
    return await act(world, drawOf(seeded(pick)), site);
  } catch (error) {
    return {
      label: 'an error',
      world,
      codes: [],
      problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    };
  }
}

/** How database and files differ from what they should be. */
async function unlike(site: Site, world: World): Promise<string[]> {
  const [wanted, there] = [render(world.image), site.files()];
  const paths = [...new Set([...wanted.keys(), ...there.keys()])];
  return [
    ...differing(await site.facts(), world.database),
    ...paths
      .filter((path) => wanted.get(path) !== there.get(path))
      .map((path) => `the file ${path} is not as it should be`),
  ];
}
