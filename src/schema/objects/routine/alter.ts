import { TokenReader } from '../../../sql/index.ts';
import { type Alteration, type ObjectChange, recreate, step } from '../common/alteration.ts';
import { splitOuter } from '../common/clauses.ts';

/** What a routine takes and gives, of `pg_get_functiondef`: the arguments between the first brackets, then RETURNS. */
function signatureOf(text: string): {
  readonly args: readonly string[];
  readonly returns: string;
  readonly rest: string;
} {
  const reader = new TokenReader({ path: 'a routine', text, checksum: '' });
  let open = -1;
  let close = -1;
  for (let depth = 0; close < 0 && reader.next(); ) {
    const token = text.slice(reader.start, reader.end);
    if (token === '(' && depth++ === 0) open = reader.end;
    if (token === ')' && --depth === 0) close = reader.start;
  }
  const rest = text.slice(close + 1);
  return {
    args: splitOuter(text.slice(open, close)),
    returns: /^\s*RETURNS [^\n]*/.exec(rest)?.[0].trim() ?? '',
    rest,
  };
}

const defaultAt = (argument: string): number => argument.search(/ DEFAULT /);

const withoutDefault = (argument: string): string =>
  defaultAt(argument) < 0 ? argument : argument.slice(0, defaultAt(argument));

/**
 * A function or procedure is replaced, as long as it returns the same, its arguments keep their names and modes, and
 * none loses its default: else it is made again (PostgreSQL documentation, CREATE FUNCTION, Notes).
 */
export function alterRoutine({ before, after }: ObjectChange): Alteration {
  const was = signatureOf(before.text);
  const is = signatureOf(after.text);
  const isWindow = (rest: string): boolean =>
    /\n [^\n]*\bWINDOW\b/.test(rest.slice(0, rest.search(/\nAS |\nBEGIN|\nRETURN /)));
  const isCompatible =
    was.returns === is.returns &&
    was.args.map(withoutDefault).join() === is.args.map(withoutDefault).join() &&
    was.args.every((argument, index) => defaultAt(argument) < 0 || defaultAt(is.args[index] ?? '') >= 0) &&
    isWindow(was.rest) === isWindow(is.rest);
  if (!isCompatible) return recreate;
  const replaced = [step(after.text.trimEnd().replace(/;$/, ''))];
  // PostgreSQL forgets on which extensions a routine depends as it is replaced.
  return { way: 'steps', steps: replaced, disturbs: (kind) => kind === 'extension dependency' };
}
