import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as node from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundle, startSlipway } from '../../support/slipway.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const json = { SLIPWAY_LOG_FORMAT: 'json' };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-debug-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program; returns its exit code, and the lines of the source that the stack in its log names. */
async function linesOfStack(args: readonly string[], env = {}): Promise<{ code: number; lines: string[] }> {
  const { code, logs } = await startSlipway(args, { cwd: folder, env: { ...json, ...env } }).done;
  const stack = String(logs.find(({ event }) => event === 'failed')?.stack ?? '');
  const places = stack.matchAll(/[ (](src\/[\w/.-]+\.ts):(\d+):\d+/g);
  const lines = [...places].map(
    ([, path = '', line]) => readFileSync(join(root, path), 'utf8').split('\n')[Number(line) - 1] ?? '',
  );
  return { code: code ?? -1, lines };
}

describe('--debug shows where an error was thrown, by files and lines of the source', () => {
  test('of a failure that is foreseen', async () => {
    const { code, lines } = await linesOfStack(['no-such-command', '--debug']);
    expect(code).toBe(64);
    expect(lines[0]).toContain('new SlipwayError(');
    expect(lines[1]).toContain('throw usage(');
    expect(lines.length).toBeGreaterThan(2);
  });

  test('of a bug', async () => {
    // No command line is made of numbers: what reads it is not prepared for one.
    const preload = join(folder, 'number.cjs');
    writeFileSync(preload, 'process.argv[2] = 7;\n');
    const { code, lines } = await linesOfStack(['-', '--debug'], { NODE_OPTIONS: `--require ${preload}` });
    expect(code).toBe(70);
    expect(lines[0]).toContain('word.startsWith(');
  });

  test('and without it nothing of the kind', async () => {
    expect(await linesOfStack(['no-such-command'])).toEqual({ code: 64, lines: [] });
  });
});

test.each<[args: string[], env: Record<string, string>]>([
  [['postgres://a:hunter2@db/app'], {}],
  [['up', 'postgres://a:hunter2@db/app'], {}],
  [['up', '--databse-url=postgres://a:hunter2@db/app'], {}],
  [['up', '--log-level=postgres://a:hunter2@db/app'], {}],
  [['up'], { PGPORT: 'password=hunter2' }],
  [['up'], { DATABASE_URL: 'postgres://a:hunter2@db:999999/app' }],
  [['up'], { DATABASE_URL: "host=db password='hunter2" }],
])('%j fails with %j before the settings are read, and shows no password', async (args, env) => {
  const options = { cwd: folder, env: { ...json, ...env } };
  const { code, stdout, stderr } = await startSlipway([...args, '--debug', '--json'], options).done;
  expect([64, 78]).toContain(code);
  expect(stderr).toContain('"stack"');
  expect(stdout + stderr).not.toContain('hunter2');
});

test('the stack of a bug shows no password either', async () => {
  const preload = join(folder, 'quoting.cjs');
  writeFileSync(
    preload,
    'process.argv[2] = { startsWith() { throw new Error("postgres://a:hunter2@db"); } };\n',
  );
  const env = { ...json, NODE_OPTIONS: `--require ${preload}` };
  const { code, stdout, stderr } = await startSlipway(['-', '--debug'], { cwd: folder, env }).done;
  expect(code).toBe(70);
  expect(stderr).toContain('"stack":"Error: postgres://a:***@db');
  expect(stdout + stderr).not.toContain('hunter2');
});

test('what npm starts keeps what Node compiled beside the program, where Node can', async () => {
  const copy = join(folder, 'dist');
  cpSync(dirname(bundle), copy, { recursive: true });
  rmSync(join(copy, 'compile-cache'), { recursive: true, force: true });
  const { code, stdout } = await startSlipway(['--version'], { bundle: join(copy, 'bin.js') }).done;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^slipway \d/);
  expect(existsSync(join(copy, 'compile-cache'))).toBe('enableCompileCache' in node);
});
