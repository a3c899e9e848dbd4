import { readFileSync } from 'node:fs';
import { advisoryKey } from '../../../src/ledger/table.ts';
import { majors, named } from '../../support/database.ts';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type LedgerLine, type Scene, useScenes } from '../../support/scene.ts';

const scene = useScenes();
const [v1, v2, v3, v4] = ['20250101000000', '20250102000000', '20250103000000', '20250104000000'];
const b = `migrations/${v2}_b.sql`;
const index = `migrations/${v4}_index.sql`;
const sqlOfB = 'CREATE TABLE public.b (x int DEFAULT 1);\n';
/** The third is data alone, the fourth is outside of a transaction. */
const files = {
  'sql/baseline.sql': `-- slipway: version ${v1}\nCREATE TABLE public.a (x int);\n`,
  [b]: sqlOfB,
  [`migrations/${v3}_rows.sql`]: 'INSERT INTO public.a VALUES (1);\n',
  [index]: '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY b_x ON public.b (x);\n',
};

/** The locks of the files that were locked so far: each costs a shadow. */
const locks = new Map<string, Readonly<Record<string, string>>>();
const lockFiles = ['sql/schema.lock.json', 'sql/schema.snapshot.json'];

/** A database at head, with its lock. */
async function atHead(
  more: Readonly<Record<string, string>> = files,
  options: { readonly major?: number } = {},
): Promise<Scene> {
  const made = await scene(more, options);
  const key = JSON.stringify(more);
  const known = locks.get(key);
  if (known) for (const [file, text] of Object.entries(known)) made.project.write(file, text);
  else {
    await writeLock(made);
    const texts = lockFiles.map((file) => [file, readFileSync(made.project.path(file), 'utf8')]);
    locks.set(key, Object.fromEntries(texts));
  }
  expectSuccess(await made.run('up'));
  return made;
}

/** What a ledger says, in short. */
const inShort = (lines: readonly LedgerLine[]): string[] =>
  lines.map(({ version, origin, state }) => `${version} ${origin} ${state}`);
const applied = [v1, v2, v3, v4].map((version) => `${version} applied done`);

/**
 * Asks what repair would do, which writes nothing and takes no advisory lock: another session holds the app's, and the
 * transactions are read-only.
 *
 * @returns what it shows.
 */
async function shown({ run, fingerprint, database }: Scene, line = ''): Promise<string> {
  const before = await fingerprint();
  const holder = await database.connect();
  await holder.query(`SELECT pg_advisory_lock(${advisoryKey({ schema: 'slipway', app: 'default' })})`);
  const readOnly = { PGOPTIONS: '-c default_transaction_read_only=on', SLIPWAY_LOCK_TIMEOUT: '0' };
  const { code, stdout, stderr } = await run(`repair ${line}`.trim(), readOnly);
  await holder.end();
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  expect(await fingerprint()).toEqual(before);
  return stdout;
}

/** Puts right what can be, and finds nothing wrong afterwards. */
async function repaired({ run }: Scene, line = ''): Promise<void> {
  const { stdout, logs } = expectSuccess(await run(`repair --apply ${line}`.trim()));
  expect(stdout).toMatch(/put right\n$/);
  expect(logs.filter(({ event }) => event === 'repaired').length).toBeGreaterThan(0);
  expect(expectSuccess(await run('repair')).stdout).toBe('nothing is wrong with ledger and files\n');
}

/** The entries that repairs left in a row. */
function entriesOf(lines: readonly LedgerLine[], version = ''): unknown {
  const accepted = lines.find((line) => line.version === version)?.accepted;
  return (accepted as { readonly repairs?: unknown } | undefined)?.repairs;
}

