import { count, formatPlace, type Place } from '../core/index.ts';
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
    const fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
    const annotation = annotationOf(fields);
    if (annotation?.level === 'error') ofRun.add(annotation, fields.event === 'failed');
    else if (annotation) annotate(annotation);
  };
}

/** GitHub shows so many errors of a step, and passes over the others without a word. */
const mostOfStep = 10;

/** The errors of a run that GitHub is given: no more than it shows, and the last of them says how many there are besides. */
export class ErrorAnnotations {
  readonly #write: (annotation: Annotation) => void;
  #left = mostOfStep;
  #withheld = 0;

  constructor(write: (annotation: Annotation) => void) {
    this.#write = write;
  }

  /** @param isLast ends the run; one place is kept for it. */
  add(annotation: Annotation, isLast: boolean): void {
    if (isLast) this.addAll([annotation]);
    else if (this.#left > 1) this.#give(annotation);
    else this.#withheld += 1;
  }

  /** Those with which the run ends. */
  addAll(annotations: readonly Annotation[]): void {
    const given = annotations.slice(0, this.#left);
    const more = this.#withheld + annotations.length - given.length;
    for (const [at, one] of given.entries())
      this.#give(at === given.length - 1 && more > 0 ? withMore(one, more) : one);
    this.#withheld = given.length > 0 ? 0 : more;
  }

  #give(annotation: Annotation): void {
    this.#left -= 1;
    this.#write(annotation);
  }
}

const withMore = (annotation: Annotation, more: number): Annotation => ({
  ...annotation,
  message: `${annotation.message}\nand ${count(more, 'more problem')}: the log of this step has each`,
});

/** Lets GitHub show something at its place, from where the program runs. */
const annotate = (annotation: Annotation): void =>
  stderr.write(
    `${workflowCommand(annotation, {
      directory: process.cwd(),
      workspace: process.env.GITHUB_WORKSPACE ?? null,
    })}\n`,
  );

const ofRun = new ErrorAnnotations(annotate);

/** Something that is wrong, as a failure has it. */
interface Wrong {
  readonly message: string;
  readonly place?: Place | undefined;
  readonly remedy: string;
}

/** Lets GitHub show each of several errors with which the run ends, as far as it shows them. */
export function annotateErrors(errors: readonly Wrong[], redact: (text: string) => string): void {
  ofRun.addAll(
    errors.map(({ message, place, remedy }) => ({
      level: 'error',
      place: place ? { ...place, file: redact(place.file) } : null,
      message: redact(`${message}\n${remedy}`),
    })),
  );
}

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
