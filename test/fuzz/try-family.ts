import fc from 'fast-check';
import type { Family, Observed } from './family.ts';
import { exitOf, problemsOf } from './judge.ts';
import type { FamilySummary } from './summary.ts';

/** The smallest input that something is wrong with, and how to have it again. */
export interface Found {
  readonly family: string;
  readonly problems: readonly string[];
  readonly input: string;
  readonly again: string;
}

export interface TryOptions {
  readonly cases: number;
  readonly seed: number;
  /** A path of fast-check's, to run one case again; null: all. */
  readonly replay: string | null;
  /** Called ahead of each case with its number, from 0, and its input. */
  begin(run: number, input: string): void;
  /** Called after each case; `isBad` where something was wrong with it. */
  end(isBad: boolean): void;
}

class Problem extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const mostMs = 30_000;

/** Tries a family's cases up to the first problem, whose input is then made as small as it can be. */
export async function tryFamily<Input>(
  family: Family<Input>,
  { cases, seed, replay, begin, end }: TryOptions,
): Promise<{ readonly summary: FamilySummary; readonly found: Found | null }> {
  const exits = new Map<string, number>();
  let tried = 0;
  let hasFailed = false;
  const property = fc.asyncProperty(family.inputs, async (input) => {
    const text = fc.stringify(input);
    begin(tried, text);
    // Families that wait for a server go on meanwhile.
    if (family.isPure) await new Promise(setImmediate);
    const { observed, problems } = await tryCase(family, input, text);
    if (hasFailed) {
      if (problems.length > 0) throw new Problem(problems);
      return;
    }
    tried += 1;
    const exit = exitOf(observed);
    exits.set(exit, (exits.get(exit) ?? 0) + 1);
    end(problems.length > 0);
    if (problems.length === 0) return;
    hasFailed = true;
    throw new Problem(problems);
  });
  const result = await fc.check(property, {
    numRuns: replay === null ? cases : 1,
    seed,
    ...(replay === null ? {} : { path: replay }),
  });
  const found: Found | null = result.failed
    ? {
        family: family.name,
        problems:
          result.errorInstance instanceof Problem
            ? result.errorInstance.problems
            : [String(result.errorInstance)],
        input: fc.stringify(result.counterexample?.[0]),
        again: `npm run fuzz -- --only ${family.name} --seed ${seed} --replay ${result.counterexamplePath}`,
      }
    : null;
  return { summary: { family: family.name, cases: tried, exits, problems: found ? 1 : 0 }, found };
}

/** Runs one case and judges it; `text` is its input to read. What is thrown where nobody catches it is this case's too. */
async function tryCase<Input>(
  family: Family<Input>,
  input: Input,
  text: string,
): Promise<{ readonly observed: Observed; readonly problems: readonly string[] }> {
  const strays: unknown[] = [];
  const stray = (error: unknown): void => void strays.push(error);
  process.on('uncaughtException', stray);
  process.on('unhandledRejection', stray);
  const before = process.cpuUsage();
  try {
    const observed = await inTime(family.run(input));
    const { user, system } = process.cpuUsage(before);
    const again = family.isPure && text.length % 4 === 0 ? await family.run(input) : observed;
    return {
      observed,
      problems: [
        ...problemsOf(observed, text, family.isPure ? (user + system) / 1000 : 0),
        ...strays.flatMap((error) => problemsOf({ error, said: [], broken: [] }, text, 0)),
        ...(inShort(again) === inShort(observed)
          ? []
          : ['the same input gave something else the second time']),
      ],
    };
  } finally {
    process.off('uncaughtException', stray);
    process.off('unhandledRejection', stray);
  }
}

const inShort = ({ error, said, broken, exitCode }: Observed): string =>
  JSON.stringify([error instanceof Error ? error.message : error, said, broken, exitCode]);

async function inTime(work: Observed | Promise<Observed>): Promise<Observed> {
  if (!(work instanceof Promise)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Observed>((resolve) => {
    timer = setTimeout(
      () => resolve({ error: null, said: [], broken: [`it did not end within ${mostMs / 1000} s`] }),
      mostMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
