import { writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';
import { filesOf, install, squash } from '../../support/squashed.ts';

type Files = Readonly<Record<string, string>>;

const first = 'migrations/20250101000000_sizes.sql';
const second = 'migrations/20250102000000_large.sql';
const third = 'migrations/20250103000000_width.sql';
const start: Files = {
  [first]:
    "CREATE SCHEMA shop;\nCREATE TABLE shop.sizes (id int PRIMARY KEY, label text);\nINSERT INTO shop.sizes VALUES (1, 'small');\n",
  [second]: "INSERT INTO shop.sizes VALUES (2, 'large');\n",
  [third]: 'ALTER TABLE shop.sizes ADD width int NOT NULL DEFAULT 3;\n',
  'migrations/20250103000000_width.down.sql': 'ALTER TABLE shop.sizes DROP width;\n',
};
const fourth = {
  'migrations/20250104000000_heavy.sql': 'ALTER TABLE shop.sizes ADD heavy boolean;\n',
  'migrations/20250104000000_heavy.down.sql': 'ALTER TABLE shop.sizes DROP heavy;\n',
};
const rows = 'SELECT xmin::text, * FROM shop.sizes ORDER BY id';

describe('Hostile and odd: an image from before a squash', () => {
  const scene = useScenes();
  const building = useScenes(afterAll);
  jest.setTimeout(120_000);

  /** Three migrations; the same up to the second; squashed; squashed, and one more; squashed again. */
  const images = { unsquashed: {}, older: {}, once: {}, after: {}, twice: {} } as Record<
    'unsquashed' | 'older' | 'once' | 'after' | 'twice',
    Files
  >;

  beforeAll(async () => {
    const made = await building({ [first]: start[first] ?? '', [second]: start[second] ?? '' });
    await writeLock(made);
    images.older = filesOf(made);
    for (const [path, text] of Object.entries(start)) made.project.write(path, text);
    await writeLock(made);
    images.unsquashed = filesOf(made);
    expectSuccess(await squash(made));
    images.once = filesOf(made);
    for (const [path, text] of Object.entries(fourth)) made.project.write(path, text);
    await writeLock(made);
    images.after = filesOf(made);
    expectSuccess(await squash(made, '--carried-by 2.0'));
    images.twice = filesOf(made);
  });

  /** A database that one image made, and another one is rolled back to. */
  async function rolledBack(from: Files, to: Files): Promise<Scene> {
    const made = await scene(from);
    expectSuccess(await made.run('up'));
    install(made, to);
    return made;
  }

  const warned = ({ logs }: SlipwayResult): string[] =>
    logs.filter(({ level }) => level === 'warn').map(({ msg }) => msg);

  const unlist = ({ database }: Scene): Promise<unknown> =>
    database.query("UPDATE slipway.ledger SET accepted = accepted - 'takenIn'");

  const ofSameHead: readonly {
    title: string;
    from: keyof typeof images;
    to: keyof typeof images;
    version: string;
  }[] = [
    {
      title: 'without a baseline, one squash back: every command finds its head there, 0',
      from: 'once',
      to: 'unsquashed',
      version: '20250103000000',
    },
    {
      title: 'with a baseline that was squashed before, one squash back: the same',
      from: 'twice',
      to: 'after',
      version: '20250104000000',
    },
  ];

  test.each(ofSameHead)('$title', async ({ from, to, version }) => {
    const made = await rolledBack(images[from], images[to]);
    const before = await made.contents();
    const data = await made.database.query(rows);
    const up = expectSuccess(await made.run('up --json', { SLIPWAY_ON_AHEAD: 'fail' }));
    expect(warned(up)).toEqual([]);
    expect(JSON.parse(up.stdout)).toMatchObject({ version, ahead: [], newerBaseline: null, steps: [] });
    expect(JSON.parse(expectSuccess(await made.run('plan --json')).stdout)).toMatchObject({
      plan: 'upToDate',
      version,
      ahead: [],
      newerBaseline: null,
    });
    const status = JSON.parse(
      expectSuccess(await made.run('status --json --all --drift --exit-code')).stdout,
    );
    expect(status).toMatchObject({ version, pending: [], ahead: [], refusal: null });
    expect(status.versions.filter(({ state }: { state: string }) => state === 'pending')).toEqual([]);
    expect(status.drift.differences).toEqual([]);
    expectSuccess(await made.run('wait --timeout 0'));
    expect(expectSuccess(await made.run('repair --apply')).stdout).toMatch(/^nothing is wrong/);
    expectSuccess(await made.run('adopt'));
    expectFailure(await made.run('down'), { code: 64, names: /is the baseline/, remedy: /backup/ });
    expect(await made.contents()).toEqual(before);
    expect(await made.database.query(rows)).toEqual(data);
    install(made, images[from]);
    expectSuccess(await made.run('up'));
    expect(await made.contents()).toEqual(before);
  });

  test('two squashes back, of an older head: ahead as any other database, 0 with the warning, 83 with SLIPWAY_ON_AHEAD=fail', async () => {
    const made = await rolledBack(images.twice, images.unsquashed);
    expect(warned(expectSuccess(await made.run('up')))).toEqual([
      expect.stringMatching(/ahead of this image: it has 20250104000000; nothing to do/),
    ]);
    expectFailure(await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' }), {
      code: 83,
      names: /head is 20250103000000: it has 20250104000000/,
      remedy: /newer image/,
    });
    expectSuccess(await made.run('wait --timeout 0'));
    install(made, images.older);
    expect(warned(expectSuccess(await made.run('up')))).toEqual([expect.stringMatching(/20250104000000/)]);
    expect(expectSuccess(await made.run('repair')).stdout).toMatch(/^nothing is wrong/);
  });

  test('the baseline was adopted, not applied: the older image is at its head, 0', async () => {
    const made = await scene(images.once);
    await made.database.query(Object.values(start).slice(0, 3).join('\n'));
    expectSuccess(await made.run('up'));
    expect(await made.ledger()).toEqual([expect.objectContaining({ kind: 'baseline', origin: 'adopted' })]);
    install(made, images.unsquashed);
    expect(warned(expectSuccess(await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' })))).toEqual([]);
  });

  test('a file edited since the squash took it in: 82 naming it, until repair --accept-edit takes it', async () => {
    const edited = { ...images.unsquashed, [third]: `${start[third]}-- edited\n` };
    const made = await rolledBack(images.once, edited);
    await writeLock(made);
    for (const command of ['up', 'plan', 'down']) {
      const failure = expectFailure(await made.run(command), {
        code: 82,
        names: /20250103000000_width\.sql differs from what was applied: .*baseline 20250103000000/,
        remedy: /restore the file as it was then/,
      });
      expect(failure.remedy).not.toMatch(/SLIPWAY_READERS/);
    }
    expectFailure(await made.run('wait --timeout 0'), {
      code: 75,
      names: /20250103000000.* differs from what was applied/,
      remedy: /restore/,
    });
    const told = await made.run('repair --apply');
    expect([told.code, told.stdout]).toEqual([
      1,
      expect.stringMatching(/width\.sql.*edited[\s\S]*--accept-edit 20250103000000/),
    ]);
    const [before] = await made.ledger();
    expectSuccess(await made.run('repair --apply --accept-edit 20250103000000'));
    const [after] = await made.ledger();
    expect(after?.checksum).toBe(before?.checksum);
    expectSuccess(await made.run('up'));
    install(made, images.once);
    expectSuccess(await made.run('up'));
  });

  test('a file that the baseline did not take in: 82, out of order allowed or not, and nothing is applied', async () => {
    const late = 'migrations/20250102120000_late.sql';
    const made = await rolledBack(images.once, { ...start, [late]: 'CREATE TABLE shop.late ();\n' });
    for (const SLIPWAY_ALLOW_OUT_OF_ORDER of ['off', 'on']) {
      expectFailure(await made.run('up', { SLIPWAY_ALLOW_OUT_OF_ORDER }), {
        code: 82,
        names: /late\.sql was never applied: .*baseline 20250103000000/,
        remedy: /--restamp migrations\/20250102120000_late\.sql/,
      });
    }
    const told = await made.run('repair --apply');
    expect([told.code, told.stdout]).toEqual([1, expect.stringMatching(/late\.sql was never applied/)]);
    expect(await made.ledger()).toHaveLength(1);
  });

  test('files of the older image above the baseline are applied, and undone, as ever', async () => {
    const pending = { ...images.unsquashed, ...fourth };
    const made = await rolledBack(images.once, pending);
    await writeLock(made);
    expectSuccess(await made.run('up'));
    expect((await made.ledger()).map(({ version, kind }) => [version, kind])).toEqual([
      ['20250103000000', 'baseline'],
      ['20250104000000', 'migration'],
    ]);
    expectSuccess(await made.run('down'));
    expectFailure(await made.run('down'), { code: 64, names: /baseline/, remedy: /./ });
  });

  test('a row without the list: by an image with a newer baseline, 0 with the warning, 83 with SLIPWAY_ON_AHEAD=fail', async () => {
    const made = await rolledBack(images.once, images.unsquashed);
    await unlist(made);
    const before = await made.contents();
    const up = expectSuccess(await made.run('up --json'));
    expect(warned(up)).toEqual([expect.stringMatching(/by an image with a newer baseline, 20250103000000/)]);
    expect(JSON.parse(up.stdout)).toMatchObject({ newerBaseline: '20250103000000', ahead: [] });
    for (const command of ['up', 'plan']) {
      expectFailure(await made.run(command, { SLIPWAY_ON_AHEAD: 'fail' }), {
        code: 83,
        names: /by an image with a newer baseline, 20250103000000/,
        remedy: /SLIPWAY_ON_AHEAD=warn/,
      });
    }
    expect(expectSuccess(await made.run('plan')).stdout).toMatch(/baseline is newer: 20250103000000/);
    expect(expectSuccess(await made.run('status --exit-code')).stdout).toMatch(/^baseline 20250103000000/m);
    expectSuccess(await made.run('wait --timeout 0'));
    expect(expectSuccess(await made.run('repair --apply')).stdout).toMatch(/^nothing is wrong/);
    expectFailure(await made.run('down'), { code: 64, names: /is the baseline/, remedy: /./ });
    expect(await made.contents()).toEqual(before);
  });

  test('a lock that an older Slipway squashed has no checksums: its versions count as applied, 0', async () => {
    const lock = JSON.parse(images.once['sql/schema.lock.json'] ?? '');
    for (const entry of lock.superseded) {
      delete entry.checksum;
      delete entry.baseline;
    }
    const made = await rolledBack(
      { ...images.once, 'sql/schema.lock.json': JSON.stringify(lock) },
      images.unsquashed,
    );
    expect(warned(expectSuccess(await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' })))).toEqual([]);
  });

  test('several apps: one is rolled back, the rows of the other tell nothing of it', async () => {
    const made = await scene(images.once);
    expectSuccess(await made.run('up'));
    const other = Object.fromEntries(
      Object.entries(start).map(([path, text]) => [path, text.replaceAll('shop', 'stall')]),
    );
    install(made, other);
    expectSuccess(await made.run('up', { SLIPWAY_APP: 'stall' }));
    install(made, images.unsquashed);
    expectSuccess(await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' }));
    install(made, other);
    expectSuccess(await made.run('up', { SLIPWAY_APP: 'stall' }));
    expect((await made.ledger()).map(({ app, kind }) => `${app} ${kind}`).sort()).toEqual([
      'default baseline',
      'stall migration',
      'stall migration',
      'stall migration',
    ]);
  });

  test('a baseline that repair records keeps the list as well', async () => {
    const made = await scene(images.once);
    expectSuccess(await made.run('up'));
    await made.database.query('DELETE FROM slipway.ledger');
    expectSuccess(await made.run('repair --apply'));
    install(made, images.unsquashed);
    expect(warned(expectSuccess(await made.run('up', { SLIPWAY_ON_AHEAD: 'fail' })))).toEqual([]);
  });
});
