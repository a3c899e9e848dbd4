import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type Place, printable } from '../core/index.ts';

/** Something that GitHub is to show at its place in a file. */
export interface Annotation {
  readonly level: 'error' | 'warning';
  readonly message: string;
  /** Where; null where it has no place. */
  readonly place: Place | null;
}

/** Where a program runs: its working directory, and the folder of the repository where there is one. */
export interface Workplace {
  readonly directory: string;
  readonly workspace: string | null;
}

/** Whether what is written goes to a runner of GitHub Actions, which obeys some of it. */
export const isInActions = (): boolean => process.env.GITHUB_ACTIONS === 'true';

/**
 * A workflow command that shows a message, at its place where it has one (docs.github.com, "Workflow commands for GitHub
 * Actions"). Its values are escaped as the runner reads them (actions/runner, ActionCommand.cs). GitHub shows the message
 * as it is, so that what a terminal obeys or what turns text round is made visible in it; the file is exact, or GitHub
 * would not find it.
 */
export function workflowCommand({ level, message, place }: Annotation, workplace: Workplace): string {
  const properties = [
    ...(place === null ? [] : [`file=${property(fileIn(place.file, workplace))}`]),
    ...(place?.line === undefined ? [] : [`line=${place.line}`]),
    ...(place?.line === undefined || place.column === undefined ? [] : [`col=${place.column}`]),
    'title=slipway',
  ];
  return `::${level} ${properties.join(',')}::${data(printable(message))}`;
}

/** The runner reads the values of a command back with `%` last; so that comes first here. */
const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** As GitHub knows files: from the root of the repository on, where they are in it. */
function fileIn(file: string, { directory, workspace }: Workplace): string {
  if (workspace === null || workspace === '') return file;
  const path = relative(workspace, resolve(directory, file));
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path.split(sep).join('/');
}

/**
 * Text of several lines in which the runner finds no command: it takes for one what begins a line with `::`, whatever
 * blanks stand before it, and in the older form `##[` wherever it stands (actions/runner, ActionCommand.cs).
 */
export const inertText = (text: string): string =>
  text.replaceAll(/^([^\S\r\n\u2028\u2029]*):(?=:)/gm, '$1\\x3a').replaceAll('##[', '#\\x23[');

/** The same of JSON, which says the same then: a line of it begins with no colon. */
export const inertJson = (json: string): string => json.replaceAll('##[', '#\\u0023[');