test('where nothing is wrong, nothing is shown and nothing done', async () => {
  const made = await atHead();
  const before = await made.fingerprint();
  for (const line of ['repair', 'repair --apply']) {
    const { stdout } = expectSuccess(await made.run(line));
    expect(stdout).toBe('nothing is wrong with ledger and files\n');
  }
  expect(JSON.parse(expectSuccess(await made.run('repair --json')).stdout)).toEqual({
    repair: 'nothing',
    findings: [],
  });
  expect(await made.fingerprint()).toEqual(before);
});

test('an empty database has nothing to repair', async () => {
  const made = await scene(files);
  const before = await made.fingerprint();
  expectSuccess(await made.run('repair --apply'));
  expect(await made.fingerprint()).toEqual(before);
});

describe('a file that was edited', () => {
  async function edited(text: string): Promise<Scene> {
    const made = await atHead();
    made.project.write(b, text);
    await writeLock(made);
    expectFailure(await made.run('up'), { code: 82, names: /_b\.sql was edited/, remedy: /slipway repair/ });
    return made;
  }

  test('in comments and blank space: its checksum is taken', async () => {
    const made = await edited('-- goods\nCREATE TABLE public.b (\n  x int DEFAULT 1\n);\n');
    expect(await shown(made)).toBe(
      [
        `- ${b} was edited after it was applied, in comments and blank space only`,
        '  → the ledger records its new checksum',
        'Nothing was written. `slipway repair --apply` puts 1 right.',
        '',
      ].join('\n'),
    );
    const [, before] = await made.ledger();
    await repaired(made);
    const after = await made.ledger();
    expect(inShort(after)).toEqual(applied);
    expect(after[1]?.checksum).not.toBe(before?.checksum);
    expect(entriesOf(after, v2)).toEqual([
      {
        edit: 'accepted',
        was: before?.checksum,
        at: expect.stringMatching(/^\d{4}-/),
        by: made.database.env.PGUSER,
        slipway: expect.any(String),
        run: expect.any(String),
      },
    ]);
    expectSuccess(await made.run('up'));
    // And from there on again.
    made.project.write(b, '/* goods */ CREATE TABLE public.b (x int DEFAULT 1);\n');
    await writeLock(made);
    await repaired(made);
    expect(entriesOf(await made.ledger(), v2)).toHaveLength(2);
  });

  test('in more: only with --accept-edit', async () => {
    const made = await edited('CREATE TABLE public.b (x integer DEFAULT 1);\n');
    const refused = await shown(made);
    expect(refused).toMatch(/in more than comments and blank space/);
    expect(refused).toMatch(`slipway repair --apply --accept-edit ${v2}`);
    expect(refused).toMatch(/Nothing was written; 1 needs you\.\n$/);
    const before = await made.fingerprint();
    expect((await made.run('repair --apply')).code).toBe(1);
    expect((await made.run(`repair --apply --accept-edit ${v3}`)).code).toBe(1);
    expect(await made.fingerprint()).toEqual(before);
    await repaired(made, `--accept-edit ${v3} --accept-edit ${v2}`);
    expectSuccess(await made.run('up'));
  });

  test('and the ledger is an older one, which has only checksums', async () => {
    const made = await edited(`-- goods\n${sqlOfB}`);
    await made.database.query('UPDATE slipway.ledger SET accepted = NULL');
    expect(await shown(made)).toMatch(/the ledger does not record how much/);
    await repaired(made, `--accept-edit ${v2}`);
    made.project.write(b, `-- all goods\n${sqlOfB}`);
    await writeLock(made);
    await repaired(made);
  });

  test('--accept-edit of a version that no file has', async () => {
    const made = await edited(`-- goods\n${sqlOfB}`);
    expectFailure(await made.run('repair --accept-edit 3'), {
      code: 64,
      names: /version 3/,
      remedy: /Known are/,
    });
  });

  test('the lock that was not renewed is shown as well, and is not touched', async () => {
    const made = await atHead();
    made.project.write(b, `-- goods\n${sqlOfB}`);
    expect(await shown(made)).toMatch(/edited since the lock was written\n {2}! .*slipway check --write/);
    const { code, stdout } = await made.run('repair --apply');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/1 put right, 1 needs you\n$/),
    });
    expectSuccess(await made.run('up'));
  });
});

