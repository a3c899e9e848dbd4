import { readFileSync } from 'node:fs';
import { generate, generated, problemsIn } from '../../support/generated.ts';
import { shadowOf, writeLock } from '../../support/locked.ts';
import { expectFailure, expectSuccess, type Scene, useScenes } from '../../support/scene.ts';

interface Case {
  readonly title: string;
  /** What the version has, in the schema `s`. */
  readonly made: string;
  /** The rows, as they came. */
  readonly rows: string;
  /** What takes the sequence away. */
  readonly drift: string;
  /** What is inserted once it is there again. */
  readonly insert?: string;
  /** Gives the number that the insert got. */
  readonly got?: string;
  readonly becomes: string;
  /** Whether something is left to a person, and said so. */
  readonly left?: string;
}

const three = 'INSERT INTO s.t (n) VALUES (1), (2), (3);';
const noDefault = 'ALTER TABLE s.t ALTER id DROP DEFAULT; DROP SEQUENCE s.t_id_seq CASCADE;';
const noIdentity = 'ALTER TABLE s.t ALTER id DROP IDENTITY;';
const last = 'SELECT id FROM s.t ORDER BY n DESC LIMIT 1';
const hundredth = 'INSERT INTO s.t (n) VALUES (100);';
const own = (settings: string, type = 'bigint'): string =>
  `CREATE SEQUENCE s.q ${settings}; CREATE TABLE s.t (id ${type} PRIMARY KEY DEFAULT nextval('s.q'), n int);`;
const noOwn = 'DROP SEQUENCE s.q CASCADE;';

