import type { ExitName } from './errors.ts';
import { SlipwayError } from './slipway-error.ts';
import { count } from './words.ts';

/** Which of several failures decides the exit code: the first of these that is there, else the one found first. */
const mostSerious: readonly ExitName[] = ['newer', 'files', 'migration'];

const mostListed = 20;

/** Failures that are collected so that all are told at once. */
export class Problems {
  /** By message, so that each is told once. */
  readonly #found = new Map<string, SlipwayError>();

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** The files that they are in. */
  get files(): string[] {
    return [...this.#found.values()].flatMap(({ failure }) => failure.place?.file ?? []);
  }

  /** Keeps a failure, or each of those that one is made of. @throws what is no SlipwayError. */
  add(error: unknown): void {
    if (!(error instanceof SlipwayError)) throw error;
    const parts = error instanceof SeveralProblems ? error.parts : [error];
    for (const part of parts) if (!this.#found.has(part.message)) this.#found.set(part.message, part);
  }

  /** What `work` returns; undefined where it fails, which is kept. @throws what is no SlipwayError. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.add(error);
      return undefined;
    }
  }

  /** @throws SlipwayError: the one that was kept, or one that tells them all. */
  throwAny(): void {
    const found = [...this.#found.values()];
    const [first] = found;
    if (first) throw found.length === 1 ? first : new SeveralProblems(found);
  }
}

/** Several failures as one: that of the most serious, which names the first of the others. */
class SeveralProblems extends SlipwayError {
  readonly parts: readonly SlipwayError[];

  constructor(parts: readonly SlipwayError[]) {
    const lead = leadOf(parts);
    const others = parts.filter((part) => part !== lead);
    const { failure } = lead;
    super(
      {
        ...failure,
        message: `${failure.message}; and ${count(others.length, 'more problem')}`,
        detail: [...(failure.detail ?? []), ...listed(others)],
        problems: [lead, ...others].map((part) => part.failure),
      },
      { cause: lead },
    );
    this.parts = parts;
  }
}

function leadOf(parts: readonly SlipwayError[]): SlipwayError {
  const rank = ({ failure }: SlipwayError): number => mostSerious.indexOf(failure.exit) + 1 || Infinity;
  return parts.reduce((lead, part) => (rank(part) < rank(lead) ? part : lead));
}

function listed(problems: readonly SlipwayError[]): string[] {
  const lines = problems.slice(0, mostListed).map(({ message, failure }) => `${message}. ${failure.remedy}`);
  const left = problems.length - lines.length;
  return left === 0 ? lines : [...lines, `and ${count(left, 'more problem')}`];
}

/** @throws SlipwayError that tells all of these; none: nothing. */
export function throwAll(failures: readonly SlipwayError[]): void {
  const problems = new Problems();
  for (const failure of failures) problems.add(failure);
  problems.throwAny();
}
