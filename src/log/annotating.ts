import { formatPlace, type Place } from '../core/index.ts';
import type { LogOptions } from './options.ts';
import { stderr } from './output.ts';
import { type Annotation, inertJson, inertText, workflowCommand } from './workflow-commands.ts';

/**
 * Writes the log where a runner of GitHub Actions reads it: nothing in a line is a command, and after an error, or a
 * warning that has a place, stands the command by which GitHub shows it there.
 *
 * @param shown makes of a line of JSON, redacted, the text that is written in that format.
 */
export function annotating(
  shown: (line: string) => string,
  format: LogOptions['format'],
): (line: string) => void {
  const inert = format === 'json' ? inertJson : inertText;
  return (line) => {
    stderr.write(inert(shown(line)));
    const annotation = annotationOf(JSON.parse(line) as Readonly<Record<string, unknown>>);
    if (annotation) annotate(annotation);
  };
}

/** Lets GitHub show something at its place, from where the program runs. @param annotation holds no secret. */
export const annotate = (annotation: Annotation): void =>
  stderr.write(
    `${workflowCommand(annotation, {
      directory: process.cwd(),
      workspace: process.env.GITHUB_WORKSPACE ?? null,
    })}\n`,
  );

/** What of a line of the log is shown at a place; null for what is not. */
export function annotationOf(line: Readonly<Record<string, unknown>>): Annotation | null {
  const { level, msg, remedy } = line;
  const place = placeOf(line);
  if (level !== 'error' && (level !== 'warn' || place === null)) return null;
  // The message of a failure begins with its place.
  const prefix = place === null ? '' : `${formatPlace(place)}: `;
  const said = String(msg).startsWith(prefix) ? String(msg).slice(prefix.length) : String(msg);
  const whole = typeof remedy === 'string' ? `${said}\n${remedy}` : said;
  return { level: level === 'error' ? 'error' : 'warning', message: whole, place };
}

function placeOf({ file, line, column }: Readonly<Record<string, unknown>>): Place | null {
  if (typeof file !== 'string' || file === '') return null;
  return {
    file,
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof column === 'number' ? { column } : {}),
  };
}