describe('rows whose versions are not there', () => {
  test('are removed; up applies them again', async () => {
    const made = await atHead();
    await made.database.query('DROP INDEX public.b_x');
    expect(await shown(made)).toMatch(
      `- ${v4}_index is marked as done in the ledger, but none of its objects is in the schema\n    missing: index public.b.b_x\n`,
    );
    await repaired(made);
    const lines = await made.ledger();
    expect(inShort(lines)).toEqual(applied.slice(0, 3));
    expect(entriesOf(lines, v3)).toMatchObject([
      { removed: [{ version: v4, name: 'index', state: 'done' }] },
    ]);
    expectSuccess(await made.run('up'));
    expect(inShort(await made.ledger())).toEqual(applied);
    expectSuccess(await made.run('drift --strict'));
  });

  test('with one of data alone among them: it asks', async () => {
    const made = await atHead();
    await made.database.query('DROP TABLE public.b');
    expect(await shown(made)).toMatch(
      `these versions differ only in data: say which it is: slipway repair --apply --as ${v1}`,
    );
    await repaired(made, `--as ${v1}`);
    expectSuccess(await made.run('up'));
    expect(await made.database.query('SELECT x FROM public.a')).toHaveLength(2);
  });

  test('a table that holds rows of another shape is drift, and its row stays', async () => {
    const made = await atHead();
    await made.database.query('ALTER TABLE public.b ALTER x TYPE bigint');
    expect(await shown(made)).toMatch(/~ column public\.b\.x: changed/);
    const before = await made.fingerprint();
    expect((await made.run('repair --apply')).code).toBe(1);
    expect(await made.fingerprint()).toEqual(before);
  });

  test('all of them: the database is empty', async () => {
    const made = await atHead();
    await made.database.query('DROP TABLE public.a, public.b');
    expect(await shown(made)).toMatch(
      /the ledger has 4 versions, but none of their objects is in the schema/,
    );
    await repaired(made);
    expect(await made.ledger()).toEqual([]);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('status --exit-code'));
  });
});

