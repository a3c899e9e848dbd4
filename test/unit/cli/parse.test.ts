import { parseCommandLine } from '../../../src/cli/parse.ts';
import { aliases, commands } from '../../../src/cli/table.ts';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { version } from '../../../src/core/version.ts';

const parse = (line: string) => parseCommandLine(line === '' ? [] : line.split(' '));

test.each([
  ['up', 'up', {}, []],
  ['--json up', 'up', {}, []],
  ['status --wait-timeout 5s --all --debug', 'status', { all: true }, []],
  ['status --all --exit-code', 'status', { all: true, 'exit-code': true }, []],
  ['new add fee tier', 'new', {}, ['add', 'fee', 'tier']],
  ['new --restamp migrations/x.sql', 'new', { restamp: 'migrations/x.sql' }, []],
  ['wait --timeout 0', 'wait', { timeout: '0' }, []],
  ['adopt --as head --unverified', 'adopt', { as: 'head', unverified: true }, []],
  // What people who come from elsewhere type.
  ['history', 'status', { all: true }, []],
  ['current --json', 'status', {}, []],
  ['stamp head --unverified', 'adopt', { as: 'head', unverified: true }, []],
  ['upgrade head', 'up', {}, []],
  ['upgrade', 'up', {}, []],
  ['downgrade -1', 'down', { steps: '1' }, []],
  ['downgrade -2 --json', 'down', { steps: '2' }, []],
  ['downgrade 20251204093000', 'down', { to: '20251204093000' }, []],
  ['downgrade', 'down', {}, []],
  ['revision -m add_fee', 'new', {}, ['add_fee']],
  ['healthcheck', 'wait', { timeout: '0' }, []],
])('slipway %s', async (line, name, flags, positionals) => {
  const parsed = await parse(line);
  expect(parsed).toMatchObject({ kind: 'run', name, positionals });
  expect(parsed).toHaveProperty('flags', flags);
});

test.each([
  ['up --wait-timeout 5s --json --debug', { 'wait-timeout': '5s' }],
  ['up --wait-timeout=5s', { 'wait-timeout': '5s' }],
  ['up --allow-out-of-order', { 'allow-out-of-order': true }],
  ['wait --timeout 0 --host db', { host: 'db' }],
])('the settings of slipway %s', async (line, settings) => {
  expect(await parse(line)).toHaveProperty('settings', settings);
});

test.each([
  ['', 64, /^Usage: slipway COMMAND/m],
  ['--help', 0, /^Usage: slipway COMMAND/m],
  ['-h', 0, /^Usage: slipway COMMAND/m],
  ['help', 0, /^Usage: slipway COMMAND/m],
  ['--version', 0, new RegExp(`^slipway ${version}$`)],
  ['up --version', 0, new RegExp(`^slipway ${version}$`)],
  ['up --help', 0, /^Usage: slipway up/],
  ['status -h', 0, /--exit-code/],
])('slipway %s prints', async (line, exit, text) => {
  expect(await parse(line)).toEqual({ kind: 'print', exit, text: expect.stringMatching(text) });
});

test.each([
  ['upp', /unknown command "upp"/, /Is it `up`\?/],
  ['migrate-everything', /unknown command "migrate-everything"/, /slipway --help lists them/],
  ['toString', /unknown command "toString"/, /slipway --help/],
  ['constructor', /unknown command "constructor"/, /slipway --help/],
  ['__proto__', /unknown command "__proto__"/, /slipway --help/],
  ['up --jsn', /up has no option --jsn/, /Is it --json\?/],
  ['up now', /unexpected argument "now": up takes none/, /slipway up --help/],
  ['help up down', /unexpected argument "down": help takes \[COMMAND\]/, /slipway help --help/],
  ['completion bash zsh', /unexpected argument "zsh": completion takes SHELL/, /slipway completion --help/],
  ['up --wait-timeout', /--wait-timeout/, /slipway up --help/],
  ['--all status --al', /status has no option --al/, /--all/],
  ['--jsn', /unknown option --jsn/, /slipway --help/],
  ['status --all=yes', /--all/, /slipway status --help/],
  ['downgrade base', /base/, /slipway/],
  [
    'up postgresql://a:hunter2@db/a',
    /unexpected argument the value \(not shown\): up takes none/,
    /slipway up --help/,
  ],
  ['a:hunter2@db', /unknown command the value \(not shown\)/, /slipway --help/],
  ['up --host --json', /'--host' argument is ambiguous\. Did you forget/, /slipway up --help/],
  [`repair -h=a -#${'x'.repeat(100_000)}`, /unknown option the value \(not shown\)/, /slipway --help/],
  ['upgrade 20250101000000', /unexpected argument/, /slipway up --help/],
])('slipway %s is wrong usage', async (line, names, remedy) => {
  const error = await parse(line).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SlipwayError);
  const { code: exitCode, message, failure } = error as SlipwayError;
  expect(exitCode).toBe(64);
  expect(message).toMatch(names);
  expect(failure.remedy).toMatch(remedy);
  expect(message).not.toMatch(/[\r\n]|hunter2/);
});

test('every command has its help, and the help of all names each', async () => {
  const all = await parse('--help');
  for (const name of Object.keys(commands)) {
    expect(all).toMatchObject({ text: expect.stringMatching(new RegExp(`^  ${name}\\b`, 'm')) });
    expect(await parse(`${name} --help`)).toMatchObject({
      text: expect.stringMatching(new RegExp(`^Usage: slipway ${name}\\b`)),
    });
  }
  for (const alias of Object.keys(aliases)) {
    expect(all).not.toMatchObject({ text: expect.stringMatching(new RegExp(`^  ${alias}\\b`, 'm')) });
  }
});
