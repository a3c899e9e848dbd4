import { count, largest, version as program } from '../core/index.ts';
import { type SchemaChange, summaryOf } from './changes.ts';
import { type MigrationReport, type Report, type VersionLine, verdictOf } from './content.ts';
import { diagramOf } from './diagram.ts';
import { codeOf, lines, text } from './html-text.ts';
import { durationOf, momentOf } from './moments.ts';
import { byTable, differenceLines, failureLines, problemLines } from './sections.ts';
import { style } from './style.ts';
import type { Words } from './words.ts';

/**
 * A report as a page of HTML that needs nothing else: no script, no font, no picture from anywhere, which its policy
 * forbids as well.
 */
export function htmlOf(report: Report): string {
  const { verdict, words } = verdictOf(report);
  const title = `slipway ${report.command}`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${text(title)}: ${text(words)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    `<header class="${verdict}">`,
    `<p class="command">${text(title)}</p>`,
    `<h1>${text(words)}</h1>`,
    facts(report),
    '</header>',
    '<main>',
    ...sections(report),
    '</main>',
    `<footer>Written by slipway ${text(program)}, ${text(momentOf(report.at))}</footer>`,
    '</body>',
    '</html>',
    '',
  ]
    .filter((line, at, all) => line !== '' || at === all.length - 1)
    .join('\n');
}

const facts = ({ facts = [] }: Report): string =>
  facts.length === 0
    ? ''
    : `<dl class="facts">${facts
        .map(({ label, value }) => `<div><dt>${text(label)}</dt><dd>${text(value)}</dd></div>`)
        .join('')}</dl>`;

function sections(report: Report): string[] {
  const { problems = [], migrations, timeline = [] } = report;
  const failure = failureLines(report);
  const differences = differenceLines(report);
  return [
    ...(failure.length === 0 ? [] : [section('Why', pre(failure, 'failure'))]),
    ...(problems.length === 0
      ? []
      : [
          section(
            'Problems',
            ...problems.map(
              (problem) => `<h3>${codeOf(problem.file)}</h3>${pre(problemLines(problem), 'failure')}`,
            ),
          ),
        ]),
    ...(report.databases === undefined ? [] : [section('Databases', pre(report.databases, 'databases'))]),
    ...(migrations === undefined ? [] : [section('Migrations', ...migrationParts(report, migrations))]),
    ...(differences === null
      ? []
      : [section('Differences', differences.length === 0 ? '<p>None.</p>' : diff(differences))]),
    ...(timeline.length === 0 ? [] : [section('Versions', versions(timeline))]),
    ...diagram(report),
  ];
}

const section = (title: string, ...body: readonly string[]): string =>
  `<section><h2>${title}</h2>\n${body.join('\n')}\n</section>`;

const pre = (shown: readonly string[], name: string): string =>
  `<pre class="${name}">${lines(shown.join('\n'))}</pre>`;

const classes: Readonly<Record<string, string>> = { '-': 'gone', '+': 'come', '~': 'changed' };

/** Lines that begin with a mark are shown in its colour. */
const diff = (shown: readonly string[]): string =>
  `<pre class="diff">${shown
    .map((line) => {
      const name = classes[line.trimStart().charAt(0)];
      return name === undefined ? lines(line) : `<span class="${name}">${lines(line)}</span>`;
    })
    .join('\n')}</pre>`;

function migrationParts({ migrationsNote }: Report, migrations: readonly MigrationReport[]): string[] {
  return [
    ...(migrationsNote === undefined ? [] : [`<p>${text(migrationsNote)}</p>`]),
    ...migrations.map(
      ({ file, changes, undoing, locks, findings }) => `<article>
<h3>${codeOf(file)}</h3>
<p>${changes.length === 0 ? 'Changes nothing in the schema.' : `It ${text(summaryOf(changes))}.`}</p>
${changeList(changes)}
${locks.length === 0 ? '' : `<ul class="locks">${locks.map((lock) => `<li>${text(lock)}</li>`).join('')}</ul>`}
${findings.length === 0 ? '' : `<ul class="findings">${findings.map((finding) => `<li>${text(finding)}</li>`).join('')}</ul>`}
<p class="undoing">${sentence(undoing)}</p>
</article>`,
    ),
  ];
}

const changeList = (changes: readonly SchemaChange[]): string =>
  changes.length === 0
    ? ''
    : `<ul class="changes">${byTable(changes)
        .map(([of, listed]) => {
          const items = listed.map(item).join('');
          return of === null ? items : `<li class="table">${codeOf(of)}<ul>${items}</ul></li>`;
        })
        .join('')}</ul>`;

const item = ({ verb, words, lines: shown }: SchemaChange): string =>
  `<li class="${verb}"><b>${verb}</b> ${sentence(words)}${shown.length === 0 ? '' : diff(shown)}</li>`;

const sentence = (words: Words): string =>
  words.map((part) => (typeof part === 'string' ? text(part) : codeOf(part.code))).join('');

function versions(timeline: readonly VersionLine[]): string {
  const longest = largest(
    timeline.map(({ durationMs }) => durationMs ?? 0),
    1,
  );
  const row = (one: VersionLine): string => `<tr class="${text(one.state.replaceAll(/[^a-zA-Z]/g, ''))}">
<td class="version">${text(one.version)}</td><td class="name">${text(one.name)}</td><td><span class="state">${text(one.state)}</span></td>
<td class="when">${one.finishedAt === null ? '' : text(momentOf(one.finishedAt))}</td>
<td class="took">${one.durationMs === null ? '' : took(one.durationMs, longest)}</td>
<td class="by">${text(one.by ?? '')}${one.program ? ` <small>slipway ${text(one.program)}</small>` : ''}</td></tr>`;
  const heads = ['version', 'name', 'state', 'when', 'took', 'by'];
  return `<div class="wide"><table class="versions"><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>${timeline.map(row).join('\n')}</tbody></table></div>
<p class="note">${count(timeline.length, 'version')}. A bar is the share of the longest duration.</p>`;
}

const took = (ms: number, longest: number): string =>
  `<span class="bar" style="width:${Math.max(2, Math.round((72 * ms) / longest))}px"></span> ${text(durationOf(ms))}`;

function diagram({ schema }: Report): string[] {
  if (!schema) return [];
  const drawn = diagramOf(schema);
  const note = `<p class="note">${text(drawn.note)}</p>`;
  return drawn.kind === 'none'
    ? [section('Schema', note)]
    : [section('Schema', `<div class="wide">${drawn.svg}</div>`, note)];
}
