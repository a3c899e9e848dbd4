import fc from 'fast-check';
import { annotationOf } from '../../../src/log/annotating.ts';
import { inertJson, inertText, workflowCommand } from '../../../src/log/workflow-commands.ts';
import { hostileNames } from '../../support/hostile-names.ts';

const workplace = { directory: '/repo/app', workspace: '/repo' };

test.each([
  [{ file: 'migrations/x.sql', line: 3, column: 7 }, 'file=app/migrations/x.sql,line=3,col=7,title=slipway'],
  [{ file: 'migrations/x.sql' }, 'file=app/migrations/x.sql,title=slipway'],
  [{ file: '/repo/sql/a,b:c%.sql', line: 1 }, 'file=sql/a%2Cb%3Ac%25.sql,line=1,title=slipway'],
  [{ file: '/elsewhere/x.sql' }, 'file=/elsewhere/x.sql,title=slipway'],
  [null, 'title=slipway'],
])('the place %j', (place, expected) => {
  const command = workflowCommand({ level: 'error', message: 'it\r\nfails: 100 %', place }, workplace);
  expect(command).toBe(`::error ${expected}::it%0D%0Afails: 100 %25`);
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
    .array(fc.constantFrom('::', '##[', ']', '%', '\n', '\r', ',', ':', ' ', 'add-mask'))
    .map((all) => all.join('')),
);

test('whatever file and message hold, the runner reads one command, with both as they are', () => {
  fc.assert(
    fc.property(anything, anything, (file, message) => {
      fc.pre(file !== '');
      const command = workflowCommand(
        { level: 'error', message, place: { file, line: 1 } },
        { directory: '/', workspace: null },
      );
      expect(command).not.toMatch(/[\r\n]/);
      expect(commandIn(command)).toEqual({
        name: 'error',
        properties: { file, line: '1', title: 'slipway' },
        data: message,
      });
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