describe('a step that was interrupted', () => {
  const begin = `UPDATE slipway.ledger SET state = 'running', finished_at = NULL WHERE version`;
  const enumeration = {
    ...files,
    [index]: `-- slipway: no-transaction\nALTER TYPE public.mood ADD VALUE 'glad';\n`,
    [b]: `CREATE TYPE public.mood AS ENUM ('sad');\n`,
  };

  test('and is there: its row is finished', async () => {
    const made = await atHead(enumeration);
    await made.database.query(`${begin} = '${v4}'`);
    // The lock is held by nobody: whoever holds it is at work in it.
    const { code, stdout } = await made.run('repair');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/all of it is there: type public\.mood\n {2}→ its row is marked as done/),
    });
    await repaired(made);
    expect(inShort(await made.ledger())).toEqual(applied);
    expect(entriesOf(await made.ledger(), v4)).toMatchObject([{ state: 'done', was: 'running' }]);
    expectSuccess(await made.run('up'));
  });

  test('and is not there: its row is removed', async () => {
    const made = await atHead(enumeration);
    await made.database.query(
      `${begin} = '${v4}'; DROP TYPE public.mood; CREATE TYPE public.mood AS ENUM ('sad')`,
    );
    expect((await made.run('repair')).stdout).toMatch(/nothing of it is there: type public\.mood/);
    await repaired(made);
    expectSuccess(await made.run('up'));
    expect(inShort(await made.ledger())).toEqual(applied);
  });

  test('and the index is invalid: up builds it again', async () => {
    const made = await atHead();
    await made.database.query(
      `${begin} = '${v4}'; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.b_x'::regclass`,
    );
    const before = await made.fingerprint();
    const { code, stdout } = await made.run('repair --apply');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/`slipway up` finishes it/) });
    expect(await made.fingerprint()).toEqual(before);
    expectSuccess(await made.run('up'));
    expectSuccess(await made.run('repair'));
  });

  test.each([
    ['done', v4, applied],
    ['not done', v3, applied.slice(0, 3)],
  ])('and no schema shows it: a person says that it is %s', async (_, as, rows) => {
    const made = await atHead({ ...files, [index]: '-- slipway: no-transaction\nDO $$ BEGIN END $$;\n' });
    const refused = { code: 84, names: /was started at/, remedy: /slipway repair/ };
    await made.database.query(`${begin} = '${v4}'`);
    expectFailure(await made.run('up'), refused);
    const { code, stdout } = await made.run('repair --apply');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(`--as ${v4}, or --as with`) });
    await repaired(made, `--as ${as}`);
    expect(inShort(await made.ledger())).toEqual(rows);
    expectSuccess(await made.run('up'));
    expect(inShort(await made.ledger())).toEqual(applied);
  });

  test('and is not interrupted at all: another run is at work in it', async () => {
    const made = await atHead(enumeration);
    await made.database.query(`${begin} = '${v4}'`);
    const before = await made.fingerprint();
    const other = await made.database.connect({ application_name: 'slipway at work' });
    await other.query(`SELECT pg_advisory_lock(${advisoryKey({ schema: 'slipway', app: 'default' })})`);
    expectFailure(await made.run('repair'), {
      code: 75,
      names: /another run is still applying/,
      remedy: /start repair again/,
    });
    expectFailure(await made.run('repair --apply', { SLIPWAY_LOCK_TIMEOUT: '0' }), {
      code: 75,
      names: /held by process \d+, "slipway at work"/,
      remedy: /SLIPWAY_LOCK_TIMEOUT/,
    });
    expect(await made.fingerprint()).toEqual(before);
  });
});

describe.each(named(majors))('a ledger that was lost, on PostgreSQL $version', ({ major }) => {
  test.each([
    ['with its schema', 'DROP SCHEMA slipway CASCADE'],
    ['and its schema is there', 'DROP TABLE slipway.ledger'],
    ['all rows of it', 'DELETE FROM slipway.ledger'],
  ])('%s: its rows are made anew', async (_, lose) => {
    const made = await atHead(files, { major });
    await made.database.query(`${lose}; INSERT INTO public.b VALUES (7)`);
    expect(await shown(made)).toMatch(
      `- the schema matches ${v4}, and the ledger has no row\n  → 4 versions recorded as adopted\n`,
    );
    await repaired(made);
    expect(inShort(await made.ledger())).toEqual(
      [v1, v2, v3, v4].map((version) => `${version} adopted done`),
    );
    expect((await made.ledger())[0]?.accepted).toMatchObject({ verified: true, objects: {} });
    expectSuccess(await made.run('up'));
    expect(await made.database.query('SELECT x FROM public.b')).toEqual([{ x: 7 }]);
  });
});

