import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { SlipwayError } from '../../../src/core/index.ts';
import { createLog } from '../../../src/log/log.ts';
import { openReport, type ReportRequest } from '../../../src/report/report-writer.ts';
import { load } from '../../support/config-input.ts';
import { makeProject, type Project } from '../../support/project.ts';

const log = createLog({ level: 'silent', format: 'json', redact: (line) => line });
const app = { log, config: load({}).config };

let project: Project;
let printed: string[];
beforeEach(() => {
  project = makeProject();
  printed = [];
});
afterEach(() => project.destroy());

const open = (request: Partial<ReportRequest>) =>
  openReport({
    command: 'status',
    named: undefined,
    summary: null,
    isJson: false,
    redact: (text) => text.replaceAll('s<cret', '***'),
    printFile: (text) => void printed.push(text),
    ...request,
  });

const failure = new SlipwayError({ exit: 'drift', message: 'it is not so', remedy: 'Do this.' });

test.each([
  ['report.md', '## ✅ slipway status: all is well'],
  ['report.html', '<!doctype html>'],
  ['in/a/folder/REPORT.HTM', '<!doctype html>'],
  ['report', '## ✅'],
])('%s is written by its ending', (name, begin) => {
  const path = project.path(name);
  const report = open({ named: path });
  report.prepare(app);
  report.add({ outcome: { words: 'all is well', isGood: true } });
  report.end(null, log);
  expect(readFileSync(path, 'utf8').slice(0, begin.length)).toBe(begin);
});

test('two files and stdout get the same run', () => {
  open({ named: `${project.path('a.md')},${project.path('b.html')},-` }).end(failure, log);
  expect(readFileSync(project.path('a.md'), 'utf8')).toContain('it is not so\n→ Do this.');
  expect(readFileSync(project.path('b.html'), 'utf8')).toContain('it is not so\n→ Do this.');
  expect(printed.join('')).toContain('status failed (drift, 85)');
});

test('a secret is redacted before it is escaped', () => {
  const report = open({ named: `${project.path('a.md')},${project.path('b.html')}` });
  report.add({ facts: [{ label: 'database', value: 'with s<cret' }] });
  report.end(null, log);
  for (const name of ['a.md', 'b.html'])
    expect(readFileSync(project.path(name), 'utf8')).toMatch(/with \*\*\*/);
});

test('a password in an object of the database is masked as the log masks it', () => {
  const report = open({ named: project.path('a.md') });
  report.add({ facts: [{ label: 'it runs', value: "ALTER ROLE app PASSWORD 'hunter2'" }] });
  report.end(null, log);
  expect(readFileSync(project.path('a.md'), 'utf8')).toContain('ALTER ROLE app PASSWORD');
  expect(readFileSync(project.path('a.md'), 'utf8')).not.toContain('hunter2');
});

test('a file that is named twice, in two ways, is written once', () => {
  const path = project.path('a.md');
  open({ named: `${path},${project.directory}/./a.md` }).end(null, log);
  expect(existsSync(path)).toBe(true);
});

test('nothing in a report is a command of a runner', () => {
  const path = project.path('a.md');
  const detail = ['::add-mask::x', '##[add-mask]x'];
  open({ named: path }).end(new SlipwayError({ exit: 'drift', message: 'm', remedy: 'r', detail }), log);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain('    \\x3a:add-mask::x\n    #\\x23[add-mask]x');
});

test.each([
  ['a folder', () => project.path('sql')],
  ['a file in what is no folder', () => project.path('a.txt/report.md')],
])('%s is refused before any work', (_, path) => {
  project.write('a.txt', '');
  const report = open({ named: path() });
  expect(() => report.prepare(app)).toThrow(expect.objectContaining({ code: 66 }));
  report.end(failure, log);
});

test.each(['a.md', 'a.html', 'b.html,a.md'])(
  'an earlier report, and an empty file, is replaced: %s',
  (names) => {
    project.write('a.md', '');
    const named = names.split(',').map(project.path).join(',');
    for (const words of ['before', 'now']) {
      const report = open({ named });
      report.add({ outcome: { words, isGood: true } });
      report.prepare(app);
      report.end(null, log);
    }
    for (const file of named.split(',')) expect(readFileSync(file, 'utf8')).toContain('now');
  },
);

test.each([
  ['sql/baseline.sql', 'CREATE TABLE t ();'],
  ['sql/../sql/baseline.sql', 'CREATE TABLE t ();'],
  ['migrations/20260101000000_a.sql', '-- SELECT 1;'],
  ['README.md', '## What it is\n'],
  ['index.html', '<!doctype html>\n<html>\n<title>shop</title>'],
  ['.env', 'PGHOST=postgres'],
])('a file that is no report is not overwritten: %s', (name, text) => {
  project.write(name, text);
  symlinkSync(project.path(name), project.path('link.md'));
  for (const named of [`${project.directory}/${name}`, project.path('link.md')]) {
    const report = open({ named });
    expect(() => report.prepare(app)).toThrow(expect.objectContaining({ code: 64 }));
    report.end(failure, log);
  }
  expect(readFileSync(project.path(name), 'utf8')).toBe(text);
});

test('a file that the command will write is refused before it is there', () => {
  expect(() => open({ named: './sql/../sql/schema.lock.json' }).prepare(app)).toThrow(
    '--report names a file of the project itself',
  );
});

test('where the run ended well, a file that cannot be written is a failure; else it is a warning', () => {
  const path = project.path('folder');
  const [well, failed] = [open({ named: path }), open({ named: path })];
  mkdirSync(path);
  expect(() => well.end(null, log)).toThrow(expect.objectContaining({ code: 66 }));
  expect(() => failed.end(failure, log)).not.toThrow();
});

test.each([
  ['', false, 'names no file'],
  ['a.md,', false, 'names no file'],
  ['-', true, 'would both write to stdout'],
])('--report "%s" is refused', (named, isJson, message) => {
  expect(() => open({ named, isJson })).toThrow(message);
});

describe('the summary of a step', () => {
  test('is appended to', () => {
    const summary = project.path('summary.md');
    project.write('summary.md', 'before\n');
    open({ summary }).end(null, log);
    expect(readFileSync(summary, 'utf8')).toMatch(/^before\n## ✅ slipway status/);
  });

  test('is no larger than GitHub shows, and says what it lacks', () => {
    const summary = project.path('summary.md');
    const report = open({ summary });
    const timeline = Array.from({ length: 9000 }, (_, at) => ({
      version: String(at),
      name: 'x'.repeat(200),
      state: 'applied',
      finishedAt: null,
      durationMs: null,
      by: null,
      program: null,
    }));
    report.add({ timeline, outcome: { words: 'much', isGood: true } });
    report.end(null, log);
    const text = readFileSync(summary, 'utf8');
    expect(Buffer.byteLength(text)).toBeLessThan(1 << 20);
    expect(text).toMatch(/^## ✅ slipway status: much[\s\S]*too long to be shown here/);
  });

  test('that cannot be written keeps nothing from ending well', () => {
    const summary = project.path('sql');
    open({ summary, named: project.path('a.md') }).end(null, log);
    expect(existsSync(project.path('a.md'))).toBe(true);
  });
});
