import { administer, named, newestMajor, serverOf, sweptMajors } from '../../support/database.ts';
import { type OddSetting, oddSettings } from '../../support/odd-settings.ts';
import { pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';
import { filesOf } from '../../support/squashed.ts';
import { testInCi } from '../../support/thorough.ts';

const scene = useScenes(afterAll);
jest.setTimeout(300_000);

/** What reads and prints differently where literals, moments, numbers or bytes do. */
const files = {
  'sql/baseline.sql': String.raw`-- slipway: version 20250101000000
CREATE TABLE public.a (
  id int PRIMARY KEY,
  path text DEFAULT 'C:\temp\new' CHECK (path ~ '^\w:\\'),
  span interval DEFAULT '1 day 02:03:04',
  at timestamptz DEFAULT '2025-01-02 03:04:05+00',
  ratio float8 DEFAULT 0.1,
  price money DEFAULT 12.5,
  bytes bytea DEFAULT '\x00ff',
  "select" text COLLATE "C"
);
CREATE INDEX a_path ON public.a (path) WHERE path <> 'D:\';
CREATE VIEW public.v AS SELECT id, path ~ '\d+' AS has_digits, path || '\' AS closed FROM public.a WHERE at > '2020-01-01 00:00:00+00';
CREATE TABLE public.p (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT '\n' $$;
`,
  'migrations/20250102000000_rows.sql': String.raw`INSERT INTO public.a (id) VALUES (1);
INSERT INTO public.a (id, path) VALUES (2, 'E:\x41');
COMMENT ON TABLE public.a IS 'back\slash';
COPY public.a (id, path) FROM stdin;
3	F:\\g
\.
`,
  'migrations/20250103000000_index.sql':
    '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY a_at ON public.a (at);\n',
};

/** A role that may do everything, and what was set for it; it has made its own lock, or works with the others'. */
async function roleWith(made: Scene, settings: readonly string[]): Promise<Record<string, string>> {
  const role = await made.role('SUPERUSER');
  const each = settings.map(
    (setting) => `BEGIN ALTER ROLE ${role.name} SET ${setting}; EXCEPTION WHEN ${notToBeSet} THEN NULL; END;`,
  );
  await administer(made.database.major, `DO $do$ BEGIN ${each.join('\n')} END $do$`);
  const url = new URL(made.database.url);
  url.username = role.name;
  url.password = encodeURIComponent(role.env.PGPASSWORD ?? '');
  url.search = '?sslmode=disable';
  return { ...role.env, SLIPWAY_SHADOW_URL: url.href };
}

/** What some builds do not take, or what is the transaction's alone. */
const notToBeSet = [
  'cant_change_runtime_param',
  'invalid_parameter_value',
  'undefined_object',
  'feature_not_supported',
  'active_sql_transaction',
].join(' OR ');

/** Who inspects what came of it has none of the database's settings. */
const plain = '-c standard_conforming_strings=on -c statement_timeout=0 -c idle_session_timeout=0';

const facts = `SELECT (SELECT json_agg(a ORDER BY id) FROM public.a)::text AS rows,
  (SELECT pg_get_viewdef('public.v'::regclass)) AS view,
  (SELECT json_agg(pg_get_expr(adbin, adrelid) ORDER BY adnum) FROM pg_attrdef WHERE adrelid = 'public.a'::regclass)::text AS defaults,
  (SELECT json_agg(version || state ORDER BY version) FROM slipway.ledger)::text AS ledger`;

/**
 * Runs what asks and what writes as a role, on a database that the run makes, or on one that has a setting; returns what
 * went otherwise than it should.
 */
async function wrongAs(
  made: Scene,
  env: Record<string, string>,
  expected: object,
  setting: string | null = null,
): Promise<string[]> {
  const name = `${env.PGUSER}_db`;
  if (setting !== null) {
    await administer(made.database.major, `CREATE DATABASE ${name} TEMPLATE template0`);
    await administer(made.database.major, `ALTER DATABASE ${name} SET ${setting}`);
  }
  const wrong: string[] = [];
  const tell = (line: string, { code, logs, stdout, stderr }: SlipwayResult, wanted = 0): void => {
    const failure = logs.find(({ event }) => event === 'failed');
    if (code !== wanted) wrong.push(`${line}: ${code} ${failure?.msg ?? stdout + stderr}`);
  };
  const onIt = { ...env, PGDATABASE: name };
  try {
    const [checked, brought] = await Promise.all([
      made.run('check', env),
      made.run('up', { ...onIt, SLIPWAY_CREATE_DATABASE: 'on' }),
    ]);
    tell('check', checked);
    tell('up', brought);
    if (brought.logs.some(({ event }) => event === 'connectionLost')) wrong.push('up lost its connection');
    const lines = ['up', 'plan', 'status --drift --strict --exit-code', 'wait --timeout 0'];
    const asked = await Promise.all(lines.map((line) => made.run(line, onIt)));
    // A setting of the database that the lock does not have counts strictly.
    const strict = setting === null ? 0 : 1;
    asked.forEach((result, n) => {
      const line = lines[n] ?? '';
      tell(line, result, line.includes('--strict') ? strict : 0);
    });
    const client = await made.database.connect({ database: name, options: plain });
    const [found] = await client.query(facts).then(
      ({ rows }) => rows,
      (error) => [String(error)],
    );
    await client.end();
    if (JSON.stringify(found) !== JSON.stringify(expected))
      wrong.push(`the database is another: ${JSON.stringify(found)}`);
  } finally {
    await administer(made.database.major, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }
  return wrong;
}

/** As `wrongAs` with all of these set; where that goes wrong, by which of them. */
async function culprits(made: Scene, settings: readonly string[], expected: object): Promise<object[]> {
  const wrong = await wrongAs(made, await roleWith(made, settings), expected);
  if (wrong.length === 0) return [];
  const half = Math.ceil(settings.length / 2);
  const parts = settings.length === 1 ? [] : [settings.slice(0, half), settings.slice(half)];
  const found: object[] = [];
  for (const part of parts) found.push(...(await culprits(made, part, expected)));
  return found.length > 0 ? found : [{ settings, wrong }];
}

/** What a role without settings makes of the same files. */
async function usual(made: Scene): Promise<object> {
  const [found] = await made.database.query(facts);
  if (!found) throw new Error('the usual role has made nothing');
  return found;
}

async function locked(major: number): Promise<Scene> {
  const made = await scene(files, { major });
  expectSuccess(await made.run('check --write', await roleWith(made, [])));
  expectSuccess(await made.run('up'));
  return made;
}

describe("Hostile and odd: a role's or a database's own settings", () => {
  describe('one by one', () => {
    let made: Scene;
    let expected: object;
    beforeAll(async () => {
      made = await locked(newestMajor);
      expected = await usual(made);
    });

    test.each([
      ['standard_conforming_strings', 'off'],
      ['default_tablespace', 'pg_global'],
      ['statement_timeout', "'1ms'"],
      ['lock_timeout', "'1ms'"],
      ['idle_session_timeout', "'1ms'"],
      ['idle_in_transaction_session_timeout', "'1ms'"],
      ['transaction_timeout', "'1ms'"],
    ])(
      '%s = %s of the role: inspections, up, a shadow and CREATE DATABASE come out the same',
      async (name, value) => {
        if (name === 'transaction_timeout' && newestMajor < 17) return;
        expect(await wrongAs(made, await roleWith(made, [`${name} = ${value}`]), expected)).toEqual([]);
      },
    );

    test.each([
      ['standard_conforming_strings', 'off'],
      ['default_tablespace', 'pg_global'],
      ['statement_timeout', "'1ms'"],
      ['idle_session_timeout', "'1ms'"],
    ])('%s = %s of the database: inspections and up come out the same', async (name, value) => {
      expect(await wrongAs(made, await roleWith(made, []), expected, `${name} = ${value}`)).toEqual([]);
    });

    testInCi(
      'every setting that a role can have, with its oddest value: a squash writes the same files',
      async () => {
        const plain = await scene(files);
        const other = await scene(files);
        const odd = await oddSettings(plain.database);
        const settings = odd.map(({ name, values }) => `${name} = ${values[0]}`);
        for (const [one, env] of [
          [plain, await roleWith(plain, [])],
          [other, await roleWith(other, settings)],
        ] as const) {
          expectSuccess(await one.run('check --write', env));
          expectSuccess(await one.run('squash --carried-by 1.0', env));
        }
        expect(filesOf(other)).toEqual(filesOf(plain));
      },
    );

    if (pgbouncer !== null)
      test.each(['session', 'transaction'] as const)(
        'standard_conforming_strings = off of the role, behind a pooler in %s mode: inspections and a shadow come out the same',
        async (mode) => {
          const env = await roleWith(made, ['standard_conforming_strings = off']);
          const server = { ...serverOf(newestMajor), user: env.PGUSER ?? '', password: env.PGPASSWORD ?? '' };
          const pooler = await startPooler(server, mode, 5);
          try {
            const through = { ...env, PGPORT: String(pooler.port), PGHOST: '127.0.0.1' };
            for (const line of ['up', 'plan', 'status --drift --strict --exit-code'])
              expectSuccess(await made.run(line, through));
            const shadow = (env.SLIPWAY_SHADOW_URL ?? '').replace(/@[^/]+/, `@127.0.0.1:${pooler.port}`);
            if (mode === 'session')
              expectSuccess(await made.run('check', { ...env, SLIPWAY_SHADOW_URL: shadow }));
          } finally {
            await pooler.stop();
          }
        },
      );
  });

  describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
    let made: Scene;
    let expected: object;
    let odd: readonly OddSetting[];
    beforeAll(async () => {
      made = await locked(major);
      expected = await usual(made);
      odd = await oddSettings(made.database);
    });

    test.each([
      ['its oddest value', 0],
      ['another odd value, where it has one', 1],
    ])('every setting that a role can have, with %s: all comes out the same', async (_, n) => {
      const settings = odd.flatMap(({ name, values }) => (values[n] ? [`${name} = ${values[n]}`] : []));
      expect(await culprits(made, settings, expected)).toEqual([]);
      const [kept] = await made.database.query<{ most: number }>(
        `SELECT max(cardinality(setconfig))::int AS most FROM pg_db_role_setting WHERE setrole = ANY (
           SELECT oid FROM pg_roles WHERE rolname LIKE '${made.database.name}\\_role%')`,
      );
      expect(kept?.most).toBeGreaterThan(110);
    });
  });
});
