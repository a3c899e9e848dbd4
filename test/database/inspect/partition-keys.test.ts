import { readFileSync } from 'node:fs';
import { named, sweptMajors } from '../../support/database.ts';
import { generate, generated } from '../../support/generated.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { filesOf, headObjects, install, squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(180_000);

const baseline = `-- slipway: version 20250101000000
CREATE SCHEMA s;
CREATE TABLE s.people (id integer PRIMARY KEY, code integer CONSTRAINT people_code UNIQUE DEFERRABLE);
CREATE FUNCTION s.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE s.t (id integer NOT NULL, a integer, person integer CONSTRAINT to_people REFERENCES s.people) PARTITION BY RANGE (id);
CREATE TABLE s.t1 PARTITION OF s.t FOR VALUES FROM (0) TO (10);
CREATE TABLE s.t2 PARTITION OF s.t FOR VALUES FROM (10) TO (30) PARTITION BY RANGE (id);
CREATE TABLE s.t2a PARTITION OF s.t2 FOR VALUES FROM (10) TO (20);
CREATE INDEX by_a ON s.t (a);
CREATE TRIGGER stamped BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.stamp();
`;
const key = 'ALTER TABLE s.t ADD CONSTRAINT t_key PRIMARY KEY (id);\n';
const files = { 'sql/baseline.sql': baseline + key };
/** The same, and nothing keeps its key. */
const onlyKey = (baseline + key).replace('ALTER TABLE s.t ADD', 'ALTER TABLE ONLY s.t ADD');
const twice = 'INSERT INTO s.t (id) VALUES (1), (1)';

interface Told {
  readonly kind: string;
  readonly object: string;
  readonly severity: string;
}
const told = (differences: readonly Told[]): string[] =>
  differences.map(({ kind, object, severity }) => `${severity}: ${kind} ${object}`);

async function differences(made: Scene, code: number): Promise<string[]> {
  const result = await made.run('status --drift --exit-code --json');
  expect(result.code).toBe(code);
  return told(JSON.parse(result.stdout).drift.differences);
}

