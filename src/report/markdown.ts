import { version as program } from '../core/index.ts';
import type { SchemaChange } from './changes.ts';
import { summaryOf } from './changes.ts';
import { type MigrationReport, type Report, type VersionLine, verdictOf } from './content.ts';
import { codeBlock, codeCell, codeSpan, plainText } from './markdown-text.ts';
import { mermaidOf } from './mermaid.ts';
import { durationOf, momentOf } from './moments.ts';
import { byTable, differenceLines, failureLines, problemLines } from './sections.ts';
import type { Words } from './words.ts';

const marks = { good: '✅', notable: 'ℹ️', bad: '❌' } as const;

/**
 * A report as Markdown (GFM), as GitHub and GitLab show it.
 *
 * @param most it is at most so many bytes of UTF-8; what is longer is left out, and that is said.
 */
export function markdownOf(report: Report, most = Number.POSITIVE_INFINITY): string {
  const kept: string[] = [];
  let bytes = 200;
  for (const part of partsOf(report)) {
    bytes += Buffer.byteLength(part) + 2;
    if (bytes > most)
      return `${kept.join('')}*The rest is left out: it is too long to be shown here. \`--report FILE\` writes all of it.*\n`;
    kept.push(`${part}\n\n`);
  }
  return `${kept.join('')}<sub>Written by slipway ${program}, ${momentOf(report.at)}</sub>\n`;
}

/** Paragraphs, tables and blocks in order. */
function partsOf(report: Report): string[] {
  const { command, facts = [], migrations, timeline = [] } = report;
  const { verdict, words } = verdictOf(report);
  const failure = failureLines(report);
  const differences = differenceLines(report);
  return [
    `## ${marks[verdict]} slipway ${command}: ${plainText(words)}`,
    ...(facts.length === 0
      ? []
      : [
          table(
            ['', ''],
            facts.map(({ label, value }) => [label, codeCell(value)]),
          ),
        ]),
    ...(failure.length === 0 ? [] : [codeBlock(failure, 'text')]),
    ...(report.databases === undefined ? [] : [codeBlock(report.databases, 'text')]),
    ...(report.problems ?? []).flatMap((problem) => [
      `**${codeSpan(problem.file)}**`,
      codeBlock(problemLines(problem), 'text'),
    ]),
    ...(migrations === undefined ? [] : migrationParts(report, migrations)),
    ...diagramParts(report),
    ...(differences === null
      ? []
      : ['### Differences', differences.length === 0 ? 'None.' : codeBlock(differences, 'diff')]),
    ...(timeline.length === 0 ? [] : ['### Versions', versionTable(timeline)]),
  ];
}

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function migrationParts(report: Report, migrations: readonly MigrationReport[]): string[] {
  const note = report.migrationsNote;
  return [
    ...(note === undefined ? [] : [plainText(note)]),
    ...migrations.flatMap(({ file, changes, undoing, locks, findings }) => [
      `### ${codeSpan(file)}`,
      changes.length === 0 ? 'Changes nothing in the schema.' : `It ${summaryOf(changes)}.`,
      ...changeParts(changes),
      ...(locks.length === 0 ? [] : [locks.map((lock) => `* ${plainText(lock)}`).join('\n')]),
      ...(findings.length === 0 ? [] : [findings.map((finding) => `* ⚠️ ${plainText(finding)}`).join('\n')]),
      sentence(undoing),
    ]),
  ];
}

/** A list with a heading a table; longer texts beneath their item. */
function changeParts(changes: readonly SchemaChange[]): string[] {
  const items = byTable(changes).flatMap(([of, listed]) =>
    of === null
      ? listed.flatMap((change) => item(change, ''))
      : [`- ${codeSpan(of)}`, ...listed.flatMap((change) => item(change, '  '))],
  );
  return items.length === 0 ? [] : [items.join('\n')];
}

function item({ verb, words, lines }: SchemaChange, indent: string): string[] {
  const block = lines.length === 0 ? [] : codeBlock(lines, 'diff').split('\n');
  return [`${indent}- ${verb} ${sentence(words)}`, ...block.map((line) => `${indent}  ${line}`)];
}

const sentence = (words: Words): string =>
  words.map((part) => (typeof part === 'string' ? part : codeSpan(part.code))).join('');

function diagramParts({ schema }: Report): string[] {
  const diagram = schema ? mermaidOf(schema) : null;
  return diagram === null ? [] : [`\`\`\`mermaid\n${diagram}\n\`\`\``];
}

const versionTable = (timeline: readonly VersionLine[]): string =>
  table(
    ['version', 'name', 'state', 'when', 'took', 'by', 'program'],
    timeline.map(({ version, name, state, finishedAt, durationMs, by, program }) => [
      codeCell(version),
      codeCell(name),
      state,
      finishedAt === null ? '' : codeCell(momentOf(finishedAt)),
      durationMs === null ? '' : durationOf(durationMs),
      by === null || by === '' ? '' : codeCell(by),
      program === null || program === '' ? '' : codeCell(program),
    ]),
  );
