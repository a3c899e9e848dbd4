import { versionAt } from '../../../bench/history.ts';
import { leftovers, probe, word } from '../../support/leftovers.ts';
import { expectFailure, expectSuccess, type LedgerLine, type Scene, useScenes } from '../../support/scene.ts';
import { startSlipway } from '../../support/slipway.ts';

const facts =
  'CREATE TABLE public.facts (n int PRIMARY KEY, here jsonb); CREATE TABLE public.copied (line text)';

const table = (n: number): string => `CREATE TABLE public.t_${n} ()`;

/** The ways by which a body comes to the server: the files of one migration each. */
const paths: Readonly<Record<string, (statement: string, n: number) => Record<string, string>>> = {
  'in one message': (statement, n) => ({
    [`${versionAt(n)}_a.sql`]: `${probe(n)};\n${table(n)};\n${statement};`,
  }),
  proved: (statement, n) => ({ [`${versionAt(n)}_a.sql`]: `${probe(n)};\n${table(n)};\n${statement};` }),
  'in several messages': (statement, n) => ({
    [`${versionAt(n)}_a.mjs`]: `export async function up({ client }) {
      for (const sql of ${JSON.stringify([probe(n), table(n), statement])}) await client.query(sql);
    }`,
  }),
  'after COPY': (statement, n) => ({
    [`${versionAt(n)}_a.sql`]: `${probe(n)};\n${table(n)};\nCOPY public.copied FROM stdin;\nżółw\n\\.\n${statement};`,
  }),
  'without a transaction': (statement, n) => ({
    [`${versionAt(2 * n)}_a.sql`]: `${probe(n)};`,
    [`${versionAt(2 * n + 1)}_b.sql`]: `-- slipway: no-transaction\nDO $do$ BEGIN ${table(n)}; EXECUTE $x$${statement}$x$; END $do$;`,
  }),
};

interface Outcome {
  readonly here: ReadonlyMap<number, unknown>;
  readonly ledger: readonly LedgerLine[];
}

describe('Hostile and odd: what remains of a migration', () => {
  const scene = useScenes(afterAll);
  const outcomes = new Map<string, Outcome>();

  const run = async (path: string): Promise<void> => {
    const files = leftovers.flatMap((statement, n) => Object.entries(paths[path]?.(statement, n + 1) ?? {}));
    const end = versionAt(1000);
    const made = await scene({
      'sql/baseline.sql': `-- slipway: version 20250101000000\n${facts};`,
      ...Object.fromEntries(files.map(([name, text]) => [`migrations/${name}`, text])),
      [`migrations/${end}_end.sql`]: `${probe(leftovers.length + 1)};`,
    });
    if (path !== 'in one message') expectSuccess(await made.run('check --write'));
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('up'));
    const rows = await made.database.query<{ n: number; here: unknown }>('SELECT * FROM public.facts');
    outcomes.set(path, {
      here: new Map(rows.map(({ n, here }) => [n, here])),
      ledger: await made.ledger(),
    });
  };
  beforeAll(async () => void (await Promise.all(Object.keys(paths).map(run))), 240_000);

  test.each(leftovers.map((statement, n) => [statement, n + 1] as const))(
    '%s: the ledger is written, and the next migration begins as the first one did',
    (_, n) => {
      for (const path of Object.keys(paths)) {
        const { here, ledger } = outcomes.get(path) as Outcome;
        const of = ({ version }: LedgerLine): boolean =>
          version === versionAt(n) || (path === 'without a transaction' && version === versionAt(2 * n + 1));
        expect([path, ledger.filter(of).map(({ state, applied_by }) => [state, applied_by])]).toEqual([
          path,
          ledger.filter(of).map(() => ['done', 'postgres']),
        ]);
        expect([path, here.get(n + 1)]).toEqual([path, here.get(1)]);
        expect([path, (here.get(n + 1) as { text: string }).text]).toEqual([path, word]);
      }
    },
  );
});

