import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { exampleFiles } from '../../support/example.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, startSlipway } from '../../support/slipway.ts';
import { type Listener, listen } from '../../support/tcp-port.ts';
import { testInCi } from '../../support/thorough.ts';
import { cutWire, type WireCut } from '../../support/wire-cut.ts';

const scene = useScenes(afterAll);

/** Messages of a login with a password that SCRAM proves, ahead of the first query. */
const ofLogin = 2;

/** From which query on, counted from 1, the server is silent; and what ends the run. */
const midways: readonly [title: string, args: string, query: number, names: RegExp][] = [
  ['up, after its inspection', 'up', 2, /did not answer a query within 10\.\d s/],
  ['status, after its inspection', 'status', 2, /did not answer a query within 10\.\d s/],
  [
    'adopt, after its inspection',
    'adopt --as head --unverified',
    2,
    /did not answer a query within 10\.\d s/,
  ],
  [
    'wait --timeout 3s, after its inspection',
    'wait --timeout 3s',
    3,
    /did not answer a query within [123]\.\d s/,
  ],
];

describe('Hostile and odd: a server that lies or is slow', () => {
  let empty: Scene;
  const wires: WireCut[] = [];
  const through = async (query: number): Promise<Record<string, string>> => {
    const wire = await cutWire(Number(empty.database.env.PGPORT), ofLogin + query, 'before');
    wires.push(wire);
    return { PGPORT: String(wire.port), SLIPWAY_WAIT_TIMEOUT: '10s' };
  };
  let patient: { readonly done: Promise<SlipwayResult> };
  let silent: { readonly done: Promise<SlipwayResult> }[];
  beforeAll(async () => {
    empty = await scene(exampleFiles());
    const slow = await scene({ 'migrations/20250101000000_slow.sql': 'SELECT pg_sleep(12);' });
    patient = { done: slow.run('up', { SLIPWAY_WAIT_TIMEOUT: '5s' }) };
    silent = await Promise.all(
      midways.map(async ([, args, query]) => {
        const env = await through(query);
        return { done: empty.run(args, env) };
      }),
    );
  });
  afterAll(async () => {
    await Promise.all([patient, ...silent].map(({ done }) => done));
    await Promise.all(wires.map((wire) => wire.close()));
  });

  test.each(midways)('silence midway: %s: 75', async (title, args, _, names) => {
    const at = midways.findIndex(([other]) => other === title);
    const result = (await silent[at]?.done) as SlipwayResult;
    expectFailure(result, { code: 75, names, remedy: /SLIPWAY_WAIT_TIMEOUT|Start again/ });
    expect(result.ms).toBeLessThan(args.startsWith('wait') ? 12_000 : 30_000);
  });

  test('a statement of a migration that takes 12 s has no such limit, with SLIPWAY_WAIT_TIMEOUT=5s: 0', async () => {
    expectSuccess(await patient.done);
  });

  test('SIGTERM while an answer is waited for: 143 within 5 s', async () => {
    const env = { ...empty.database.env, ...(await through(1)), SLIPWAY_WAIT_TIMEOUT: '60s' };
    const running = startSlipway(['plan'], { cwd: empty.project.directory, env });
    await wires.at(-1)?.stopped;
    const sentAt = performance.now();
    running.kill('SIGTERM');
    expect((await running.done).code).toBe(143);
    expect(performance.now() - sentAt).toBeLessThan(5_000);
  });

  testInCi(
    'a server that never hangs up after a goodbye: check --write on such a shadow ends with 0',
    async () => {
      const { env } = empty.database;
      const server = await clinging(Number(env.PGPORT));
      const shadow = `postgresql://${env.PGUSER}:${encodeURIComponent(env.PGPASSWORD ?? '')}@127.0.0.1:${server.port}/postgres?sslmode=disable`;
      const result = await empty.run('check --write', { SLIPWAY_SHADOW_URL: shadow });
      await server.close();
      expectSuccess(result);
    },
  );

  test('600 MB of rows of a migration: 0, in little memory', async () => {
    const many = await scene({
      'migrations/20250101000000_rows.sql': `SELECT repeat('x', 1000) FROM generate_series(1, 600000);`,
    });
    const [code, path] = ['meter.cjs', 'meter'].map((name) => join(many.project.directory, name)) as [
      string,
      string,
    ];
    writeFileSync(
      code,
      `process.on('exit', () => require('node:fs').writeFileSync(process.env.METER, String(process.resourceUsage().maxRSS / 1024)));`,
    );
    expectSuccess(await many.run('up', { NODE_OPTIONS: `--require ${code}`, METER: path }));
    expect(Number(readFileSync(path, 'utf8'))).toBeLessThan(500);
  });

  test('5,000 notices of a migration: the first and the last 1,000 are in the log, and how many are not', async () => {
    const talkative = await scene({
      'migrations/20250101000000_talk.sql': `DO $$ BEGIN FOR n IN 1..5000 LOOP RAISE NOTICE 'number %', n; END LOOP; END $$;`,
    });
    const { logs } = expectSuccess(await talkative.run('up'));
    const told = logs
      .filter(({ event }) => event === 'notice')
      .map(({ msg }) => Number(/number (\d+)/.exec(msg)?.[1]));
    expect(told).toEqual([...numbers(1, 1000), ...numbers(4001, 5000)]);
    expect(logs.find(({ event }) => event === 'notices')).toMatchObject({ level: 'warn', leftOut: 3000 });
  });
});

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** Passes everything on, but never tells a client that the server has hung up. */
const clinging = (target: number): Promise<Listener> =>
  listen((socket) => {
    socket.allowHalfOpen = true;
    const onward = connect(target, '127.0.0.1');
    onward.on('error', () => undefined);
    socket.pipe(onward);
    onward.pipe(socket, { end: false });
    socket.on('close', () => onward.destroy());
    void once(onward, 'close').catch(() => undefined);
  });
