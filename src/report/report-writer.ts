import { closeSync, constants, fstatSync, openSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type App, prepareToWrite } from '../app/index.ts';
import { maskSecrets, SlipwayError } from '../core/index.ts';
import { replaceFiles } from '../core/replace-file.ts';
import { inertText, type Log } from '../log/index.ts';
import type { Report, ReportContent } from './content.ts';
import { assertReplaceable } from './earlier-report.ts';
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { redactedIn } from './redacted.ts';

/** What GitHub shows of a step at most, bytes (docs.github.com, "Step isolation and limits" of job summaries: 1 MiB). */
const mostOfSummary = 1_000_000;

const option = '--report';

/** Where a report goes, and how. */
export interface ReportRequest {
  readonly command: string;
  /** The value of `--report`: a file, or several with commas between; `-`: stdout, as Markdown. Undefined: to none. */
  readonly named: string | undefined;
  /** The file of `GITHUB_STEP_SUMMARY`; null where there is none. */
  readonly summary: string | null;
  /** Whether the result on stdout is JSON. */
  readonly isJson: boolean;
  readonly redact: (text: string) => string;
  /** Writes to stdout. */
  readonly printFile: (text: string) => void;
}

/** Gathers what a command has to say, and writes it when the run ends, well or not. */
export class ReportWriter {
  readonly #request: ReportRequest;
  readonly #files: readonly string[];
  readonly #content: { -readonly [Part in keyof ReportContent]: ReportContent[Part] } = {};
  #isEnded = false;

  constructor(request: ReportRequest) {
    this.#request = request;
    const named = (request.named ?? '').split(',').filter((file) => file !== '' && file !== '-');
    this.#files = [...new Map(named.map((file) => [resolve(file), file])).values()];
  }

  /** Whether the report takes the place of the result on stdout. */
  get isOnStdout(): boolean {
    return (this.#request.named ?? '').split(',').includes('-');
  }

  /** Takes in what the command knows by now; a part that it gave before is replaced. */
  add(content: ReportContent): void {
    Object.assign(this.#content, content);
  }

  /**
   * Makes sure, before any work, that the files can be written, and take the place of no file of the project.
   *
   * @throws SlipwayError (64, 66) for the first for which that is not so.
   */
  prepare(app: Pick<App, 'log' | 'config'>): void {
    try {
      prepareToWrite(
        app,
        this.#files.map((path) => ({ path, setting: option })),
      );
      for (const path of this.#files) {
        refuseOwnFile(path, app.config);
        assertReplaceable(path);
      }
    } catch (error) {
      this.#isEnded = true;
      throw error;
    }
  }

  /**
   * Writes the report, once. A step summary that cannot be written is a warning, and so is all else where the run failed.
   *
   * @throws SlipwayError (66) for a file that cannot be written where the run ended well.
   */
  end(error: SlipwayError | null, log: Log): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { command, redact } = this.#request;
    const failure = error && { ...error.failure, exitCode: error.code, text: error.message };
    try {
      const report = redactedIn<Report>({ ...this.#content, command, failure, at: new Date() }, (text) =>
        redact(maskSecrets(text)),
      );
      this.#summarize(report, log);
      this.#write(report);
    } catch (reason) {
      // How a run failed counts for more than that its report could not be written.
      if (error === null) throw reason;
      const remedy = reason instanceof SlipwayError ? { remedy: reason.failure.remedy } : {};
      const why = reason instanceof Error ? reason.message : String(reason);
      log.warn({ event: 'noReport', ...remedy }, `the report was not written: ${why}`);
    }
  }

  #write(report: Report): void {
    const { redact, printFile } = this.#request;
    // A report may be shown in the log of a runner, which obeys some of what it reads.
    const shown = (text: string): string => inertText(redact(text));
    if (this.isOnStdout) printFile(shown(markdownOf(report)));
    replaceFiles(
      this.#files.map((path) => ({
        path,
        text: shown(/\.html?$/i.test(path) ? htmlOf(report) : markdownOf(report)),
        setting: option,
      })),
    );
  }

  #summarize(report: Report, log: Log): void {
    const { summary, redact } = this.#request;
    if (summary === null) return;
    try {
      appendTo(summary, (most) => redact(markdownOf(report, most)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      log.warn({ event: 'noSummary' }, `the summary of this step cannot be written (${code}): ${summary}`);
    }
  }
}

/** A command may yet write its own file of that name. @throws SlipwayError (64). */
function refuseOwnFile(path: string, { baseline, lockfile }: App['config']): void {
  if (![baseline, lockfile].some((own) => resolve(own) === resolve(path))) return;
  throw new SlipwayError({
    exit: 'usage',
    place: { file: path },
    message: `${option} names a file of the project itself`,
    remedy: 'Name another file: --report report.md, or --report report.html for a page.',
  });
}

/** Appends to a regular file; what is none is never waited for. @throws the system's error. */
function appendTo(path: string, text: (most: number) => string): void {
  const file = openSync(
    path,
    constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK,
  );
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw Object.assign(new Error(), { code: 'not a regular file' });
    writeFileSync(file, text(mostOfSummary - stats.size));
  } finally {
    closeSync(file);
  }
}

/** Opens the report of a run. @throws SlipwayError (64) where it would stand in one place with other output. */
export function openReport(request: ReportRequest): ReportWriter {
  const { named, isJson } = request;
  const files = named?.split(',') ?? [];
  const wrong = files.some((file) => file === '')
    ? 'names no file'
    : isJson && files.includes('-')
      ? 'and --json would both write to stdout'
      : null;
  if (wrong === null) return new ReportWriter(request);
  throw new SlipwayError({
    exit: 'usage',
    message: `--report ${named === undefined ? '' : `"${named}" `}${wrong}`,
    remedy: 'Name a file: --report report.md, or --report report.html for a page.',
  });
}
