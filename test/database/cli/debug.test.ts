import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyProgram, startSlipway } from '../../support/slipway.ts';

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

  test('also on a terminal', async () => {
    const run = startSlipway(['no-such-command', '--debug'], {
      cwd: folder,
      env: { SLIPWAY_LOG_FORMAT: 'pretty' },
    });
    const { stderr } = await run.done;
    expect(stderr).toMatch(/\n {8}at src\/cli\/parse\.ts:\d+:\d+\n/);
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

describe('what V8 compiled of the program', () => {
  let program: string;
  let cache: string;
  beforeEach(() => {
    const copy = mkdtempSync(join(folder, 'program-'));
    program = copyProgram(copy);
    cache = join(copy, 'compile-cache');
  });

  /** What a start says, and whether V8 took what was kept; null where nothing was. */
  async function start(flags = ''): Promise<{ said: string; isTaken: boolean | null }> {
    const seen = join(folder, 'seen.json');
    const preload = join(folder, 'watching.cjs');
    writeFileSync(preload, watching);
    const env = { NODE_OPTIONS: `--require ${preload} ${flags}`, SEEN: seen };
    const { code, stdout } = await startSlipway(['--version'], { bundle: program, env }).done;
    expect(code).toBe(0);
    return { said: stdout, isTaken: JSON.parse(readFileSync(seen, 'utf8')) };
  }
  const watching = `
    const vm = require('node:vm');
    const { Script } = vm;
    let isTaken = null;
    process.umask(0);
    vm.Script = class extends Script {
      constructor(source, options) {
        super(source, options);
        if (options.cachedData) isTaken = !this.cachedDataRejected;
      }
    };
    process.on('exit', () => require('node:fs').writeFileSync(process.env.SEEN, JSON.stringify(isTaken)));
  `;
  const said = expect.stringMatching(/^slipway \d/);

  test('is kept beside it by the first start, and taken by the next', async () => {
    expect(await start()).toEqual({ said, isTaken: null });
    const [kept = '', ...more] = readdirSync(cache);
    expect(more).toEqual([]);
    expect(kept).toContain(process.version);
    expect(await start()).toEqual({ said, isTaken: true });
    expect(readdirSync(cache)).toEqual([kept]);
    const modes = [cache, join(cache, kept)].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o755, 0o644]);
  });

  test('is kept for other flags beside that, where V8 refuses it', async () => {
    await start();
    expect(await start('--jitless')).toEqual({ said, isTaken: false });
    expect(await start('--jitless')).toEqual({ said, isTaken: true });
    expect(await start()).toEqual({ said, isTaken: true });
    const sizes = readdirSync(cache).map((name) => statSync(join(cache, name)).size);
    expect(sizes).toHaveLength(2);
    expect(Math.min(...sizes)).toBeGreaterThan(0.9 * Math.max(...sizes));
  });

  test.each<[what: string, damage: (path: string) => void]>([
    ['cut short', (path) => truncateSync(path, 1000)],
    ['empty', (path) => truncateSync(path)],
    ...[0, 40, 5000, 500_000, 900_000].map((at): [string, (path: string) => void] => [
      `another from byte ${at} on`,
      (path) => {
        const bytes = readFileSync(path);
        bytes.fill('XXXX', at, at + 4);
        writeFileSync(path, bytes);
      },
    ]),
    [
      'a FIFO',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
  ])('is compiled again where what is kept is %s: V8 would run it, or wait', async (_, damage) => {
    await start();
    const [kept = ''] = readdirSync(cache);
    damage(join(cache, kept));
    expect(await start()).toEqual({ said, isTaken: null });
    expect(await start()).toEqual({ said, isTaken: true });
  });

  test('is compiled again where the program was changed, be it to one of the same length', async () => {
    await start();
    const parts = join(program, '..', 'program');
    const [kept = ''] = readdirSync(cache);
    const part = join(parts, kept.replace(/-v\d.*/, ''));
    const text = readFileSync(part, 'latin1');
    const isPlain = text.includes('"0.1.0"');
    expect(isPlain).toBe(true);
    writeFileSync(part, text.replaceAll('"0.1.0"', '"9.9.9"'), 'latin1');
    expect(await start()).toEqual({ said: expect.stringMatching(/^slipway 9\.9\.9/), isTaken: null });
    writeFileSync(part, text, 'latin1');
  });

  test('is not needed where nothing can be kept', async () => {
    writeFileSync(cache, '');
    expect(await start()).toEqual({ said, isTaken: null });
    expect(readFileSync(cache, 'utf8')).toBe('');
  });
});
