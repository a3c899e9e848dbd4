import { describeProblem } from '../check/index.ts';
import { count, type Failure, formatPlace, printableName } from '../core/index.ts';
import { type EventAt, type Styler, unstyled } from '../log/index.ts';
import { byTable, type SchemaChange, summaryOf, type Words } from '../report/index.ts';
import { type Answer, isGood } from './answer.ts';
import type { Trial } from './watched.ts';

const marks = { adds: '+', changes: '~', removes: '-' } as const;
const colors = { adds: 'green', changes: 'yellow', removes: 'red' } as const;

/** An answer for a person, line by line. */
export function answerLines(answer: Answer, paint: Styler): string[] {
  switch (answer.kind) {
    case 'nothing':
      return [paint.dim('there is no file yet: slipway new NAME makes a migration')];
    case 'unreadable':
      return failureLines(answer.failure, paint);
    case 'below':
      return [
        ...failureLines(answer.failure, paint),
        paint.dim('    Nothing can be tried until the files before the newest run.'),
      ];
    case 'failed':
      return failureLines(answer.failure, paint, answer.ms);
    case 'made':
      return [
        heading(answer, paint),
        ...changeLines(answer.report.changes, paint),
        ...answer.report.locks.map((lock) => `  ${paint.dim(printableName(lock))}`),
        ...answer.report.findings.map((finding) => `  ${paint.yellow('!')} ${printableName(finding)}`),
        ...(answer.problems.length > 0
          ? answer.problems.flatMap((problem) =>
              describeProblem(problem).map((line, at) => (at === 0 ? `  ${paint.red('✗')} ${line}` : line)),
            )
          : [`  ${paint.dim(sentence(answer.report.undoing))}`]),
      ];
    case 'generated':
      return [
        heading(answer, paint),
        ...(answer.up === null
          ? []
          : [...sqlLines('up', answer.up, paint), ...sqlLines('down', answer.down, paint)]),
        ...answer.problems.map((problem) => `  ${paint.yellow('!')} ${problem}`),
      ];
  }
}

/** What is done before a save can be answered. */
export function buildingLine({ below }: Trial): string {
  const { baseline, migrations } = below;
  const files = migrations.length + (baseline ? 1 : 0);
  return files === 0
    ? 'starting a scratch database'
    : `building a scratch database from ${count(files, 'file')}`;
}

/** What is watched, once a save can be answered. */
export function watchingLine({ subject, below }: Trial, server: string): string {
  const at = below.head === '' ? 'an empty database' : `a database at ${below.head}`;
  const file = subject.kind === 'source' ? subject.file : subject.migration.source.path;
  return `watching ${printableName(file)}: each save is tried on ${at}, PostgreSQL ${server}; Ctrl-C ends it`;
}

/** An answer as an event of the log. */
export function eventOfAnswer(answer: Answer): {
  readonly fields: EventAt<'info'> & { readonly event: 'answer' };
  readonly words: string;
} {
  const { kind } = answer;
  const timed = 'ms' in answer ? { file: answer.file, ms: answer.ms } : {};
  const fields = { event: 'answer', kind, ok: isGood(answer), ...timed } as const;
  const [words = ''] = answerLines(answer, unstyled);
  switch (answer.kind) {
    case 'nothing':
      return { fields, words };
    case 'unreadable':
    case 'below':
    case 'failed': {
      const { message, place, sqlstate, remedy, detail } = answer.failure;
      return { fields: { ...fields, error: { message, ...place, sqlstate, remedy, detail } }, words };
    }
    case 'made': {
      const { version, report, problems } = answer;
      const { locks, findings } = report;
      const changes = report.changes.map(({ verb, object, words: said, lines }) => ({
        verb,
        object,
        words: sentence(said),
        lines,
      }));
      const undoing = sentence(report.undoing);
      return {
        fields: { ...fields, version, changes, locks, findings, undoing, problems },
        words,
      };
    }
    case 'generated': {
      const { up, down, problems } = answer;
      return {
        fields: { ...fields, up, down, problems: problems.map((message) => ({ message })) },
        words,
      };
    }
  }
}

function heading(answer: Answer & { kind: 'made' | 'generated' }, paint: Styler): string {
  const mark = isGood(answer) ? paint.green('✓') : paint.yellow('!');
  return `${mark} ${paint.bold(printableName(answer.file))}: ${inShort(answer)} ${paint.dim(`(${answer.ms} ms)`)}`;
}

function inShort(answer: Answer & { kind: 'made' | 'generated' }): string {
  if (answer.kind === 'made') return summaryOf(answer.report.changes) || 'changes nothing in the schema';
  return answer.up === null ? 'head already matches it' : 'new --from would write';
}

/** What is wrong, with the excerpt beneath, as the log shows it. */
function failureLines(
  { place, message, detail = [], remedy }: Failure,
  paint: Styler,
  ms: number | null = null,
): string[] {
  const where = place === undefined ? '' : `${paint.bold(formatPlace(place))}: `;
  const took = ms === null ? '' : ` ${paint.dim(`(${ms} ms)`)}`;
  return [
    `${paint.red('✗')} ${where}${message}${took}`,
    ...detail.map((line) => `    ${line}`),
    `    → ${inEditor(remedy)}`,
  ];
}

/** Who reads it has the file open, and starts nothing again: the next save is tried. */
const inEditor = (remedy: string): string =>
  remedy.replace(/(?:,| and|, then) start again\.$/, ' and save it.');

/** What changes, under the table that it belongs to. */
function changeLines(changes: readonly SchemaChange[], paint: Styler): string[] {
  return byTable(changes).flatMap(([table, listed]) => {
    const indent = table === null ? '  ' : '    ';
    const lines = listed.flatMap(({ verb, words, lines }) => [
      `${indent}${paint[colors[verb]](marks[verb])} ${sentence(words)}`,
      ...lines.map((line) => `${indent}    ${line}`),
    ]);
    return table === null ? lines : [`  ${printableName(table)}:`, ...lines];
  });
}

const sentence = (words: Words): string =>
  words.map((part) => (typeof part === 'string' ? part : printableName(part.code))).join('');

function sqlLines(name: string, sql: string | null, paint: Styler): string[] {
  if (sql === null) return [];
  return [
    `  ${paint.dim(`${name}:`)}`,
    ...sql
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
  ];
}
