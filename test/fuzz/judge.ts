import { exitCodes } from '../../src/core/errors.ts';
import { formatPlace, SlipwayError } from '../../src/core/slipway-error.ts';
import { canary } from './canary.ts';
import type { Observed } from './family.ts';

/** CPU time that one case may take, in ms. */
export const mostCpuMs = 2_000;

const listed: ReadonlyMap<number, string> = new Map(
  Object.entries(exitCodes).map(([name, { code }]) => [code, name]),
);

/** The name of the exit that a case led to; `?` for what is none. */
export function exitOf({ error, exitCode, exit }: Observed): string {
  if (exit !== undefined) return exit;
  if (error instanceof SlipwayError) return error.failure.exit;
  if (error !== null) return '?';
  return listed.get(exitCode ?? exitCodes.ok.code) ?? '?';
}

/**
 * What is wrong with what came of a case.
 *
 * @param input of the case, as text: words that stand in it may be repeated.
 * @param cpuMs that it took.
 * @returns a sentence for each problem; none where all is well.
 */
export function problemsOf(observed: Observed, input: string, cpuMs: number): string[] {
  const { error, exitCode, said, broken } = observed;
  const problems = [...broken];
  if (cpuMs > mostCpuMs) problems.push(`it took ${Math.round(cpuMs)} ms of CPU`);
  if (error !== null && !(error instanceof SlipwayError)) {
    problems.push(
      `it threw what is no SlipwayError: ${error instanceof Error ? error.stack : String(error)}`,
    );
  }
  if (exitCode !== undefined && (!listed.has(exitCode) || exitCode === exitCodes.bug.code)) {
    problems.push(`it ended with ${exitCode}`);
  }
  const texts = [...said];
  if (error instanceof SlipwayError) {
    const { message, remedy, exit, detail = [], place, report } = error.failure;
    if (exit === 'bug') problems.push(`it is called a bug: ${message}`);
    for (const [what, text] of Object.entries({ message, remedy, 'message with its place': error.message })) {
      if (text.trim() === '') problems.push(`the ${what} is empty`);
      if (isSeveralLines(text)) problems.push(`the ${what} is not one line: ${JSON.stringify(text)}`);
    }
    for (const line of detail)
      if (isSeveralLines(line)) problems.push(`a detail is not one line: ${JSON.stringify(line)}`);
    texts.push(
      error.message,
      message,
      remedy,
      ...detail,
      place ? formatPlace(place) : '',
      JSON.stringify(report ?? null),
    );
  }
  for (const text of texts) {
    if (text.includes(canary)) problems.push(`a secret is shown: ${shortened(text)}`);
    if (/^ {4}at .+[:(]/m.test(text)) problems.push(`a stack trace is shown: ${shortened(text)}`);
    const slip = /\bundefined\b|\[object |\bNaN\b/.exec(text)?.[0];
    if (slip !== undefined && !input.includes(slip)) problems.push(`it says ${slip}: ${shortened(text)}`);
  }
  return [...new Set(problems)];
}

const isSeveralLines = (text: string): boolean => /[\r\n\u2028\u2029]/.test(text);

const shortened = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)}…` : text);