describe('Hostile and odd: a migration that takes from Slipway what it needs', () => {
  const scene = useScenes();
  const a = 'migrations/20250101000000_a.sql';
  const b = 'migrations/20250102000000_b.sql';

  /** A project whose second migration ends so, run as a role that owns the database. */
  async function upWith(sql: string, isProved: boolean): Promise<Scene & { env: Record<string, string> }> {
    const made = await scene({ [a]: 'CREATE TABLE public.a ();' });
    const { name, env } = await made.role();
    await made.database.query(
      `ALTER DATABASE ${made.database.name} OWNER TO ${name}; GRANT CREATE ON SCHEMA public TO ${name}`,
    );
    expectSuccess(await made.run('up', env));
    made.project.write(b, `CREATE TABLE public.b ();\n${sql}`);
    if (isProved) expectSuccess(await made.run('check --write'));
    return { ...made, env };
  }

  const taking = [
    [
      'SET TRANSACTION READ ONLY',
      'SET TRANSACTION READ ONLY;',
      /read-only transaction/,
      /makes its own transaction read-only/,
    ],
    ['transaction_read_only', 'SET LOCAL transaction_read_only = on;', /read-only/, /read-only.*remove that/],
    [
      'DROP SCHEMA slipway',
      'DROP SCHEMA slipway CASCADE;',
      /took the ledger away/,
      /Do not change the ledger in a migration/,
    ],
    ['DROP OWNED', 'DROP TABLE public.b; DROP OWNED BY CURRENT_USER;', /took the ledger away/, /DROP OWNED/],
    ['REVOKE', 'REVOKE ALL ON slipway.ledger FROM CURRENT_USER;', /took the ledger away/, /REVOKE/],
    [
      'renaming it',
      'ALTER TABLE slipway.ledger RENAME TO history;',
      /took the ledger away/,
      /Do not change the ledger/,
    ],
  ] as const;

  test.each(taking)('%s: 65, and nothing of it is kept', async (_, sql, names, remedy) => {
    const { run, env, fingerprint } = await upWith(sql, false);
    const before = await fingerprint();
    expectFailure(await run('up', env), { code: 65, names, place: b, remedy });
    expect(await fingerprint()).toEqual(before);
  });

  test('a statement after SET TRANSACTION READ ONLY: 65, with its place', async () => {
    const { run, env } = await upWith('SET TRANSACTION READ ONLY;\nCREATE TABLE public.c ();', false);
    expectFailure(await run('up', env), {
      code: 65,
      names: /cannot execute CREATE TABLE in a read-only transaction/,
      place: `${b}:3:1`,
      remedy: /makes its own transaction read-only/,
    });
  });

  test.each([
    ['in a transaction', ''],
    ['without one', '-- slipway: no-transaction\n'],
  ])('RESET ROLE under SLIPWAY_ROLE %s: the ledger is still written by that role', async (_, directive) => {
    const { run, role, database, ledger } = await scene({
      [a]: 'CREATE TABLE public.a ();',
      [b]: `${directive}DO $$ BEGIN CREATE TABLE public.b (); RESET ROLE; END $$;`,
      'migrations/20250103000000_c.sql': 'CREATE TABLE public.c ();',
    });
    const [owner, login] = [await role(), await role('NOINHERIT')];
    await database.query(
      `GRANT ${owner.name} TO ${login.name}; ALTER DATABASE ${database.name} OWNER TO ${owner.name}; GRANT CREATE ON SCHEMA public TO ${owner.name}`,
    );
    expectSuccess(await run('check --write'));
    expectSuccess(await run('up', { ...login.env, SLIPWAY_ROLE: owner.name }));
    expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    expect(
      await database.query(`SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`),
    ).toEqual([{ tableowner: owner.name }]);
  });

  test('what a try that is rolled back has prepared does not end the next try', async () => {
    const { run, database, ledger, project } = await scene({ [a]: 'CREATE TABLE public.a (n int);' });
    expectSuccess(await run('up'));
    project.write(
      b,
      'PREPARE stray AS SELECT 1; SELECT pg_advisory_lock(4712); LOCK TABLE public.a IN ACCESS EXCLUSIVE MODE;',
    );
    const other = await database.connect();
    await other.query('BEGIN; LOCK TABLE public.a');
    const running = startSlipway(['up'], {
      cwd: project.directory,
      env: { ...database.env, SLIPWAY_DDL_LOCK_TIMEOUT: '100ms' },
    });
    await running.waitForLog(({ event }) => event === 'gaveWay');
    await other.query('COMMIT');
    expectSuccess(await running.done);
    expect((await ledger()).map(({ state }) => state)).toEqual(['done', 'done']);
  });
});
