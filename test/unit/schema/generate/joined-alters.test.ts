import type { Change } from '../../../../src/schema/generate/changes/change.ts';
import { gather } from '../../../../src/schema/generate/changes/order.ts';
import { joinAlters } from '../../../../src/schema/generate/joined-alters.ts';
import { describeWarnings, type Warning, warning } from '../../../../src/schema/objects/common/warnings.ts';

type Given = string | readonly [sql: string, ...warnings: readonly Warning[]];

const joined = (...list: readonly Given[]): readonly (readonly [string, string])[] => {
  const changes = list.map((one): Change => {
    const [sql, ...warnings] = typeof one === 'string' ? [one] : one;
    return { kind: 'statement', sql, object: 'table s.t', warnings };
  });
  return joinAlters(changes).map(({ sql, warnings }) => [sql, describeWarnings(warnings)]);
};

test('what alters one table is one statement, and a cost that is paid once is said once', () => {
  expect(
    joined(
      ['ALTER TABLE s."T, 1" ALTER COLUMN a TYPE bigint', warning('rewritesTable')],
      ['ALTER TABLE s."T, 1" ALTER COLUMN b TYPE bigint', warning('rewritesTable')],
      ['ALTER TABLE s."T, 1" DROP COLUMN c', warning('losesColumn', 's."T, 1".c')],
    ),
  ).toEqual([
    [
      `ALTER TABLE s."T, 1"
  -- Rewrites the table.
  ALTER COLUMN a TYPE bigint,
  ALTER COLUMN b TYPE bigint,
  -- Loses what the column s."T, 1".c holds.
  DROP COLUMN c`,
      '',
    ],
  ]);
});

test('a constraint that is added and proved at once is added as it is', () => {
  expect(
    joined('ALTER TABLE s.t ADD CONSTRAINT c CHECK ((a > 1)) NOT VALID', [
      'ALTER TABLE s.t VALIDATE CONSTRAINT c',
      warning('failsOnViolation', null),
    ]),
  ).toEqual([['ALTER TABLE s.t ADD CONSTRAINT c CHECK ((a > 1))', 'fails where rows do not keep it']]);
});

test.each([
  ['another table', 'ALTER TABLE s.u ADD COLUMN b int'],
  ['the table without its heirs', 'ALTER TABLE ONLY s.t ALTER COLUMN a SET DEFAULT 1'],
  ['a rename', 'ALTER TABLE s.t RENAME COLUMN a TO b'],
  ['another schema', 'ALTER TABLE s.t SET SCHEMA u'],
  ['a partition', 'ALTER TABLE s.t ATTACH PARTITION s.p DEFAULT'],
  ['a parent', 'ALTER TABLE s.t INHERIT s.p'],
  ['a type', 'ALTER TABLE s.t OF s.y'],
  ['an owner', 'ALTER TABLE s.t OWNER TO u'],
  ['what is no ALTER TABLE', 'COMMENT ON TABLE s.t IS NULL'],
])('%s is for itself', (_, sql) => {
  const first = 'ALTER TABLE s.t ADD COLUMN a int';
  expect(joined(first, sql)).toEqual([
    [first, ''],
    [sql, ''],
  ]);
});

test('so is what leaves something to a person', () => {
  const list = ['ALTER TABLE s.t ADD COLUMN a int', 'ALTER TABLE s.t ADD COLUMN b int'] as const;
  expect(joined(list[0], [list[1], warning('leftToYou', 'see')])).toHaveLength(2);
});

test('moves up to its like, unless what it needs stands in between', () => {
  const node = (id: string, together: string | null, ...after: string[]) => ({
    id,
    rank: [2, id],
    together,
    after: new Set(after),
  });
  const order = (nodes: readonly ReturnType<typeof node>[]): string =>
    gather(nodes)
      .map(({ id }) => id)
      .join(' ');
  expect(order([node('a', 't'), node('b', 'u'), node('c', 't', 'a')])).toBe('a c b');
  expect(order([node('a', 't'), node('b', 'u'), node('c', 't', 'b'), node('d', 't')])).toBe('a b c d');
  expect(order([node('a', 't'), node('b', null), node('c', 't', 'elsewhere')])).toBe('a c b');
});