describe('rows that were lost', () => {
  test('the newest', async () => {
    const made = await atHead();
    await made.database.query(`DELETE FROM slipway.ledger WHERE version > '${v1}'`);
    expect(await shown(made)).toMatch(
      `the schema has ${v2}_b, ${v3}_rows, ${v4}_index, and the ledger does not`,
    );
    await repaired(made);
    expect(inShort(await made.ledger())).toEqual([
      `${v1} applied done`,
      ...[v2, v3, v4].map((version) => `${version} adopted done`),
    ]);
    expectSuccess(await made.run('up'));
  });

  test('one in between', async () => {
    const made = await atHead();
    await made.database.query(`DELETE FROM slipway.ledger WHERE version = '${v2}'`);
    expectFailure(await made.run('up'), { code: 82, names: /_b\.sql is older/, remedy: /restamp/ });
    await repaired(made);
    expectSuccess(await made.run('up'));
  });

  test('data makes it a guess: it asks, and holds what is said against the schema', async () => {
    const { [index]: _, ...less } = files;
    const made = await atHead(less);
    await made.database.query('DELETE FROM slipway.ledger');
    expect(await shown(made)).toMatch(
      `slipway repair --apply --as ${v2}, or slipway repair --apply --as ${v3}`,
    );
    const before = await made.fingerprint();
    const { code, stdout } = await made.run(`repair --apply --as ${v1}`);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(`the schema does not match ${v1}`),
    });
    expect(await made.fingerprint()).toEqual(before);
    await repaired(made, '--as head');
    expectSuccess(await made.run('up'));
    expect(await made.database.query('SELECT x FROM public.a')).toHaveLength(1);
  });

  test('without a lock file nothing is proved', async () => {
    const made = await scene(files);
    expectSuccess(await made.run('up'));
    await made.database.query('DELETE FROM slipway.ledger');
    expect(await shown(made)).toMatch(/slipway adopt --as VERSION --unverified/);
  });

  test('two that repair at once: one does it, both end well', async () => {
    const made = await atHead();
    await made.database.query('DELETE FROM slipway.ledger');
    const results = await Promise.all([1, 2].map(() => made.run('repair --apply')));
    const outputs = results.map((result) => expectSuccess(result).stdout);
    expect(outputs.join('')).toMatch(/1 put right/);
    expect(inShort(await made.ledger())).toHaveLength(4);
    expectSuccess(await made.run('repair'));
  });
});

describe('files in the wrong order are told, and left alone', () => {
  test('one that came late', async () => {
    const made = await atHead();
    made.project.write('migrations/20250102120000_late.sql', 'CREATE TABLE public.late (x int);\n');
    expectSuccess(await check(made, '--write', { SLIPWAY_ALLOW_OUT_OF_ORDER: 'on' }));
    expect(await shown(made)).toMatch(
      /20250102120000_late\.sql is older than the newest applied version[^\n]*\n {2}! .*slipway new --restamp FILE/,
    );
    const before = await made.fingerprint();
    expect((await made.run('repair --apply')).code).toBe(1);
    expect(await made.fingerprint()).toEqual(before);
  });

  test('two of one version', async () => {
    const made = await atHead();
    made.project.write(`migrations/${v2}_c.sql`, 'CREATE TABLE public.c (x int);\n');
    expectFailure(await made.run('repair'), {
      code: 65,
      names: /already taken by/,
      remedy: /slipway new --restamp/,
    });
  });
});