/** Writes and runs the fix; what it says. */
async function fixed(made: Scene): Promise<string> {
  expectSuccess(await made.run('repair --write-fix fix.sql', shadowOf(made)));
  expectSuccess(await made.run('repair --fix fix.sql', shadowOf(made)));
  return readFileSync(made.project.path('fix.sql'), 'utf8');
}

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  async function atHead(more: Readonly<Record<string, string>> = {}): Promise<Scene> {
    const made = await scene({ ...files, ...more }, { major });
    await writeLock(made);
    expectSuccess(await made.run('up'));
    return made;
  }

  test('a key that nothing enforces is no key: not adopted (80), drift (85), and made by the fix', async () => {
    const foreign = await scene(files, { major });
    await writeLock(foreign);
    await foreign.database.query(onlyKey);
    const refused = expectFailure(await foreign.run('up'), {
      code: 80,
      names: /version/,
      remedy: /--write-fix/,
    });
    expect(refused.detail).toEqual(
      expect.arrayContaining([
        expect.stringContaining('~ constraint s.t.t_key: changed'),
        expect.stringContaining('+ partition key s.t1.t_key: extra'),
      ]),
    );

    const made = await atHead();
    await made.database.query(
      'ALTER TABLE s.t DROP CONSTRAINT t_key; ALTER TABLE ONLY s.t ADD CONSTRAINT t_key PRIMARY KEY (id)',
    );
    expectFailure(await made.run('up'), { code: 85, names: /schema/, remedy: /./ });
    expect(await differences(made, 1)).toEqual([
      'drift: changed constraint s.t.t_key',
      'drift: extra partition key s.t1.t_key',
      'drift: extra partition key s.t2.t_key',
    ]);
    await fixed(made);
    expectSuccess(await made.run('drift --strict'));
    await expect(made.database.query(twice)).rejects.toMatchObject({ code: '23505' });
  });

  test('the partition that lacks its part of the key is named, at each level', async () => {
    const made = await atHead();
    await made.database.query(`ALTER TABLE s.t DROP CONSTRAINT t_key; ALTER TABLE ONLY s.t ADD CONSTRAINT t_key PRIMARY KEY (id);
      ALTER TABLE s.t1 ADD CONSTRAINT t1_pkey PRIMARY KEY (id); ALTER INDEX s.t_key ATTACH PARTITION s.t1_pkey;
      ALTER TABLE ONLY s.t2 ADD CONSTRAINT t2_pkey PRIMARY KEY (id); ALTER INDEX s.t_key ATTACH PARTITION s.t2_pkey`);
    expect(await differences(made, 1)).toEqual([
      'drift: changed constraint s.t.t_key',
      'drift: extra partition key s.t2.t_key',
      'drift: extra partition key s.t2a.t2_pkey',
    ]);
    await made.database.query(
      'ALTER TABLE s.t2a ADD CONSTRAINT t2a_pkey PRIMARY KEY (id); ALTER INDEX s.t2_pkey ATTACH PARTITION s.t2a_pkey',
    );
    expect(await differences(made, 0)).toEqual([]);
  });

  test('dropping the index beneath a key that nothing enforces does not reach the schema that has the key', async () => {
    const beneath = `${onlyKey}CREATE UNIQUE INDEX t1_id ON s.t1 (id);\n`;
    const made = await scene({ 'sql/baseline.sql': beneath, 'sql/desired.sql': baseline + key }, { major });
    await writeLock(made);
    expectSuccess(await generate(made, ['keep', '--from', 'sql/desired.sql']));
    // Nothing makes an index invalid again.
    const down = Object.keys(filesOf(made)).find((path) => path.endsWith('keep.down.sql'));
    made.project.remove(down ?? '');
    await writeLock(made);
    expectSuccess(await made.run('up'));
    await expect(made.database.query(twice)).rejects.toMatchObject({ code: '23505' });
    const wished = await scene({ 'sql/baseline.sql': baseline + key }, { major });
    await writeLock(wished);
    expect(headObjects(filesOf(made))).toEqual(headObjects(filesOf(wished)));
  });

  test('what is switched off on a partition is drift, and switched on again by the fix', async () => {
    const made = await atHead();
    await made.database.query('ALTER TABLE s.t1 DISABLE TRIGGER ALL');
    expectFailure(await made.run('up'), { code: 85, names: /schema/, remedy: /./ });
    expect(await differences(made, 1)).toEqual([
      'drift: extra enforcement s.t1.to_people',
      'drift: extra partition trigger s.t1.stamped',
    ]);
    expect(await fixed(made)).toMatch(/^ALTER TABLE s\.t1\n(?:.*\n)* {2}ENABLE TRIGGER ALL;$/m);
    expect(await differences(made, 0)).toEqual([]);
    await expect(made.database.query('INSERT INTO s.t (id, person) VALUES (2, 99)')).rejects.toMatchObject({
      code: '23503',
    });
  });

  test('what is switched off on a plain table is drift, on the side where it is', async () => {
    const made = await atHead();
    await made.database.query('ALTER TABLE s.people DISABLE TRIGGER ALL');
    expect(await differences(made, 1)).toEqual([
      'drift: extra enforcement s.people."to_people of s.t"',
      'drift: extra enforcement s.people.people_code',
    ]);
    expect(await fixed(made)).toContain('ALTER TABLE s.people ENABLE TRIGGER ALL;');
    await expect(made.database.query('INSERT INTO s.people VALUES (1, 1), (2, 1)')).rejects.toMatchObject({
      code: '23505',
    });
  });

  test('a trigger that the lock has switched off everywhere is so on each partition', async () => {
    const off = 'ALTER TABLE s.t DISABLE TRIGGER stamped;\nALTER TABLE s.t1 ENABLE ALWAYS TRIGGER stamped;\n';
    const made = await atHead({ 'migrations/20250102000000_off.sql': off });
    expect(Object.keys(headObjects(filesOf(made))).filter((name) => name.includes('stamped'))).toEqual([
      'partition trigger s.t1.stamped',
      'trigger s.t.stamped',
    ]);
    await made.database.query('ALTER TABLE s.t ENABLE TRIGGER stamped');
    expect(await differences(made, 1)).toEqual([
      'drift: changed trigger s.t.stamped',
      'drift: missing partition trigger s.t1.stamped',
    ]);
    await fixed(made);
    expect(await differences(made, 0)).toEqual([]);
  });

  test('a squash keeps what partitions call their own, and what of them is switched: a later file finds it', async () => {
    const own = `ALTER INDEX s.t1_a_idx RENAME TO t1_by_a;
ALTER INDEX s.t1_by_a SET (fillfactor = 50);
ALTER TABLE s.t2a RENAME CONSTRAINT t2a_pkey TO t2a_key;
ALTER TABLE s.t1 DISABLE TRIGGER ALL;
ALTER TABLE s.t1 ENABLE TRIGGER stamped;
`;
    const made = await atHead({ 'migrations/20250102000000_own.sql': own });
    const before = headObjects(filesOf(made));
    expectSuccess(await squash(made));
    const later = 'ALTER INDEX s.t1_by_a RENAME TO t1_a;\nALTER INDEX s.t2a_key SET (fillfactor = 60);\n';
    made.project.write('migrations/20250103000000_later.sql', later);
    const squashed = filesOf(made);
    const fresh = await scene({ 'sql/baseline.sql': squashed['sql/baseline.sql'] ?? '' }, { major });
    await writeLock(fresh);
    expect(headObjects(filesOf(fresh))).toEqual(before);
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining([
        'enforcement s.t1.to_people',
        'partition index options s.t1.by_a',
        'partition index options s.t2a.t2_pkey',
      ]),
    );
    install(fresh, squashed);
    for (const one of [made, fresh]) {
      await writeLock(one);
      expectSuccess(await one.run('up'));
      expect(await differences(one, 0)).toEqual([]);
    }
  });

  test('a wish that calls a partition index otherwise, and switches its trigger, is written and undone', async () => {
    const wish = `${baseline}${key}ALTER INDEX s.t1_a_idx RENAME TO t1_by_a;
ALTER TABLE s.t1 DISABLE TRIGGER stamped;
ALTER TABLE s.people DISABLE TRIGGER ALL;
`;
    const made = await atHead({ 'sql/desired.sql': wish });
    expectSuccess(await generate(made, ['own', '--from', 'sql/desired.sql']));
    expect(generated(made)['own.sql']).toContain('ALTER INDEX s.t1_a_idx RENAME TO t1_by_a;');
    expect(generated(made)['own.sql']).toContain('ALTER TABLE s.t1 DISABLE TRIGGER stamped;');
    await writeLock(made);
    for (const line of ['up', 'down', 'up']) expectSuccess(await made.run(line));
    expectSuccess(await made.run('drift --strict'));
    const again = expectSuccess(await generate(made, ['again', '--from', 'sql/desired.sql']));
    expect(again.stdout).toContain('nothing differs');
  });

  test("a partition's own key that stands for its parent's index does so after a squash, and comes and goes", async () => {
    const unique = `${baseline}CREATE UNIQUE INDEX un ON s.t (id, a);\n`;
    const own = `${unique}CREATE TABLE s.t3 (id integer NOT NULL, a integer, person integer, CONSTRAINT own_key UNIQUE (id, a), CONSTRAINT own_people FOREIGN KEY (person) REFERENCES s.people);
ALTER TABLE s.t ATTACH PARTITION s.t3 FOR VALUES FROM (30) TO (40);\n`;
    const plain = `${unique}CREATE TABLE s.t3 PARTITION OF s.t FOR VALUES FROM (30) TO (40);\n`;
    const next = { 'migrations/20250102000000_next.sql': 'CREATE TABLE s.next ();\n' };
    const squashed = await scene({ 'sql/baseline.sql': own, ...next }, { major });
    await writeLock(squashed);
    const before = headObjects(filesOf(squashed));
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining(['partition constraint s.t3.to_people', 'partition index options s.t3.un']),
    );
    expectSuccess(await squash(squashed));
    expect(headObjects(filesOf(squashed))).toEqual(before);

    const made = await scene({ 'sql/baseline.sql': own, 'sql/desired.sql': plain }, { major });
    await writeLock(made);
    expectSuccess(await generate(made, ['plain', '--from', 'sql/desired.sql']));
    await writeLock(made);
    for (const line of ['up', 'down', 'up', 'drift --strict']) expectSuccess(await made.run(line));
    const again = expectSuccess(await generate(made, ['again', '--from', 'sql/desired.sql']));
    expect(again.stdout).toContain('nothing differs');
  });

  test('a partition that the lock does not know may be as it likes', async () => {
    const made = await atHead();
    await made.database.query(
      'CREATE TABLE s.t3 PARTITION OF s.t FOR VALUES FROM (30) TO (40); ALTER TABLE s.t3 DISABLE TRIGGER ALL; ALTER INDEX s.t3_a_idx RENAME TO mine',
    );
    expect(await differences(made, 0)).toEqual(['reported: extra table s.t3']);
  });
});

