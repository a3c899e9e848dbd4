import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { newestMajor, sweptMajors, type TestDatabase } from '../../support/database.ts';
import { writeLock } from '../../support/locked.ts';
import { type Role, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';

const scene = useScenes(afterAll);

/**
 * What a role without rights can make of a table of its own. Each calls `eve.spring`, which says as whom it runs.
 */
const swaps = {
  'a view': `ALTER TABLE <table> RENAME TO was; CREATE VIEW <table> AS SELECT w.*, eve.spring(1) AS more FROM <schema>.was w`,
  'a view whose function is immutable': `ALTER TABLE <table> RENAME TO was; CREATE VIEW <table> AS SELECT w.* FROM <schema>.was w WHERE eve.sprung(1) > 0`,
  'a table with a function in an index': 'CREATE INDEX ON <table> ((eve.sprung(1)))',
  'a table with a function in a statistics object':
    'CREATE STATISTICS eve.planned ON (eve.sprung(1)), (eve.sprung(2)) FROM <table>',
  'a table with policies':
    'ALTER TABLE <table> ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON <table> USING (eve.spring(1) > 0); GRANT SELECT ON <table> TO PUBLIC',
  'a table whose column has a type with casts': `CREATE TYPE eve.mood AS ENUM ('x'); CREATE FUNCTION eve.as_json(eve.mood) RETURNS json LANGUAGE plpgsql AS $$ BEGIN PERFORM eve.spring(1); RETURN '1'; END $$;
    CREATE CAST (eve.mood AS json) WITH FUNCTION eve.as_json(eve.mood); CREATE FUNCTION eve.as_text(eve.mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM eve.spring(1); RETURN 'x'; END $$;
    CREATE CAST (eve.mood AS text) WITH FUNCTION eve.as_text(eve.mood) AS IMPLICIT;
    ALTER TABLE <table> DROP COLUMN <column> CASCADE; ALTER TABLE <table> ADD COLUMN <column> eve.mood DEFAULT 'x'`,
} as const;
type Swap = keyof typeof swaps;

const springs = `
  CREATE FUNCTION eve.spring(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'sprung as %', current_user; RETURN 1; END $$;
  CREATE FUNCTION eve.sprung(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'sprung as %', current_user; RETURN 1; END $$;`;

const ledgerColumns =
  'app text, version text, name text, kind text, origin text, state text, checksum text, started_at timestamptz, finished_at timestamptz, duration_ms bigint, applied_by text, slipway text, run text, transaction_id text, accepted jsonb, format smallint';

const ledger = {
  make: `CREATE TABLE slipway.ledger (${ledgerColumns}); INSERT INTO slipway.ledger (app, version, kind, origin, state, format) VALUES ('default', '20250101000000', 'migration', 'applied', 'done', 1)`,
  name: 'slipway.ledger',
  column: 'app',
};

/** Tables that eve makes, and what is swapped of them; `eveOwns` what eve owns besides. */
const baits = {
  'the version table of another tool': {
    make: `CREATE TABLE eve.alembic_version (version_num text); INSERT INTO eve.alembic_version VALUES ('1')`,
    name: 'eve.alembic_version',
    column: 'version_num',
  },
  'a ledger': ledger,
  "the ledger of the database's owner": { ...ledger, eveOwns: 'DATABASE <database>' },
} as const satisfies Record<string, { make: string; name: string; column: string; eveOwns?: string }>;
type Bait = keyof typeof baits;

interface Trap {
  readonly made: Scene;
  readonly eve: Role;
}

const baseline = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (n int);\n',
};
/** The same with its lock, which is made once. */
let locked: Readonly<Record<string, string>> = baseline;