describe('rows that contradict each other', () => {
  test.each([
    [
      'a version twice',
      `ALTER TABLE slipway.ledger DROP CONSTRAINT ledger_pkey; INSERT INTO slipway.ledger SELECT * FROM slipway.ledger WHERE version = '${v3}'`,
      /version 20250103000000 has more than one row/,
    ],
    [
      'two baselines',
      `UPDATE slipway.ledger SET kind = 'baseline' WHERE version = '${v3}'`,
      /2 rows are baselines/,
    ],
    [
      'a row that is none',
      `ALTER TABLE slipway.ledger DROP CONSTRAINT ledger_state_check; UPDATE slipway.ledger SET state = 'failed' WHERE version = '${v3}'`,
      /20250103000000 has the state "failed"/,
    ],
  ])('%s: they are made anew from what the schema proves', async (_, spoil, problem) => {
    const made = await atHead();
    await made.database.query(spoil);
    expectFailure(await made.run('up'), { code: 81, names: problem, remedy: /slipway repair/ });
    const before = await shown(made);
    expect(before).toMatch(problem);
    expect(before).toMatch(`the schema matches ${v4}`);
    await repaired(made);
    const lines = await made.ledger();
    expect(lines.map(({ version }) => version)).toEqual([v1, v2, v3, v4]);
    expect(lines[2]).toMatchObject({ origin: 'adopted', kind: 'migration' });
    expect(JSON.stringify(entriesOf(lines, v4))).toMatch(/"removed":\[/);
    expectSuccess(await made.run('up'));
  });
});

describe('a ledger that cannot be trusted', () => {
  const trap = `CREATE TABLE public.trapped (who text);
    CREATE FUNCTION public.trap() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO public.trapped VALUES (current_user); RETURN NEW; END $$;
    CREATE TRIGGER t BEFORE INSERT OR UPDATE OR DELETE ON slipway.ledger FOR EACH ROW EXECUTE FUNCTION public.trap();`;

  test('is shown with what to check, and is left alone', async () => {
    const made = await atHead();
    await made.database.query(`${trap} DELETE FROM slipway.ledger WHERE false`);
    const told = await shown(made, `--as ${v1}`);
    expect(told).toMatch(/slipway\.ledger has triggers, which would run with Slipway's privileges/);
    const before = await made.fingerprint();
    expect((await made.run(`repair --apply --as ${v1}`)).code).toBe(1);
    expect(await made.fingerprint()).toEqual(before);
    expect(await made.database.query('SELECT who FROM public.trapped')).toEqual([]);
    const looks = told.split('\n').filter((line) => /^ +SELECT/.test(line));
    expect(looks).toHaveLength(3);
    for (const sql of looks) expect(await made.database.query(sql)).not.toEqual([]);
  });

  test("in another role's hands", async () => {
    const made = await atHead();
    const [stranger, reader] = [await made.role(), await made.role()];
    await made.database.query(`ALTER TABLE slipway.ledger OWNER TO ${stranger.name}`);
    await made.database.query(
      `GRANT USAGE ON SCHEMA slipway TO ${reader.name}; GRANT SELECT, INSERT, DELETE ON slipway.ledger TO ${reader.name}`,
    );
    await made.database.query(`DELETE FROM slipway.ledger`);
    const { code, stdout } = await made.run('repair --apply', reader.env);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(`slipway\\.ledger belongs to "${stranger.name}"`),
    });
    expect(await made.ledger()).toEqual([]);
  });

  test('a newer one is left to the newer image', async () => {
    const made = await atHead();
    await made.database.query('UPDATE slipway.ledger SET format = 2');
    expectFailure(await made.run('repair --apply'), { code: 83, names: /format 2/, remedy: /newer image/ });
  });
});

test('it needs no more than to read', async () => {
  const made = await atHead();
  const reader = await made.role();
  await made.database.query(`DELETE FROM slipway.ledger WHERE version = '${v4}'`);
  await made.database.query(
    `GRANT USAGE ON SCHEMA slipway TO ${reader.name}; GRANT SELECT ON slipway.ledger TO ${reader.name}`,
  );
  const { code, stdout } = await made.run('repair', reader.env);
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/recorded as adopted/) });
  expectFailure(await made.run('repair --apply', reader.env), {
    code: 77,
    names: /permission denied for table ledger/,
    remedy: /./,
  });
  expect(await made.ledger()).toHaveLength(3);
});

test('the result as JSON', async () => {
  const made = await atHead();
  await made.database.query(`DELETE FROM slipway.ledger WHERE version = '${v4}'`);
  const expected = (repair: string) => ({
    repair,
    findings: [
      {
        kind: 'unrecorded',
        message: `the schema has ${v4}_index, and the ledger does not`,
        detail: [],
        remedy: '1 version recorded as adopted',
        actions: [{ action: 'record', version: v4 }],
      },
    ],
  });
  const asked = await made.run('repair --json');
  expect([asked.code, JSON.parse(asked.stdout)]).toEqual([1, expected('needed')]);
  const done = await made.run('repair --apply --json');
  expect([done.code, JSON.parse(done.stdout)]).toEqual([0, expected('applied')]);
});