const cases: readonly Case[] = [
  {
    title: 'row security forced on the owner, whom it shows no row: 4 comes after 3',
    made: 'CREATE TABLE s.t (id bigserial PRIMARY KEY, n int); ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; ALTER TABLE s.t FORCE ROW LEVEL SECURITY; CREATE POLICY p ON s.t USING (false) WITH CHECK (true);',
    rows: three,
    drift: noDefault,
    becomes: '4',
  },
  {
    title: 'row security with a policy for others: 4',
    made: 'CREATE TABLE s.t (id bigserial PRIMARY KEY, n int); ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON s.t TO pg_read_all_data USING (false);',
    rows: three,
    drift: noDefault,
    becomes: '4',
  },
  {
    title: 'one sequence for two tables, owned by the first: 8 comes after the 7 of the second',
    made: "CREATE TABLE s.t (id bigserial PRIMARY KEY, n int); CREATE TABLE s.u (id bigint PRIMARY KEY DEFAULT nextval('s.t_id_seq'), n int);",
    rows: `${three} INSERT INTO s.u (n) VALUES (1), (2), (3), (4);`,
    drift: noDefault,
    becomes: '8',
  },
  {
    title: 'one sequence for two tables, owned by none, one of them under forced row security: 8',
    made: `${own('')} CREATE TABLE s.u (id bigint PRIMARY KEY DEFAULT nextval('s.q'), n int); ALTER TABLE s.u ENABLE ROW LEVEL SECURITY; ALTER TABLE s.u FORCE ROW LEVEL SECURITY;`,
    rows: `${three} INSERT INTO s.u (n) VALUES (1), (2), (3), (4);`,
    drift: noOwn,
    becomes: '8',
  },
  {
    title: 'descending: -4 comes after -3',
    made: own('INCREMENT -1'),
    rows: three,
    drift: noOwn,
    becomes: '-4',
  },
  {
    title: 'descending from a start above: 996',
    made: own('INCREMENT -1 MINVALUE 1 MAXVALUE 1000 START 999'),
    rows: three,
    drift: noOwn,
    becomes: '996',
  },
  {
    title: 'steps of ten: 35 comes after 25',
    made: own('INCREMENT 10 START 5'),
    rows: three,
    drift: noOwn,
    becomes: '35',
  },
  { title: 'no rows: 1', made: own(''), rows: '', drift: noOwn, becomes: '1' },
  {
    title: 'a start above numbers that were given by hand: 1000',
    made: own('START 1000'),
    rows: 'INSERT INTO s.t VALUES (1, 1), (2, 2);',
    drift: noOwn,
    becomes: '1000',
  },
  {
    title: 'negative numbers, given by hand: 1',
    made: own(''),
    rows: 'INSERT INTO s.t VALUES (-7, 1), (0, 2);',
    drift: noOwn,
    becomes: '1',
  },
  {
    title: 'numbers beyond the limit, given by hand: 4',
    made: own('MAXVALUE 100'),
    rows: `${three} INSERT INTO s.t VALUES (5000, 4);`,
    drift: noOwn,
    becomes: '4',
  },
  {
    title: 'numbers at the limit: the insert is refused, and none is given twice',
    made: own('MAXVALUE 3'),
    rows: three,
    drift: noOwn,
    becomes: '2200H',
  },
  {
    title: 'a cycle: 4, and it is left to a person',
    made: own('MAXVALUE 9 CYCLE'),
    rows: three,
    drift: noOwn,
    becomes: '4',
    left: 'sequence s.q',
  },
  {
    title: 'smallint: 4',
    made: 'CREATE TABLE s.t (id smallserial PRIMARY KEY, n int);',
    rows: three,
    drift: noDefault,
    becomes: '4',
  },
  {
    title: 'a smallint sequence under a wider column with a number that it cannot hold: 4',
    made: own('AS smallint', 'integer'),
    rows: `${three} INSERT INTO s.t VALUES (40000, 4);`,
    drift: noOwn,
    becomes: '4',
  },
  {
    title: 'a numeric column: 4',
    made: own('', 'numeric'),
    rows: three,
    drift: noOwn,
    becomes: '4',
  },
  {
    title: 'a domain: 4',
    made: `CREATE DOMAIN s.number AS integer CHECK (VALUE > 0); ${own('', 's.number')}`,
    rows: three,
    drift: noOwn,
    becomes: '4',
  },
  {
    title: 'a domain over a domain, whose name needs quotes: 4',
    made: `CREATE DOMAIN s.number AS numeric(9,0); CREATE DOMAIN s."The number" AS s.number; ${own('', 's."The number"')}`,
    rows: three,
    drift: noOwn,
    becomes: '4',
  },
  {
    title: 'a default that only one partition has: 4',
    made: "CREATE SEQUENCE s.q; CREATE TABLE s.t (id bigint, n int) PARTITION BY RANGE (n); CREATE TABLE s.u PARTITION OF s.t DEFAULT; ALTER TABLE s.u ALTER id SET DEFAULT nextval('s.q');",
    rows: 'INSERT INTO s.u (n) VALUES (1), (2), (3);',
    drift: noOwn,
    insert: 'INSERT INTO s.u (n) VALUES (100);',
    becomes: '4',
  },
  {
    title: 'a partitioned table under forced row security: 4',
    made: 'CREATE TABLE s.t (id bigserial, n int) PARTITION BY RANGE (n); CREATE TABLE s.u PARTITION OF s.t DEFAULT; ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; ALTER TABLE s.t FORCE ROW LEVEL SECURITY; CREATE POLICY p ON s.t FOR INSERT WITH CHECK (true);',
    rows: three,
    drift: noDefault,
    becomes: '4',
  },
  {
    title: 'a table that is no more forced than it should be: 4, and forced again',
    made: 'CREATE TABLE s.t (id bigserial, n int); ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; ALTER TABLE s.t FORCE ROW LEVEL SECURITY; CREATE POLICY p ON s.t FOR INSERT WITH CHECK (true);',
    rows: three,
    drift: `${noDefault} ALTER TABLE s.t NO FORCE ROW LEVEL SECURITY;`,
    becomes: '4',
  },
  {
    title: 'a sum with the number: left to a person',
    made: "CREATE SEQUENCE s.q; CREATE TABLE s.t (id bigint DEFAULT nextval('s.q') + 1000, n int);",
    rows: three,
    drift: noOwn,
    becomes: '1001',
    left: 'sequence s.q',
  },
  {
    title: 'a partitioned table: 4',
    made: 'CREATE TABLE s.t (id bigserial, n int) PARTITION BY RANGE (n); CREATE TABLE s.t_1 PARTITION OF s.t FOR VALUES FROM (0) TO (2); CREATE TABLE s.t_2 PARTITION OF s.t DEFAULT;',
    rows: three,
    drift: noDefault,
    becomes: '4',
  },
  {
    title: 'an heir whose rows count as well: 4',
    made: 'CREATE TABLE s.t (id bigserial, n int); CREATE TABLE s.heir () INHERITS (s.t);',
    rows: 'INSERT INTO s.heir (n) VALUES (1), (2), (3);',
    drift: noDefault,
    becomes: '4',
  },
  {
    title: 'identity: 4',
    made: 'CREATE TABLE s.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);',
    rows: three,
    drift: noIdentity,
    becomes: '4',
  },
  {
    title: 'identity, descending, under forced row security: -4',
    made: 'CREATE TABLE s.t (id int GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1) PRIMARY KEY, n int); ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; ALTER TABLE s.t FORCE ROW LEVEL SECURITY; CREATE POLICY p ON s.t FOR INSERT WITH CHECK (true);',
    rows: three,
    drift: noIdentity,
    becomes: '-4',
  },
  {
    title: 'a serial that became an identity: it goes on where that stands, 12',
    made: 'CREATE TABLE s.t (id bigserial PRIMARY KEY, n int);',
    rows: three,
    drift: `${noDefault} ALTER TABLE s.t ALTER id ADD GENERATED ALWAYS AS IDENTITY; SELECT setval('s.t_id_seq', 11);`,
    becomes: '12',
  },
  {
    title: 'an identity that became a serial: it goes on where that stands, 12',
    made: 'CREATE TABLE s.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);',
    rows: three,
    drift: `${noIdentity} CREATE SEQUENCE s.t_id_seq OWNED BY s.t.id; ALTER TABLE s.t ALTER id SET DEFAULT nextval('s.t_id_seq'); SELECT setval('s.t_id_seq', 11);`,
    becomes: '12',
  },
  {
    title: 'an identity that became a serial which was set, and gave out none since: 12',
    made: 'CREATE TABLE s.t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);',
    rows: three,
    drift: `${noIdentity} CREATE SEQUENCE s.t_id_seq OWNED BY s.t.id; ALTER TABLE s.t ALTER id SET DEFAULT nextval('s.t_id_seq'); ALTER SEQUENCE s.t_id_seq RESTART 12;`,
    becomes: '12',
  },
  {
    title: 'owned by a column without a default, whose numbers the application asks for: 8',
    made: 'CREATE TABLE s.t (id bigint PRIMARY KEY, n int); CREATE SEQUENCE s.q OWNED BY s.t.id;',
    rows: 'INSERT INTO s.t VALUES (7, 1);',
    drift: noOwn,
    insert: "INSERT INTO s.t VALUES (nextval('s.q'), 100);",
    becomes: '8',
  },
  {
    title: 'owned by a column of text, and used in another table: 4',
    made: `CREATE TABLE s.o (code text, n int); ${own('OWNED BY s.o.code')}`,
    rows: `INSERT INTO s.o VALUES ('x', 9); ${three}`,
    drift: noOwn,
    becomes: '4',
  },
  {
    title: "a new table's serial that a table with rows uses: 4",
    made: "CREATE TABLE s.o (id bigserial, n int); CREATE TABLE s.t (id bigint PRIMARY KEY DEFAULT nextval('s.o_id_seq'), n int);",
    rows: three,
    drift: 'DROP TABLE s.o CASCADE;',
    becomes: '4',
  },
  {
    title: "a new column's serial that fills its rows, and a table with other rows uses: 6",
    made: "CREATE TABLE s.o (n int, id bigserial); CREATE TABLE s.t (id bigint PRIMARY KEY DEFAULT nextval('s.o_id_seq'), n int);",
    rows: 'INSERT INTO s.o (n) VALUES (1), (2); INSERT INTO s.t (n) VALUES (1), (2), (3);',
    drift: 'ALTER TABLE s.o DROP id CASCADE;',
    becomes: '6',
  },
  {
    title: 'used by no column: it begins anew, and is left to a person',
    made: 'CREATE SEQUENCE s.q; CREATE TABLE s.t (id bigint, n int);',
    rows: "INSERT INTO s.t VALUES (nextval('s.q'), 1);",
    drift: noOwn,
    insert: "INSERT INTO s.t VALUES (nextval('s.q'), 100);",
    becomes: '1',
    left: 'sequence s.q',
  },
  {
    title: 'a default that makes a text of it: left to a person',
    made: "CREATE SEQUENCE s.q; CREATE TABLE s.t (id text DEFAULT 'A' || nextval('s.q'), n int);",
    rows: three,
    drift: noOwn,
    becomes: 'A1',
    left: 'sequence s.q',
  },
  {
    title: 'names that need quotes: 4',
    made: 'CREATE TABLE s."T\'s" ("the Id" bigserial PRIMARY KEY, n int);',
    rows: 'INSERT INTO s."T\'s" (n) VALUES (1), (2), (3);',
    drift: 'ALTER TABLE s."T\'s" ALTER "the Id" DROP DEFAULT; DROP SEQUENCE s."T\'s_the Id_seq";',
    insert: 'INSERT INTO s."T\'s" (n) VALUES (100);',
    got: 'SELECT "the Id" AS id FROM s."T\'s" ORDER BY n DESC LIMIT 1',
    becomes: '4',
  },
];

