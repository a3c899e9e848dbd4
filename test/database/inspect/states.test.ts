import type { DatabaseState } from '../../../src/inspect/state.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';

const scene = useScenes();
const a = 'migrations/20250101000000_a.sql';
const b = 'migrations/20250102000000_b.sql';
const c = 'migrations/20250103000000_c.sql';
const d = 'migrations/20250104000000_d.sql';
const files = { [a]: 'CREATE TABLE a ();', [b]: 'CREATE TABLE b ();', [d]: 'CREATE TABLE d ();' };
const begun = `UPDATE slipway.ledger SET state = 'running', finished_at = NULL, duration_ms = NULL`;

interface Refused {
  readonly when: string;
  readonly change: (scene: Scene) => unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly state?: DatabaseState['kind'];
  readonly code: number;
  readonly names: RegExp;
  readonly remedy: RegExp;
}

/** Each begins with a database at the head of `files`. */
const refused: readonly Refused[] = [
  {
    when: 'a file was edited',
    change: ({ project }) => project.write(b, 'CREATE TABLE b (x int);'),
    code: 82,
    names: /^migrations\/20250102000000_b\.sql was edited after it was applied/,
    remedy: /Restore the file.*slipway new/,
  },
  {
    when: 'a file is missing',
    change: ({ project }) => project.remove(b),
    code: 82,
    names: /^20250102000000_b was applied, but its file is not in this image/,
    remedy: /version control/,
  },
  {
    when: 'a file came late',
    change: ({ project }) => project.write(c, 'CREATE TABLE c ();'),
    code: 82,
    names: /^migrations\/20250103000000_c\.sql is older than the newest applied version/,
    remedy: /--restamp.*SLIPWAY_ALLOW_OUT_OF_ORDER/,
  },
  {
    when: 'all of that',
    change: ({ project }) => {
      project.write(a, 'CREATE TABLE a (x int);');
      project.remove(b);
      project.write(c, 'CREATE TABLE c ();');
    },
    code: 82,
    names: /disagree about 3 versions/,
    remedy: /Restore the file.*version control.*--restamp/,
  },
  {
    when: 'a baseline came that is newer than the database',
    change: ({ project }) =>
      project.write('sql/baseline.sql', '-- slipway: version 20250105000000\nCREATE TABLE e ();'),
    code: 82,
    names: /^the database is older than the baseline 20250105000000/,
    remedy: /run the last image from before the baseline was rolled forward/,
  },
  {
    when: 'it is ahead, and that is to fail',
    change: ({ project }) => project.remove(d),
    env: { SLIPWAY_ON_AHEAD: 'fail' },
    code: 83,
    names: /ahead of this image, whose head is 20250102000000: it has 20250104000000/,
    remedy: /newer image.*SLIPWAY_ON_AHEAD=warn/,
  },
  {
    when: 'a newer Slipway wrote the ledger',
    change: ({ database }) => database.query(`UPDATE slipway.ledger SET format = 2 WHERE version ~ '0104'`),
    state: 'newer',
    code: 83,
    names: /format 2, which a newer Slipway wrote/,
    remedy: /newer image/,
  },
  {
    when: 'a newer Slipway wrote a ledger with other columns and states',
    change: ({ database }) =>
      database.query(`ALTER TABLE slipway.ledger DROP COLUMN checksum, DROP COLUMN kind, DROP CONSTRAINT ledger_state_check;
        UPDATE slipway.ledger SET format = 7, state = 'paused'`),
    state: 'newer',
    code: 83,
    names: /format 7/,
    remedy: /newer image/,
  },
  {
    when: 'what cannot be resumed was begun',
    change: async ({ database, project }) => {
      project.write(d, '-- slipway: no-transaction\nVACUUM;');
      await database.query(`${begun} WHERE version ~ '0104'`);
    },
    code: 84,
    names:
      /^migrations\/20250104000000_d\.sql: 20250104000000_d was started at .* by "\w+" and never finished/,
    remedy: /slipway repair --apply` marks the migration as done.*clears it/,
  },
  {
    when: 'a version has a state that does not exist',
    change: ({ database }) =>
      database.query(`ALTER TABLE slipway.ledger DROP CONSTRAINT ledger_state_check;
        UPDATE slipway.ledger SET state = 'failed' WHERE version ~ '0102'`),
    state: 'corrupt',
    code: 81,
    names: /version 20250102000000 has the state "failed"/,
    remedy: /SLIPWAY_SCHEMA/,
  },
  {
    when: 'a version is there twice',
    change: ({ database }) =>
      database.query(`ALTER TABLE slipway.ledger DROP CONSTRAINT ledger_pkey;
        INSERT INTO slipway.ledger SELECT * FROM slipway.ledger WHERE version ~ '0102'`),
    state: 'corrupt',
    code: 81,
    names: /version 20250102000000 has more than one row/,
    remedy: /SLIPWAY_SCHEMA/,
  },
  {
    when: 'there are two baselines',
    change: ({ database }) =>
      database.query(`UPDATE slipway.ledger SET kind = 'baseline' WHERE version ~ '010[12]'`),
    state: 'corrupt',
    code: 81,
    names: /2 rows are baselines: 20250101000000, 20250102000000/,
    remedy: /SLIPWAY_SCHEMA/,
  },
  {
    when: 'two versions run at once, and one is no version',
    change: ({ database }) =>
      database.query(`${begun} WHERE version ~ '010[12]'; ALTER TABLE slipway.ledger DROP CONSTRAINT ledger_version_check;
        UPDATE slipway.ledger SET version = 'head' WHERE version ~ '0104'`),
    state: 'corrupt',
    code: 81,
    names: /for 2 reasons/,
    remedy: /SLIPWAY_SCHEMA/,
  },
  {
    when: 'its rows are gone, its relations are there',
    change: ({ database }) => database.query('DELETE FROM slipway.ledger'),
    state: 'unmanaged',
    code: 80,
    names: /holds 3 relations and no ledger row of this app/,
    remedy: /slipway adopt --as VERSION --unverified/,
  },
];

test.each(refused)('$when: $code', async ({ change, env = {}, state = 'managed', code, names, remedy }) => {
  const made = await scene(files);
  const { run, fingerprint } = made;
  expectSuccess(await run('up'));
  await change(made);
  const before = await fingerprint();

  const { detail } = expectFailure(await run('up', env), { code, names, remedy });
  const [plan, status, wait] = await Promise.all(
    ['plan', 'status --json --exit-code', 'wait --timeout 0'].map((line) => run(line, env)),
  );
  expectFailure(plan as SlipwayResult, { code, names, remedy });
  expect(status?.code).toBe(1);
  const said = JSON.parse(status?.stdout ?? '');
  expect(said).toMatchObject({ state, pending: [], refusal: { remedy: expect.stringMatching(remedy) } });
  expect(said.refusal.detail).toEqual(detail ?? []);
  if (env.SLIPWAY_ON_AHEAD === undefined) {
    // A ledger that contradicts itself may be forged, so waiting ends; of a schema without a ledger `wait` knows nothing.
    expectFailure(wait as SlipwayResult, {
      code: state === 'corrupt' ? 81 : 75,
      names: /^the database is not at \d{14}: /,
      remedy: state === 'unmanaged' ? /Has `slipway up` run/ : remedy,
    });
  }
  expect(await fingerprint()).toEqual(before);
});

test('what is listed for several disagreements', async () => {
  const { project, run } = await scene(files);
  expectSuccess(await run('up'));
  project.write(a, 'CREATE TABLE a (x int);');
  project.remove(b);
  const result = await run('plan --json');
  expect(JSON.parse(result.stdout)).toMatchObject({
    plan: 'refused',
    reason: 'disagree',
    error: {
      exitCode: 82,
      exit: 'disagree',
      detail: [
        'migrations/20250101000000_a.sql was edited after it was applied',
        '20250102000000_b was applied, but its file is not in this image',
      ],
    },
  });
});

test('a database that is ahead is left alone, with a warning', async () => {
  const { project, run, fingerprint } = await scene(files);
  expectSuccess(await run('up'));
  project.remove(d);
  const before = await fingerprint();
  const up = expectSuccess(await run('up --json'));
  expect(up.logs).toContainEqual(
    expect.objectContaining({
      event: 'ahead',
      msg: expect.stringMatching(/ahead of this image: it has 20250104000000/),
    }),
  );
  expect(JSON.parse(up.stdout)).toMatchObject({
    result: 'upToDate',
    version: '20250104000000',
    ahead: ['20250104000000'],
  });
  expectSuccess(await run('wait --timeout 0'));
  expectSuccess(await run('wait --timeout 0', { SLIPWAY_ON_AHEAD: 'fail' }));
  expect((await run('status')).stdout).toMatch(/^ahead {4}1: 20250104000000$/m);
  expect(await fingerprint()).toEqual(before);
});

test('a late file is applied where that is allowed', async () => {
  const { project, run, ledger } = await scene(files);
  expectSuccess(await run('up'));
  project.write(c, 'CREATE TABLE c ();');
  expectSuccess(await run('up --allow-out-of-order'));
  expect((await ledger()).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  expectSuccess(await run('up'));
});

test('line ends and a byte order mark are no edit', async () => {
  const { project, run, fingerprint } = await scene({ ...files, [b]: 'CREATE TABLE b ();\n-- end\n' });
  expectSuccess(await run('up'));
  const before = await fingerprint();
  project.write(b, '\uFEFFCREATE TABLE b ();\r\n-- end\r\n');
  expectSuccess(await run('up'));
  expect(await fingerprint()).toEqual(before);
});

describe('a relation that stands there', () => {
  test.each([
    ['a table', 'CREATE TABLE public.orders (id int)', 'public.orders (table)'],
    ['a view', 'CREATE SCHEMA x; CREATE VIEW x.v AS SELECT 1', 'x.v (view)'],
    ['a materialized view', 'CREATE MATERIALIZED VIEW m AS SELECT 1', 'public.m (materialized view)'],
    ['a sequence', 'CREATE SEQUENCE s', 'public.s (sequence)'],
    [
      'a partitioned table',
      'CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p DEFAULT',
      'public.p (table)',
    ],
    [
      "another tool's version table",
      'CREATE TABLE alembic_version (version_num text)',
      'public.alembic_version (table, the version table of Alembic)',
    ],
  ])('%s makes the database unmanaged', async (_, sql, listed) => {
    const { database, run, fingerprint } = await scene(files);
    await database.query(sql);
    const before = await fingerprint();
    const failure = expectFailure(await run('up'), {
      code: 80,
      names: /holds 1 relation and no ledger row/,
      remedy: /slipway adopt/,
    });
    expect(failure.detail).toEqual([listed]);
    expect(JSON.parse((await run('status --json')).stdout)).toMatchObject({
      state: 'unmanaged',
      version: null,
    });
    expect(await fingerprint()).toEqual(before);
  });

  test.each([
    ['an empty schema', 'CREATE SCHEMA trading'],
    ['an extension with relations', 'CREATE EXTENSION pg_stat_statements'],
    [
      'a function and a type',
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$; CREATE TYPE t AS ENUM ($$x$$)',
    ],
    ['an empty schema of the name that the ledger takes', 'CREATE SCHEMA slipway'],
  ])('%s leaves it empty', async (_, sql) => {
    const { database, run, ledger } = await scene(files);
    await database.query(sql.replaceAll('$$x$$', `'x'`));
    expect(JSON.parse((await run('status --json')).stdout)).toMatchObject({ state: 'empty' });
    expectSuccess(await run('up'));
    expect(await ledger()).toHaveLength(3);
  });
});
