import { parse } from 'dotenv';
import { type ConfigProblem, reasonOf, UnreadableFile } from '../core/index.ts';
import type { LateFile } from './conninfo/conninfo.ts';
import type { ConfigInput } from './input.ts';
import { settings } from './settings.ts';

/** What a reading of the configuration found besides values; the lists are added to. */
export interface Findings {
  readonly problems: ConfigProblem[];
  readonly notes: string[];
  /** Files that can be waited for; null: nothing is, and a file that is not there is a problem. */
  readonly late: LateFile[] | null;
}

/** A value, and what the person called it: `PGPORT`, `--port`, `.env.testing: PGPORT`. */
export interface Given {
  readonly value: string;
  readonly name: string;
}

/** One source of values; a variable that is set but empty counts as not set, as compose passes `${X:-}`. */
export interface Layer {
  /** The variables that are set, by name. */
  readonly values: ReadonlyMap<string, string>;
  /** The variables that are set to nothing. */
  readonly blank: ReadonlySet<string>;
  /** What the person called a variable here. */
  readonly nameOf: (variable: string) => string;
}

function layer(values: Readonly<Record<string, string | undefined>>, prefix: string): Layer {
  const set = Object.entries(values).flatMap(([variable, value]) =>
    value === undefined || value === '' ? [] : [[variable, value] as const],
  );
  const blank = Object.keys(values).filter((variable) => values[variable] === '');
  return { values: new Map(set), blank: new Set(blank), nameOf: (variable) => `${prefix}${variable}` };
}

function flagLayer(flags: ConfigInput['flags'], findings: Findings): Layer {
  const values = new Map<string, string>();
  const names = new Map<string, string>();
  for (const { flag, variable } of settings) {
    const value = flag === null ? undefined : flags[flag.slice(2)];
    if (flag === null || value === undefined) continue;
    names.set(variable, flag);
    if (value === '') {
      findings.problems.push({
        name: flag,
        message: 'the value is empty',
        remedy: 'Give it a value or leave it out.',
      });
    } else values.set(variable, String(value));
  }
  return { values, blank: new Set(), nameOf: (variable) => names.get(variable) ?? variable };
}

/** Where libpq searches for its usual files: `$HOME`, else the home of the system's user (libpq 15 and later). */
export const homeOf = ({ env, user }: ConfigInput): string | null => env.HOME || user.home;

/** The code of a file-system error (`EACCES`), else null. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/**
 * How a message calls a file that a variable names. Who writes the secret itself into a `*_FILE` variable must not
 * find it in the log: what resembles a connection string, or no path at all, is not shown.
 */
export const shownFile = (path: string): string =>
  isShown(path) ? `the file ${path}` : 'the file that it names';

const isShown = (path: string): boolean =>
  /\/|^\.env/.test(path) && !/:\/\/|@|passw\w*=|\p{Cc}/iu.test(path) && path.length <= 200;

/**
 * Says why a file could not be read and what to do about it, from the error of `node:fs`; `null` stands for a
 * file that is not there.
 */
export function unreadable(
  error: unknown,
  path: string,
  { user, container }: Pick<ConfigInput, 'user' | 'container'>,
): { readonly message: string; readonly remedy: string } {
  if (error instanceof UnreadableFile) {
    const { message, remedy } = reasonOf(error);
    // Something is there, so it is a file's name.
    return { message: `the file ${path} cannot be read: ${message}`, remedy };
  }
  const code = error === null ? 'ENOENT' : codeOf(error);
  const file = shownFile(path);
  const who = `${user.name ?? 'this user'}${user.uid === undefined ? '' : ` (uid ${user.uid})`}`;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { message: `${file} does not exist`, remedy: 'Mount it or correct the path.' };
    case 'EACCES':
    case 'EPERM':
      return {
        // It is there, so it is a file's name.
        message: `the file ${path} cannot be read by ${who}: its mode and owner do not allow it`,
        remedy:
          container === 'pod'
            ? `A Secret belongs to root: set fsGroup: ${user.uid ?? 65532} in the securityContext of the pod, with defaultMode: 0440 of the volume.`
            : 'Give it mode 0444, or make this user its owner.',
      };
    case 'EISDIR':
      return {
        message: `${path} is a directory, not a file`,
        remedy: 'Name the file; a container engine makes a directory where the file to mount is missing.',
      };
    default:
      return {
        message: `${file} cannot be read${code ? ` (${code})` : ''}`,
        remedy: 'Check the file and its file system.',
      };
  }
}

