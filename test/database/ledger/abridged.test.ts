import { readFileSync } from 'node:fs';
import { lockOfLong, longHistory, type Step } from '../../../bench/history.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { tapWire } from '../../support/wire-tap.ts';

// A start at head is told most of a long ledger by a digest: whatever is wrong in it must be found as if every row came.
const scene = useScenes(afterAll);
const versions = 1000;
const history = longHistory(versions);
const fileOf = ({ version, name }: Step): string => `migrations/${version}_${name}.sql`;
const versionOf = (n: number): string => history.at(n)?.version ?? '';
const middle = versionOf(500);
const row = `version = '${middle}'`;

let long: Scene;
/** The ledger as it was before anybody touched it. */
let rows: string;

beforeAll(async () => {
  const [first, ...rest] = history;
  if (!first) throw new Error('there is no history');
  long = await scene({ [fileOf(first)]: first.sql });
  await writeLock(long);
  for (const step of rest) long.project.write(fileOf(step), step.sql);
  const path = 'sql/schema.lock.json';
  long.project.write(path, lockOfLong(readFileSync(long.project.path(path), 'utf8'), history));
  expectSuccess(await long.run('up'));
  // What its owner may have taken away, it is judged without.
  await long.database.query(
    (
      await long.database.query<{ drop: string }>(
        `SELECT format('ALTER TABLE slipway.ledger DROP CONSTRAINT %I', conname) AS drop FROM pg_constraint
        WHERE conrelid = 'slipway.ledger'::regclass AND contype IN ('c', 'p')`,
      )
    )
      .map(({ drop }) => drop)
      .join(';'),
  );
  expectSuccess(await long.run('up'));
  const [saved] = await long.database.query<{ rows: string }>(
    'SELECT json_agg(l)::text AS rows FROM slipway.ledger l',
  );
  rows = saved?.rows ?? '';
}, 120_000);

afterEach(async () => {
  await long.database.query('DELETE FROM slipway.ledger');
  await long.database.query(
    'INSERT INTO slipway.ledger SELECT * FROM json_populate_recordset(NULL::slipway.ledger, $1::json)',
    [rows],
  );
});

/** What a start says and how it ends, but for how long it took. */
async function outcome(env: Record<string, string> = {}): Promise<object> {
  const { code, stdout, logs } = await long.run('up --json', env);
  const { ms: _, ...report } = JSON.parse(stdout);
  const said = logs
    .filter(({ event }) => event !== 'done')
    .map(({ level, event, msg, remedy, detail }) => ({ level, event, msg, remedy, detail }));
  return { code, report, said };
}

/** How many queries a start asks, and how much it is told. */
async function traffic(
  { database, run }: Scene,
  code = 0,
): Promise<{ readonly queries: number; readonly bytes: number }> {
  const tap = await tapWire(Number(database.env.PGPORT));
  try {
    expect(await run('up', { PGPORT: String(tap.port) })).toMatchObject({ code });
    return { queries: tap.queries.length, bytes: tap.receivedBytes };
  } finally {
    await tap.close();
  }
}

const copyOf = (changed: Readonly<Record<string, string>>): string =>
  `INSERT INTO slipway.ledger SELECT (jsonb_populate_record(l, '${JSON.stringify(changed)}')).* FROM slipway.ledger l WHERE ${row}`;
const set = (what: string): string => `UPDATE slipway.ledger SET ${what} WHERE ${row}`;

