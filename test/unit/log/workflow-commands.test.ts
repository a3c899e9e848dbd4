import fc from 'fast-check';
import { printable } from '../../../src/core/printable.ts';
import { annotationOf, ErrorAnnotations } from '../../../src/log/annotating.ts';
import {
  type Annotation,
  inertJson,
  inertText,
  workflowCommand,
} from '../../../src/log/workflow-commands.ts';
import { hostileNames } from '../../support/hostile-names.ts';

const workplace = { directory: '/repo/app', workspace: '/repo' };

test.each([
  [{ file: 'migrations/x.sql', line: 3, column: 7 }, 'file=app/migrations/x.sql,line=3,col=7,title=slipway'],
  [{ file: 'migrations/x.sql' }, 'file=app/migrations/x.sql,title=slipway'],
  [{ file: '/repo/sql/a,b:c%.sql', line: 1 }, 'file=sql/a%2Cb%3Ac%25.sql,line=1,title=slipway'],
  [{ file: '/elsewhere/x.sql' }, 'file=/elsewhere/x.sql,title=slipway'],
  [null, 'title=slipway'],
])('the place %j', (place, expected) => {
  const command = workflowCommand({ level: 'error', message: 'it\nfails: 100 %', place }, workplace);
  expect(command).toBe(`::error ${expected}::it%0Afails: 100 %25`);
});

test.each([null, ''])('without a workspace (%j) a file is named as it was', (workspace) => {
  const place = { file: 'x.sql' };
  expect(workflowCommand({ level: 'warning', message: 'm', place }, { directory: '/a', workspace })).toBe(
    '::warning file=x.sql,title=slipway::m',
  );
});

interface Parsed {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const back = (text: string, tokens: readonly string[]): string =>
  tokens.reduce(
    (left, token) =>
      left.replaceAll(`%${token.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`, token),
    text,
  );

/** As the runner reads a line (actions/runner, ActionCommand.cs): the form of today, then the older one. */
function commandIn(line: string): Parsed | null {
  const [, info, data] = /^::(.*?)::(.*)$/s.exec(line.trimStart()) ?? [];
  if (info !== undefined && data !== undefined) {
    const [name = '', rest = ''] = info.split(/ (.*)/s);
    const properties = rest
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]);
    return {
      name,
      properties: Object.fromEntries(
        properties.map(([key, value]) => [key, back(value, ['\r', '\n', ':', ',', '%'])]),
      ),
      data: back(data, ['\r', '\n', '%']),
    };
  }
  const older = /##\[(.*?)\](.*)$/s.exec(line);
  return older ? { name: older[1] ?? '', properties: {}, data: older[2] ?? '' } : null;
}

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...hostileNames),
  fc
    .array(
      fc.constantFrom('::', '##[', ']', '%', '\n', '\r', ',', ':', ' ', 'add-mask', '\u001b[2J', '\u202e'),
    )
    .map((all) => all.join('')),
);

/** What GitHub's page or a terminal would obey: control characters but for line ends and tabs, and turned text. */
const obeyed = /[^\P{Cc}\n\t]|[\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

test('whatever file and message hold, the runner reads one command, with the file as it is and the message to be read', () => {
  fc.assert(
    fc.property(anything, anything, (file, message) => {
      fc.pre(file !== '');
      const command = workflowCommand(
        { level: 'error', message, place: { file, line: 1 } },
        { directory: '/', workspace: null },
      );
      expect(command).not.toMatch(/[\r\n]/);
      const read = commandIn(command);
      const data = read?.data ?? '';
      expect(read).toEqual({
        name: 'error',
        properties: { file, line: '1', title: 'slipway' },
        data: printable(message),
      });
      expect(data).not.toMatch(obeyed);
    }),
  );
});

test('in what is inert the runner finds no command', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const commands = (shown: string): unknown[] =>
        shown.split(/\r\n|\n|\r/).flatMap((line) => commandIn(line) ?? []);
      expect(commands(inertText(text))).toEqual([]);
      const json = JSON.stringify({ text });
      expect(commands(inertJson(json))).toEqual([]);
      expect(JSON.parse(inertJson(json))).toEqual({ text });
    }),
  );
});

test.each([
  ['  ::add-mask::x', '  \\x3a:add-mask::x'],
  ['a::b::int', 'a::b::int'],
  ['a\n\t::x::', 'a\n\t\\x3a:x::'],
  ['a ##[error]b', 'a #\\x23[error]b'],
])('%j is made inert', (text, expected) => expect(inertText(text)).toBe(expected));

test.each<[string, Readonly<Record<string, unknown>>, unknown]>([
  [
    'a failure without a place',
    { level: 'error', msg: 'm', remedy: 'r' },
    { level: 'error', message: 'm\nr', place: null },
  ],
  [
    'a failure at a place',
    { level: 'error', msg: 'a.sql:1:2: m', file: 'a.sql', line: 1, column: 2 },
    { level: 'error', message: 'm', place: { file: 'a.sql', line: 1, column: 2 } },
  ],
  ['a warning without a place', { level: 'warn', msg: 'm' }, null],
  [
    'a warning at a place',
    { level: 'warn', msg: 'm', file: 'a.sql' },
    { level: 'warning', message: 'm', place: { file: 'a.sql' } },
  ],
  ['what is told', { level: 'info', msg: 'm', file: 'a.sql' }, null],
])('%s', (_, line, expected) => expect(annotationOf(line)).toEqual(expected));

describe('of the errors of a run GitHub is given those that it shows', () => {
  const error = (name: number | string): Annotation => ({
    level: 'error',
    message: String(name),
    place: null,
  });
  const numbered = (n: number): Annotation[] => Array.from({ length: n }, (_, at) => error(at));
  const given = (streamed: number, atEnd: number, more: number): string[] => {
    const messages: string[] = [];
    const errors = new ErrorAnnotations(({ message }) => void messages.push(message));
    for (const one of numbered(streamed)) errors.add(one, false);
    if (atEnd > 0) errors.add(error('last'), true);
    errors.addAll(numbered(more));
    return messages;
  };

  test.each([
    ['one', 0, 1, 0, 1, 'last'],
    ['a few that come one after the other', 3, 1, 0, 4, 'last'],
    ['nine, and the last', 9, 1, 0, 10, 'last'],
    ['many, and the last', 1000, 1, 0, 10, 'last\nand 991 more problems: the log of this step has each'],
    ['ten at the end', 0, 1, 9, 10, '8'],
    ['eleven at the end', 0, 1, 10, 10, '8\nand 1 more problem: the log of this step has each'],
    ['many at the end', 0, 0, 50, 10, '9\nand 40 more problems: the log of this step has each'],
    ['none', 0, 0, 0, 0, undefined],
  ])('%s', (_, streamed, atEnd, more, count, last) => {
    const messages = given(streamed, atEnd, more);
    expect(messages).toHaveLength(count);
    expect(messages.at(-1)).toBe(last);
  });
});