async function setTrap(kind: Bait, major: number): Promise<Trap> {
  const made = await scene(locked, { major });
  const eve = await made.role();
  const { database } = made;
  await database.query(
    `CREATE TABLE public.a (n bigint); CREATE SCHEMA eve AUTHORIZATION ${eve.name}; CREATE SCHEMA slipway; GRANT ALL ON SCHEMA slipway TO ${eve.name}; GRANT USAGE ON SCHEMA slipway, eve TO PUBLIC`,
  );
  const bait = baits[kind];
  if ('eveOwns' in bait) {
    await database.query(`ALTER ${bait.eveOwns.replace('<database>', database.name)} OWNER TO ${eve.name}`);
    await database.query(`ALTER SCHEMA slipway OWNER TO ${eve.name}`);
  }
  await asEve(database, eve, async (client) => {
    await client.query(`${springs}; ${bait.make}; GRANT SELECT ON ${bait.name} TO PUBLIC`);
  });
  return { made, eve };
}

async function asEve(database: TestDatabase, eve: Role, work: (client: pg.Client) => Promise<void>) {
  const client = await database.connect({ user: eve.name, password: eve.env.PGPASSWORD as string });
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Holds the bait until somebody waits for it, or `done` is over; swaps it then. Returns whether somebody waited. */
async function swapUnder(
  { made: { database }, eve }: Trap,
  bait: Bait,
  swap: Swap,
  start: () => Promise<SlipwayResult>,
): Promise<{ readonly result: SlipwayResult; readonly wasWaited: boolean }> {
  const { name, column } = baits[bait];
  let result: SlipwayResult | null = null;
  let wasWaited = false;
  await asEve(database, eve, async (client) => {
    const [schema] = name.split('.');
    await client.query(`BEGIN; LOCK TABLE ${name} IN ACCESS EXCLUSIVE MODE`);
    const running = start().then((ended) => {
      result = ended;
    });
    while (result === null && !wasWaited) {
      const [row] = await database.query(
        `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = '${name}'::regclass) AS waits`,
      );
      wasWaited = row?.waits === true;
    }
    await client.query(
      `${swaps[swap].replaceAll('<table>', name).replaceAll('<schema>', String(schema)).replaceAll('<column>', column)}; COMMIT`,
    );
    await running;
  });
  return { result: result as unknown as SlipwayResult, wasWaited };
}

const sprung = ({ stdout, stderr }: SlipwayResult): boolean => /sprung as/.test(stdout + stderr);

describe('Hostile and odd: tables that are swapped while they are read', () => {
  beforeAll(async () => {
    const made = await scene(baseline);
    await writeLock(made);
    locked = {
      ...baseline,
      'sql/schema.lock.json': readFileSync(made.project.path('sql/schema.lock.json'), 'utf8'),
    };
  });

  describe.each(sweptMajors)('on %i', (major) => {
    test.each(Object.keys(swaps) as Swap[])(
      'the trap springs for whoever reads a table that became %s by SELECT',
      async (swap) => {
        const trap = await setTrap('the version table of another tool', major);
        const reader = await trap.made.role();
        const { database } = trap.made;
        const caught: string[] = [];
        await swapUnder(trap, 'the version table of another tool', swap, async () => {
          const client = await database.connect(
            swap === 'a table with policies'
              ? { user: reader.name, password: reader.env.PGPASSWORD as string }
              : {},
          );
          client.on('notice', ({ message }) => caught.push(String(message)));
          await client.query('SELECT to_json(t) FROM ONLY eve.alembic_version t');
          return {} as SlipwayResult;
        });
        expect(caught.join()).toMatch(/sprung as/);
        await database.query(`DROP OWNED BY ${trap.eve.name} CASCADE`);
      },
    );

    test.each(
      (Object.keys(baits) as Bait[]).flatMap((bait) =>
        (Object.keys(swaps) as Swap[]).map((swap) => [bait, swap] as const),
      ),
    )('%s becomes %s under status: nothing of it runs', async (bait, swap) => {
      const trap = await setTrap(bait, major);
      const { made } = trap;
      const reader = await made.role();
      await made.database.query(`GRANT SELECT ON public.a TO ${reader.name}`);
      const env = swap === 'a table with policies' ? reader.env : {};
      const { result, wasWaited } = await swapUnder(trap, bait, swap, () => made.run('status', env));
      expect(wasWaited).toBe(true);
      expect(sprung(result)).toBe(false);
      expect([0, 75, 77]).toContain(result.code);
      await made.database.query(`DROP OWNED BY ${trap.eve.name} CASCADE`);
    });
  });

  test.each(
    (['up', 'plan', 'wait --timeout 0', 'adopt', 'repair', 'adopt --write-fix -', 'check'] as const).flatMap(
      (line) => (Object.keys(baits) as Bait[]).map((bait) => [bait, line] as const),
    ),
  )('%s becomes a view under %s: nothing of it runs', async (bait, line) => {
    const trap = await setTrap(bait, newestMajor);
    const { made } = trap;
    const { result } = await swapUnder(trap, bait, 'a view', () =>
      made.run(line, { SLIPWAY_SHADOW_URL: `${made.database.url}?sslmode=disable` }),
    );
    expect(sprung(result)).toBe(false);
    expect(result.code).not.toBe(70);
    await made.database.query(`DROP OWNED BY ${trap.eve.name} CASCADE`);
  });

  test("views of TimescaleDB's names that somebody made: nothing of them runs", async () => {
    const trap = await setTrap('the version table of another tool', newestMajor);
    const { made, eve } = trap;
    const { database } = made;
    const information = [
      'hypertables',
      'dimensions',
      'jobs',
      'compression_settings',
      'continuous_aggregates',
      'chunks',
    ];
    const catalog = [
      'hypertable',
      'dimension',
      'tablespace',
      'continuous_agg',
      'chunk',
      'compression_settings',
      'bgw_job',
    ];
    await database.query(`GRANT CREATE ON DATABASE ${database.name} TO ${eve.name}`);
    await asEve(database, eve, async (client) => {
      await client.query(
        `CREATE SCHEMA timescaledb_information; CREATE SCHEMA _timescaledb_catalog; ${[
          ...information.map((name) => `timescaledb_information.${name}`),
          ...catalog.map((name) => `_timescaledb_catalog.${name}`),
        ]
          .map(
            (name) =>
              `CREATE VIEW ${name} AS SELECT eve.spring(1) AS id, eve.sprung(1) AS hypertable_id; GRANT SELECT ON ${name} TO PUBLIC`,
          )
          .join('; ')}; GRANT USAGE ON SCHEMA timescaledb_information, _timescaledb_catalog TO PUBLIC`,
      );
    });
    const from = new URL(`${database.url}?sslmode=disable`);
    const shadow = { SLIPWAY_SHADOW_URL: String(from) };
    from.password = '';
    for (const line of [
      'status --drift',
      'up',
      'plan',
      'adopt',
      'repair',
      'adopt --write-fix -',
      `new --from ${from} more`,
    ]) {
      const result = await made.run(line, shadow);
      expect([line, sprung(result)]).toEqual([line, false]);
      expect(result.code).not.toBe(70);
    }
    await database.query(`DROP OWNED BY ${eve.name} CASCADE`);
  });

  test('only the role that makes a shadow database can connect to it', async () => {
    const made = await scene({
      'sql/baseline.sql': `-- slipway: version 20250101000000
DO $$ BEGIN
  WHILE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'enter_' || current_database()) LOOP END LOOP;
END $$;
`,
    });
    const eve = await made.role();
    const { database } = made;
    const running = writeLock(made);
    const shadows =
      "SELECT datname AS name FROM pg_database WHERE datname LIKE 'slipway\\_shadow\\_%' AND datallowconn";
    const names = new Set<string>();
    let isOver = false;
    const ended = running.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const { name } of await database.query<{ name: string }>(shadows)) {
        if (names.has(name)) continue;
        const entering = database.connect({
          database: name,
          user: eve.name,
          password: eve.env.PGPASSWORD as string,
        });
        const refusal: unknown = await entering.then(
          () => 'let in',
          (error) => error.code,
        );
        // 3D000: the shadow of another test, which has gone in the meantime.
        if (refusal === '3D000') continue;
        expect(refusal).toBe('42501');
        names.add(name);
        // Of the whole server, so that a shadow of another test is as it was.
        await database.query(`CREATE ROLE enter_${name}`);
      }
    }
    await ended;
    for (const name of names) await database.query(`DROP ROLE enter_${name}`);
    expect(names.size).toBeGreaterThan(0);
  });
});
