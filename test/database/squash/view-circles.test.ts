import { named, sweptMajors } from '../../support/database.ts';
import { generate, generated, problemsIn } from '../../support/generated.ts';
import { writeLock } from '../../support/locked.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';
import { filesOf, headObjects, squash } from '../../support/squashed.ts';

const scene = useScenes();
jest.setTimeout(120_000);

const tables = `CREATE SCHEMA s;
CREATE TABLE s.t (a int, "B" varchar(9));
`;

const circles: readonly { readonly title: string; readonly views: string }[] = [
  {
    title: 'a view that selects from itself',
    views: `CREATE VIEW s."V" AS SELECT a, "B" FROM s.t;
CREATE OR REPLACE VIEW s."V" AS SELECT a, "B" FROM s."V";
`,
  },
  {
    title: 'a view that selects from itself and names no column of it',
    views: `CREATE VIEW s.v AS SELECT 1 AS a;
CREATE OR REPLACE VIEW s.v AS SELECT 1 AS a FROM s.v;
`,
  },
  {
    title: 'two views that select from each other, with a rule, a default, a comment and a view on them',
    views: `CREATE VIEW s.v AS SELECT a, "B" FROM s.t;
CREATE VIEW s.w WITH (security_barrier = true) AS SELECT a, "B" FROM s.v WHERE a > 1;
CREATE OR REPLACE VIEW s.v AS SELECT a, "B" FROM s.w;
ALTER VIEW s.w ALTER COLUMN a SET DEFAULT 7;
CREATE RULE r AS ON INSERT TO s.w DO INSTEAD NOTHING;
COMMENT ON COLUMN s.v.a IS 'a circle';
CREATE VIEW s.x AS SELECT a FROM s.v;
`,
  },
  {
    title: 'three, by way of a function with a body that the server keeps',
    views: `CREATE VIEW s.v AS SELECT a FROM s.t;
CREATE VIEW s.w AS SELECT a FROM s.v;
CREATE FUNCTION s.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM s.w; END;
CREATE VIEW s.x AS SELECT a FROM s.w WHERE a < s.f();
CREATE OR REPLACE VIEW s.v AS SELECT a FROM s.x;
`,
  },
];

describe.each(named(sweptMajors))('PostgreSQL $version', ({ major }) => {
  test.each(circles)('$title: squash writes them, and what it writes loads', async ({ views }) => {
    const made = await scene(
      {
        'sql/baseline.sql': `-- slipway: version 20250101000000\n${tables}`,
        'migrations/20250102000000_views.sql': views,
      },
      { major },
    );
    await writeLock(made);
    const before = headObjects(filesOf(made));
    expectSuccess(await squash(made));
    expect(headObjects(filesOf(made))).toEqual(before);
    const fresh = await scene(filesOf(made), { major });
    expectSuccess(await fresh.run('up'));
    expect(
      JSON.parse(expectSuccess(await fresh.run('status --drift --json')).stdout).drift.differences,
    ).toEqual([]);
  });

  test.each(circles)('$title: new --from makes them, and undoes it', async ({ views }) => {
    const made = await scene(
      {
        'sql/baseline.sql': `-- slipway: version 20250101000000\n${tables}CREATE VIEW s.v AS SELECT a, "B" FROM s.t;\n`,
        'sql/desired.sql': tables + views,
      },
      { major },
    );
    const result = expectSuccess(await generate(made, ['circle', '--from', 'sql/desired.sql']));
    expect(problemsIn(result)).toEqual([]);
    const { 'circle.sql': up = '', 'circle.down.sql': down = '' } = generated(made);
    expect(up).toMatch(/VIEW/);
    expect(down).toMatch(/VIEW/);
  });
});
