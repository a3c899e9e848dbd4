import pg from 'pg';
import { createDatabase, newestMajor } from '../../support/database.ts';
import { record } from '../../support/figures.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { newSecret } from '../../support/secrets.ts';
import { slipway, startSlipway } from '../../support/slipway.ts';

jest.setTimeout(600_000);

/** SLIPWAY_TEST_FULL: every size of herd, and ten rounds of each. */
const isFull = Boolean(process.env.SLIPWAY_TEST_FULL);
const rounds = isFull ? 10 : 1;

const pending = {
  'migrations/20250102000000_b.sql':
    "CREATE TABLE public.b (n int);\nSELECT pg_sleep(current_setting('slipway.pause')::float);",
  'migrations/20250103000000_c.sql': 'INSERT INTO public.b SELECT generate_series(1, 1000);',
  'migrations/20250104000000_d.sql':
    'ALTER TABLE public.b ADD COLUMN t text NOT NULL DEFAULT md5(random()::text);',
  'migrations/20250105000000_e.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY b_t ON public.b (t);',
  'migrations/20250106000000_f.sql': 'INSERT INTO public.a SELECT n FROM public.b;',
};
const baseline = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (n int);',
};
const versions = ['20250101000000', ...Object.keys(pending).map((path) => path.slice(11, 25))];

/** Where a herd is let loose: what is there before, and how the database is reached. */
interface Field {
  readonly title: string;
  readonly processes: number;
  /** How many versions are done before. */
  readonly done: 0 | 1 | 6;
  readonly isShortOfSlots: boolean;
}

const fields: readonly Field[] = [
  { title: 'an empty database', processes: isFull ? 64 : 20, done: 0, isShortOfSlots: false },
  { title: 'a database with 5 pending', processes: isFull ? 64 : 16, done: 1, isShortOfSlots: false },
  { title: 'a database at head', processes: isFull ? 64 : 16, done: 6, isShortOfSlots: false },
  { title: 'an empty database, 20 slots', processes: isFull ? 64 : 40, done: 0, isShortOfSlots: true },
  ...(isFull
    ? [{ title: 'an empty database, 20 slots', processes: 256, done: 0, isShortOfSlots: true } as const]
    : []),
];

/** A database to run in, and a way to ask it. */
interface Target {
  readonly env: Record<string, string>;
  query<Row extends Record<string, unknown>>(sql: string): Promise<Row[]>;
  drop(): Promise<void>;
}

let whole: Project;
let first: Project;
let scarce: Instance;
const word = newSecret();
beforeAll(async () => {
  whole = makeProject({ ...baseline, ...pending });
  first = makeProject(baseline);
  scarce = await makeInstance();
  // Three are kept for superusers: 20 are left for whoever is none.
  await scarce.start({ max_connections: '23', superuser_reserved_connections: '3' });
  await scarce.query(`CREATE ROLE herd LOGIN PASSWORD '${word}'`);
});
afterAll(async () => {
  await scarce.destroy();
  whole.destroy();
  first.destroy();
});

async function makeTarget(isShortOfSlots: boolean): Promise<Target> {
  if (!isShortOfSlots) return createDatabase(newestMajor);
  await scarce.query('CREATE DATABASE herd OWNER herd');
  return {
    env: { ...scarce.env('herd'), PGUSER: 'herd', PGPASSWORD: word },
    query: (sql) => scarce.query(sql, 'herd'),
    drop: async () => void (await scarce.query('DROP DATABASE herd WITH (FORCE)')),
  };
}

/** Takes every slot that a herd has, until it is released. */
async function takeSlots({ env }: Target): Promise<() => Promise<void>> {
  const clients = Array.from(
    { length: 20 },
    () =>
      new pg.Client({
        host: env.PGHOST,
        port: Number(env.PGPORT),
        user: env.PGUSER,
        password: env.PGPASSWORD,
        database: env.PGDATABASE,
      }),
  );
  await Promise.all(clients.map((client) => client.connect()));
  return async () => void (await Promise.all(clients.map((client) => client.end())));
}

const cases = fields.flatMap((field) =>
  Array.from({ length: rounds }, (_, round) => ({ ...field, round: round + 1 })),
);

test.each(cases)(
  '$processes at once on $title, round $round: each version is applied by exactly one, and all end with 0',
  async ({ title, processes, done, isShortOfSlots }) => {
    const target = await makeTarget(isShortOfSlots);
    try {
      for (const { directory } of done === 0 ? [] : [done === 1 ? first : whole]) {
        expect(
          (await slipway(['up'], { cwd: directory, env: { ...target.env, SLIPWAY_VAR_pause: '0' } })).code,
        ).toBe(0);
      }
      // Long enough for the herd to take every slot while the first of them is at work.
      const env = { ...target.env, SLIPWAY_VAR_pause: isShortOfSlots ? '2' : '0' };
      const startedAt = performance.now();
      const release = isShortOfSlots ? await takeSlots(target) : null;
      const scout = startSlipway(['up', '--json'], { cwd: whole.directory, env });
      const others = Array.from({ length: processes - 1 }, () =>
        slipway(['up', '--json'], { cwd: whole.directory, env }),
      );
      if (release !== null) {
        await scout.waitForLog(({ reason }) => reason === 'slots');
        await release();
      }
      const results = await Promise.all([scout.done, ...others]);
      const ms = performance.now() - startedAt;
      const failures = results.filter(({ code }) => code !== 0);
      expect(failures.map(({ code, stderr }) => ({ code, stderr }))).toEqual([]);
      const rows = await target.query('SELECT version, state FROM slipway.ledger ORDER BY version');
      expect(rows).toEqual(versions.map((version) => ({ version, state: 'done' })));
      const applied = results.flatMap(({ logs }) => logs.filter(({ event }) => event === 'applied'));
      expect(applied.map(({ version }) => version).sort()).toEqual(versions.slice(done));
      const waited = results.filter(({ logs }) => logs.some(({ reason }) => reason === 'slots'));
      if (isShortOfSlots) expect(waited.length).toBeGreaterThan(0);
      const twice = applied.length - new Set(applied.map(({ version }) => version)).size;
      record({ herd: title, processes, twice, failed: failures.length, ms });
    } finally {
      await target.drop();
    }
  },
);