/** What somebody did to the ledger, and how a start ends then. */
const forged: readonly (readonly [string, string, number])[] = [
  ['has another checksum', set(`checksum = repeat('0', 64)`), 82],
  ['has the checksum in capital letters', set('checksum = upper(checksum)'), 82],
  ['has a shorter checksum', set('checksum = left(checksum, 63)'), 82],
  ['has no checksum', set('checksum = NULL'), 0],
  [
    'has the checksum of the next, and the next has its own',
    `UPDATE slipway.ledger l SET checksum = k.checksum FROM slipway.ledger k
      WHERE (l.version, k.version) IN (('${versionOf(500)}', '${versionOf(501)}'), ('${versionOf(501)}', '${versionOf(500)}'))`,
    82,
  ],
  ['has another name', set(`name = 'renamed'`), 0],
  ['has the version of the first', set(`version = '${versionOf(0)}'`), 81],
  ['has a version between two files', set(`version = '20250101000560'`), 82],
  ['has a version that is none', set(`version = 'abcdefghijklmn'`), 81],
  ['has a version with a letter more', set(`version = version || 'x'`), 81],
  ['was taken out', `DELETE FROM slipway.ledger WHERE ${row}`, 82],
  ['is there twice', copyOf({}), 81],
  ['is there twice, once as adopted', copyOf({ origin: 'adopted' }), 81],
  ['is there once more, for a version without a file', copyOf({ version: '20240101000000' }), 82],
  ['is there once more, as that of another app', copyOf({ app: 'other' }), 0],
  ['is that of another app', set(`app = 'other'`), 82],
  [
    'stands for two',
    `UPDATE slipway.ledger l SET checksum = l.checksum || k.version || k.checksum FROM slipway.ledger k
      WHERE (l.version, k.version) = ('${versionOf(500)}', '${versionOf(501)}');
     DELETE FROM slipway.ledger WHERE version = '${versionOf(501)}'`,
    82,
  ],
  ['is running', set(`state = 'running'`), 84],
  ['failed', set(`state = 'failed'`), 81],
  ['is done in capital letters', set(`state = 'DONE'`), 81],
  ['is a baseline', set(`kind = 'baseline'`), 81],
  ['is of no known kind', set(`kind = 'Migration'`), 81],
  ['is of no known origin', set(`origin = 'stolen'`), 81],
  ['was adopted', set(`origin = 'adopted'`), 0],
  ['is of a newer format', set('format = 2'), 83],
  [
    'accepted a difference',
    set(`accepted = '{"objects":{"table public.counter":null},"snapshotFormat":2}'`),
    0,
  ],
  ['accepted what no object is', set(`accepted = '["objects"]'`), 0],
  ['has taken in others', set(`accepted = '{"takenIn":{"20240101000000":{"migration":"0"}}}'`), 82],
  ['was made at the end of time', set(`finished_at = 'infinity'`), 0],
  ['is the newest, of a version without a file', copyOf({ version: '20260101000000' }), 0],
];

describe('a row in the midst of a thousand', () => {
  test.each(forged)('that %s is judged as if every row were read', async (_, sql, code) => {
    await long.database.query(sql);
    const [short, whole] = [await outcome(), await outcome({ SLIPWAY_FINGERPRINT: 'off' })];
    expect(short).toEqual(whole);
    expect(short).toMatchObject({ code });
  });

  test('whose file was edited is refused, and so is one whose file is gone', async () => {
    const step = history[500];
    if (!step) throw new Error('there is no such version');
    const path = fileOf(step);
    long.project.write(path, `${step.sql}-- edited\n`);
    const edited = await outcome();
    expect(edited).toEqual(await outcome({ SLIPWAY_FINGERPRINT: 'off' }));
    expect(edited).toMatchObject({ code: 82 });
    long.project.remove(path);
    const gone = await outcome();
    expect(gone).toEqual(await outcome({ SLIPWAY_FINGERPRINT: 'off' }));
    expect(gone).toMatchObject({ code: 66 });
    long.project.write(path, step.sql);
    expect(await outcome()).toMatchObject({ code: 0 });
  });
});

describe('what a start at head asks', () => {
  test('is one query, whose answer does not grow with the versions', async () => {
    const all = await traffic(long);
    expect(all.queries).toBe(1);
    expect(all.bytes).toBeLessThan(10_000);
  });

  test('is one query more where the ledger is not as the files tell', async () => {
    await long.database.query(set('checksum = NULL'));
    const told = await traffic(long);
    expect(told.queries).toBe(1);
    await long.database.query(copyOf({ version: '20240101000000' }));
    const untold = await traffic(long, 82);
    expect(untold.queries).toBe(2);
    expect(untold.bytes).toBeGreaterThan(100_000);
  });

  test('is one query after a squash, too, for a database with the versions of before', async () => {
    const squashed = await scene({
      'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.goods (id int);\n',
      'migrations/20250102000000_name.sql': 'ALTER TABLE public.goods ADD COLUMN name text;\n',
      'migrations/20250103000000_price.sql': 'ALTER TABLE public.goods ADD COLUMN price int;\n',
    });
    await writeLock(squashed);
    expectSuccess(await squashed.run('up'));
    expectSuccess(await squashed.run('squash --carried-by 1.0.0', shadowOf(squashed)));
    squashed.project.write('migrations/20250104000000_more.sql', 'CREATE TABLE public.more ();\n');
    await writeLock(squashed);
    expectSuccess(await squashed.run('up'));
    expect(await traffic(squashed)).toMatchObject({ queries: 1 });
  });
});
