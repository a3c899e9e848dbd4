import type { Lock } from '../../../src/lockfile/lockfile.ts';
import { olderDatabase, olderFiles } from '../../support/formats.ts';
import { check, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, install, squash } from '../../support/squashed.ts';

interface Case {
  readonly title: string;
  readonly database: string;
  readonly files: string;
  /** The versions in the ledger, each with how it came there. */
  readonly rows: readonly string[];
  /** What `down` ends with. */
  readonly down: 0 | 64;
}

const applied = ['1 baseline applied', '2 migration applied', '3 migration applied', '4 migration applied'];
const adopted = applied.map((row) => row.replace('applied', 'adopted'));

const cases: readonly Case[] = [
  {
    title: 'every version was applied: at head, and goes on',
    database: 'applied',
    files: 'project',
    rows: applied,
    down: 0,
  },
  {
    title: 'it was adopted: the same',
    database: 'adopted',
    files: 'project',
    rows: adopted,
    down: 0,
  },
  {
    title: 'two fixes are kept with its rows: the same',
    database: 'fixed',
    files: 'project',
    rows: adopted,
    down: 0,
  },
  {
    title: 'repair took the checksum of an edited comment: the same',
    database: 'repaired',
    files: 'repaired',
    rows: applied,
    down: 0,
  },
  {
    title: 'a concurrent build was killed and its row left running: up builds the index',
    database: 'running',
    files: 'project',
    rows: applied,
    down: 0,
  },
  {
    title: 'a squashed baseline made it: at head, and there is nothing to undo',
    database: 'squashed',
    files: 'squashed',
    rows: ['4 baseline applied'],
    down: 64,
  },
];

/** The versions that a lock lists, each with the checksums of its files. */
const versionsOf = ({ baseline, migrations }: Lock): unknown => [
  { version: baseline.version, checksum: baseline.checksum },
  ...Object.entries(migrations).map(([version, { checksum, down }]) => ({ version, checksum, down })),
];