/** Whether reading ended with this because there is no such file; `null` stands for that too. */
export const isAbsent = (failure: unknown): boolean =>
  failure === null || ['ENOENT', 'ENOTDIR', 'EDANGLING'].includes(codeOf(failure) ?? '');

/** Notes that a file has to be waited for, or where nothing is waited for, that it is a problem. */
export function noteLate(file: LateFile, { late, problems }: Findings): void {
  (late ?? problems).push(file);
}

/** Reads a file that a variable names; null, with a problem or a late file noted, where that fails. */
export function readNamed(given: Given, input: ConfigInput, findings: Findings): string | null {
  let failure: unknown = null;
  try {
    const text = input.readFile(given.value);
    if (text !== null) return text;
  } catch (error) {
    failure = error;
  }
  const why = { name: given.name, ...unreadable(failure, given.value, input) };
  // What does not resemble a path will never be there.
  if (isAbsent(failure) && isShown(given.value)) noteLate({ ...why, exit: 'config' }, findings);
  else findings.problems.push(why);
  return null;
}

function dotenvLayer(
  path: string,
  input: ConfigInput,
  findings: Findings,
  isMissing: () => void = () => undefined,
): Layer {
  let text: string | null = null;
  try {
    text = input.readFile(path);
    if (text === null) isMissing();
  } catch (error) {
    findings.problems.push({ name: path, ...unreadable(error, path, input) });
  }
  const values = text === null ? {} : parse(withoutVoids(text));
  for (const variable of cutShort(text ?? '', values)) {
    findings.notes.push(
      `${path}: ${variable} ends before the # in its line, which begins a comment: if it belongs to the value, put the whole value in single quotes`,
    );
  }
  return layer(values, `${path}: `);
}

const known: ReadonlySet<string> = new Set(
  settings.flatMap(({ variable, isSecret }) => (isSecret ? [variable, `${variable}_FILE`] : [variable])),
);

/** The variables of ours whose value holds a # that dotenv reads as the begin of a comment, although no blank is before it. */
function cutShort(text: string, values: Readonly<Record<string, string>>): string[] {
  const lines = text.matchAll(
    /^[^\S\r\n]*(?:export[^\S\r\n]+)?(\w+)[^\S\r\n]*=(?:[^\S\r\n]*([^\s#'"`][^\r\n#]*))?#/gm,
  );
  return [...lines].flatMap(([, variable = '', before = '']) =>
    known.has(variable) && !/\s$/.test(before) && values[variable] === before ? [variable] : [],
  );
}

/** More blank lines than a value has: for each of them dotenv looks through all that follow. */
const voids = /(?<=[\r\n])(?:[^\S\r\n]*[\r\n]){100,}/g;

const withoutVoids = (text: string): string => text.replace(voids, '\n');

/** The first layer's value of a variable; null where no layer sets it. */
export function lookUp(layers: readonly Layer[], variable: string): Given | null {
  for (const { values, nameOf } of layers) {
    const value = values.get(variable);
    if (value !== undefined) return { value, name: nameOf(variable) };
  }
  return null;
}

/**
 * The layers, the strongest first: flags, environment, `.env.<ENVIRONMENT>`, `.env`. `ENVIRONMENT` may itself
 * stand in the environment or in `.env`.
 */
export function readLayers(input: ConfigInput, findings: Findings): readonly Layer[] {
  const environment = layer(input.env, '');
  const common = dotenvLayer('.env', input, findings);
  const named = lookUp([environment, common], 'ENVIRONMENT');
  const layers = [flagLayer(input.flags, findings), environment];
  if (named && /[/\\@:\p{Cc}]/u.test(named.value)) {
    findings.problems.push({
      name: named.name,
      message: 'it is part of the file name .env.<ENVIRONMENT> and cannot hold a slash, @ or :',
      remedy: 'Write a plain word such as testing.',
    });
  } else if (named) {
    const path = `.env.${named.value}`;
    const note = `${named.name} is ${named.value}, and there is no file ${path}: correct the word, or add the file`;
    layers.push(dotenvLayer(path, input, findings, () => findings.notes.push(note)));
  }
  return [...layers, common];
}