describe.each(named(sweptMajors.filter((major) => major >= 15)))('PostgreSQL $version', ({ major }) => {
  test('an owned sequence that is logged otherwise than its table is seen, squashed and mended', async () => {
    const owned = `-- slipway: version 20250101000000
CREATE TABLE public.kept (id serial PRIMARY KEY);
CREATE UNLOGGED TABLE public.loose (id serial, n integer GENERATED ALWAYS AS IDENTITY);
`;
    const own =
      'ALTER SEQUENCE public.loose_n_seq SET LOGGED;\nALTER SEQUENCE public.loose_id_seq SET LOGGED;\n';
    const made = await scene(
      { 'sql/baseline.sql': owned, 'migrations/20250102000000_own.sql': own },
      { major },
    );
    await writeLock(made);
    expectSuccess(await made.run('up'));
    const before = headObjects(filesOf(made));
    expectSuccess(await squash(made));
    expect(headObjects(filesOf(made))).toEqual(before);
    await made.database.query(
      'ALTER SEQUENCE public.kept_id_seq SET UNLOGGED; ALTER SEQUENCE public.loose_id_seq SET UNLOGGED',
    );
    expect(await differences(made, 1)).toEqual([
      'drift: changed sequence public.kept_id_seq',
      'drift: changed sequence public.loose_id_seq',
    ]);
    await fixed(made);
    expect(await differences(made, 0)).toEqual([]);
  });
});