describe('Hostile and odd: what an older Slipway wrote', () => {
  const scene = useScenes();
  jest.setTimeout(120_000);

  /** A project of then whose lock this version has written anew. */
  async function renewed(files: string): Promise<Scene> {
    const made = await scene(olderFiles(files));
    await writeLock(made);
    return made;
  }

  async function older(database: string, files: string): Promise<Scene> {
    const made = await renewed(files);
    await made.database.query(olderDatabase(database));
    return made;
  }

  const rowsOf = async (made: Scene): Promise<string[]> =>
    (await made.ledger()).map(({ version, kind, origin }) => `${version[7]} ${kind} ${origin}`).sort();

  test.each(cases)('a database where $title', async ({ database, files, rows, down }) => {
    const made = await older(database, files);
    const isRunning = database === 'running';
    const before = await made.contents();
    const told = JSON.parse((await made.run('status --json')).stdout);
    expect(told).toMatchObject({ refusal: null, pending: isRunning ? ['20250104000000'] : [] });
    const up = expectSuccess(await made.run('up'));
    expect(up.logs.filter(({ level }) => level === 'warn')).toEqual([]);
    expect(await rowsOf(made)).toEqual(rows);
    if (!isRunning) expect(await made.contents()).toEqual(before);
    expectSuccess(await made.run('status --drift --strict --exit-code'));
    expect(expectSuccess(await made.run('repair')).stdout).toMatch(/^nothing is wrong/);
    const undone = await made.run('down');
    expect(undone.code).toBe(down);
    if (down !== 0) return;
    expect(await made.ledger()).toHaveLength(3);
    expectSuccess(await made.run('up'));
    expect((await rowsOf(made)).at(-1)).toBe('4 migration applied');
  });

  test('a difference that was accepted then: drift (85) until it is accepted again, by what the remedy says', async () => {
    const made = await older('accepted', 'project');
    const failure = expectFailure(await made.run('up'), {
      code: 85,
      names: /does not match 20250104000000: 1 object differs/,
      remedy:
        /An older Slipway accepted the differences of column shop\.sizes\.label by hashes that this version cannot compare.*: slipway adopt --as 20250104000000 --unverified\./,
    });
    expect(failure.detail).toContain('  ~ column shop.sizes.label: changed');
    expectSuccess(await made.run('up', { SLIPWAY_ON_DRIFT: 'warn' }));
    expectSuccess(await made.run('adopt --as 20250104000000 --unverified'));
    expect((await made.ledger()).at(-1)?.accepted).toMatchObject({
      objects: { 'column shop.sizes.label': expect.stringMatching(/^[\w-]{22}$/) },
      snapshotFormat: 2,
    });
    const up = expectSuccess(await made.run('up'));
    expect(up.logs.filter(({ level }) => level === 'warn')).toEqual([]);
    expectSuccess(await made.run('status --drift --strict --exit-code'));
    await made.database.query('ALTER TABLE shop.sizes ALTER label TYPE varchar(8)');
    expectFailure(await made.run('up'), {
      code: 85,
      names: /1 object differs/,
      remedy: /^(?!.*older Slipway)/,
    });
  });

  test.each([['project'], ['repaired'], ['squashed']])(
    'files and lock of %s: up, check and squash ask for a renewal (66); check --write keeps all but the hashes',
    async (files) => {
      const made = await scene(olderFiles(files));
      const was = JSON.parse(olderFiles(files)['sql/schema.lock.json'] ?? '');
      const keeping = { app: 'shop', options: { ignore: ['table shop.x*'], privileges: true } };
      made.project.write('sql/schema.lock.json', JSON.stringify({ ...was, ...keeping }));
      for (const run of [made.run('up'), check(made), squash(made, '')])
        expectFailure(await run, {
          code: 66,
          names:
            /an older Slipway wrote the lock file: its hashes have format 1, and this version compares format 2/,
          remedy: /slipway check --write/,
        });
      expectSuccess(await check(made, '--write'));
      const lock = JSON.parse(filesOf(made)['sql/schema.lock.json'] ?? '');
      expect(lock).toMatchObject({ format: 1, snapshotFormat: 2, ...keeping, superseded: was.superseded });
      expect(versionsOf(lock)).toEqual(versionsOf(was));
      expectSuccess(await check(made));
    },
  );

  test('a lock of then serves wait and check --against: neither compares a hash', async () => {
    const made = await older('applied', 'project');
    made.project.write('sql/old.lock.json', olderFiles('project')['sql/schema.lock.json'] ?? '');
    expectSuccess(await check(made, '--against sql/old.lock.json'));
    made.project.write('sql/schema.lock.json', olderFiles('project')['sql/schema.lock.json'] ?? '');
    expectSuccess(await made.run('wait --timeout 0'));
  });

  test('a squash of its files serves a database that they made, and they serve one that the squash made', async () => {
    const made = await older('applied', 'project');
    const before = await made.contents();
    expectSuccess(await squash(made, '--set-sequence *'));
    const squashed = filesOf(made);
    expectSuccess(await made.run('up'));
    expect(await made.contents()).toEqual(before);
    const fresh = await scene(squashed);
    expectSuccess(await fresh.run('up'));
    install(fresh, filesOf(await renewed('project')));
    expectSuccess(await fresh.run('up', { SLIPWAY_ON_AHEAD: 'fail' }));
  });

  test('its squash is squashed again: what it took in without checksums stays known, and each database follows', async () => {
    const made = await older('squashed', 'squashed');
    const more = 'migrations/20250105000000_heavy.sql';
    made.project.write(more, 'ALTER TABLE shop.sizes ADD heavy boolean;\n');
    await writeLock(made);
    expectSuccess(await squash(made, '--set-sequence *'));
    const squashed = filesOf(made);
    const { superseded } = JSON.parse(squashed['sql/schema.lock.json'] ?? '');
    expect(superseded).toEqual([
      { version: '20250101000000', carriedBy: '1.0' },
      { version: '20250102000000', carriedBy: '1.0' },
      { version: '20250103000000', carriedBy: '1.0' },
      { version: '20250104000000', carriedBy: '1.0', baseline: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { version: '20250105000000', carriedBy: '1.0', checksum: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    expectSuccess(await made.run('up'));
    expect(await rowsOf(made)).toEqual(['4 baseline applied', '5 migration applied']);
    const fresh = await scene(squashed);
    expectSuccess(await fresh.run('up'));
    install(fresh, filesOf(await renewed('project')));
    expectSuccess(await fresh.run('up'));
    expectFailure(await fresh.run('up', { SLIPWAY_ON_AHEAD: 'fail' }), {
      code: 83,
      names: /it has 20250105000000/,
      remedy: /./,
    });
  });

  test('its squashed database under its unsquashed image: newer baseline, 0 with the warning, 83 with SLIPWAY_ON_AHEAD=fail', async () => {
    const made = await older('squashed', 'project');
    const { logs } = expectSuccess(await made.run('up'));
    expect(logs.filter(({ level }) => level === 'warn')).toEqual([
      expect.objectContaining({ event: 'ahead', newerBaseline: '20250104000000' }),
    ]);
    expectFailure(await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' }), {
      code: 83,
      names: /a newer baseline, 20250104000000/,
      remedy: /./,
    });
  });

  test('what is written now goes by the rules of then: ledger and lock, with keys more', async () => {
    const made = await renewed('project');
    expectSuccess(await squash(made, '--set-sequence *'));
    expectSuccess(await made.run('up'));
    const old = await older('squashed', 'squashed');
    const columns = `SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
      WHERE table_schema = 'slipway' ORDER BY ordinal_position`;
    const constraints = `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid = 'slipway.ledger'::regclass AND contype <> 'n' ORDER BY conname`;
    for (const sql of [columns, constraints])
      expect(await made.database.query(sql)).toEqual(await old.database.query(sql));
    const [row] = await made.ledger();
    const [was] = await old.ledger();
    expect(row).toMatchObject({ format: 1, kind: 'baseline', state: 'done' });
    // Then, of `accepted` two keys were read: objects as a map, tokens as a text.
    const acceptedOf = (line: typeof row): Record<string, unknown> => ({ ...(line?.accepted as object) });
    const { tokens, takenIn, cluster, fingerprint, ...more } = acceptedOf(row);
    expect(Object.keys(fingerprint as object).sort()).toEqual([
      'catalog',
      'comparison',
      'key',
      'ledger',
      'takenMs',
    ]);
    expect(more).toEqual({});
    expect(cluster).toMatch(/^\d+$/);
    expect(typeof tokens).toBe(typeof acceptedOf(was).tokens);
    expect(Object.keys(takenIn as object)).toEqual([1, 2, 3, 4].map((n) => `2025010${n}000000`));
    const lock = JSON.parse(filesOf(made)['sql/schema.lock.json'] ?? '');
    const before = JSON.parse(filesOf(await renewed('squashed'))['sql/schema.lock.json'] ?? '');
    for (const entry of lock.superseded) {
      delete entry.checksum;
      delete entry.baseline;
    }
    expect(lock).toEqual({ ...before, baseline: { ...before.baseline, checksum: expect.any(String) } });
  });
});