/** The cases beside each other, a schema each. */
const placed = cases.map((one, n) => {
  const at = (sql: string): string => sql.replaceAll(/\bs\.(?=[\w"])/g, `s${n}.`);
  return {
    ...one,
    made: `CREATE SCHEMA s${n}; ${at(one.made)}`,
    rows: at(one.rows),
    drift: at(one.drift),
    insert: at(one.insert ?? hundredth),
    got: at(one.got ?? last),
    left: one.left && at(one.left),
  };
});

const version = '-- slipway: version 20250101000000\n';

describe('Hostile and odd: a sequence that is made anew', () => {
  const lasting = useScenes(afterAll);
  const scene = useScenes();
  jest.setTimeout(120_000);

  /** What an insert gives: the number, or the server's code. */
  async function gets({ database }: Scene, role: string, insert: string, got: string): Promise<string> {
    try {
      await database.query(`SET ROLE ${role}; ${insert}; RESET ROLE`);
    } catch (error) {
      return String((error as { code?: string }).code);
    }
    const [row] = await database.query<{ id: unknown }>(got);
    return String(row?.id);
  }

  /** A database that a role without more rights owns all of, and that is at the version. */
  async function owned(
    make: typeof scene,
    made: string,
  ): Promise<{ made: Scene; role: string; env: object }> {
    const place = await make({ 'sql/baseline.sql': `${version}${made}\n` });
    const { name, env } = await place.role();
    await place.database.query(`GRANT CREATE ON DATABASE ${place.database.name} TO ${name}`);
    await writeLock(place);
    expectSuccess(await place.run('up', env));
    return { made: place, role: name, env: { ...env, ...shadowOf(place) } };
  }

  describe('by repair --fix, as a role that owns the tables', () => {
    let made: Scene;
    let role: string;
    let left: string[];

    beforeAll(async () => {
      const place = await owned(lasting, placed.map(({ made }) => made).join('\n'));
      ({ made, role } = place);
      await made.database.query(placed.map(({ rows }) => rows).join('\n'));
      await made.database.query(
        `SET ROLE ${role}; ${placed.map(({ drift }) => drift).join('\n')}; RESET ROLE`,
      );
      const written = expectSuccess(await made.run('repair --write-fix fix.sql --json', { ...place.env }));
      left = JSON.parse(written.stdout).fix.left;
      expectSuccess(await made.run('repair --fix fix.sql', { ...place.env }));
      expectSuccess(await made.run('status --drift --strict --exit-code'));
    });

    test.each(placed)('$title', async ({ insert, got, becomes, left: object }) => {
      expect(await gets(made, role, insert, got)).toBe(becomes);
      if (object === undefined) return;
      expect(left).toContain(object);
      expect(readFileSync(made.project.path('fix.sql'), 'utf8')).toMatch(
        new RegExp(
          `-- Left to you: .*SELECT setval\\('${object.split(' ')[1]}', NUMBER\\)\\.\nCREATE SEQUENCE`,
        ),
      );
    });

    test('nothing else is left to a person', () => {
      expect(left).toEqual(placed.flatMap(({ left }) => left ?? []));
    });
  });

  describe('by a down file, on a database with other rows', () => {
    const undone = placed.filter(
      ({ drift }) => /DROP (?:SEQUENCE|IDENTITY)/.test(drift) && !/ADD|setval|RESTART/.test(drift),
    );
    let made: Scene;
    let role: string;

    beforeAll(async () => {
      const place = await owned(lasting, undone.map(({ made }) => made).join('\n'));
      ({ made, role } = place);
      const baseline = readFileSync(made.project.path('sql/baseline.sql'), 'utf8');
      made.project.write('sql/desired.sql', `${baseline}${undone.map(({ drift }) => drift).join('\n')}`);
      const result = expectSuccess(await generate(made, ['less', '--from', 'sql/desired.sql']));
      for (const { left } of undone.filter(({ left }) => left))
        expect(problemsIn(result)).toContainEqual(
          expect.stringMatching(new RegExp(`undoing: ${left} is left for you: `)),
        );
      expect(Object.keys(generated(made))).toContain('less.down.sql');
      await made.database.query(undone.map(({ rows }) => rows).join('\n'));
      expectSuccess(await made.run('up', { ...place.env }));
      expectSuccess(await made.run('down', { ...place.env }));
    });

    test.each(undone)('$title', async ({ insert, got, becomes }) => {
      expect(await gets(made, role, insert, got)).toBe(becomes);
    });
  });

  test('a table whose rows the role may not read: 77, rolled back, and no sequence remains', async () => {
    const { made, role, env } = await owned(
      scene,
      `CREATE SCHEMA s; ${own('')} CREATE TABLE s.u (id bigint PRIMARY KEY DEFAULT nextval('s.q'), n int);`,
    );
    await made.database.query(
      `${three} ALTER TABLE s.u OWNER TO CURRENT_USER; SET ROLE ${role}; DROP SEQUENCE s.q CASCADE`,
    );
    expectSuccess(await made.run('repair --write-fix fix.sql', { ...env }));
    expectFailure(await made.run('repair --fix fix.sql', { ...env }), {
      code: 77,
      names: /permission denied for table u/,
      remedy: /./,
    });
    expect(await made.database.query("SELECT to_regclass('s.q') AS q")).toEqual([{ q: null }]);
  });
});
