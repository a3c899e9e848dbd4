import type { Change } from '../../../../src/schema/generate/changes/change.ts';
import { stepwise } from '../../../../src/schema/generate/stepwise.ts';
import { type Warning, warning } from '../../../../src/schema/objects/common/warnings.ts';

type Given = string | readonly [sql: string, ...warnings: readonly Warning[]] | Of;

/** A statement about another object than the table. */
interface Of {
  readonly object: string;
  readonly sql: string;
}

const groups = (list: readonly Given[]): string[][] =>
  stepwise(
    list.map((one): Change => {
      if (typeof one === 'object' && 'object' in one) return { kind: 'statement', warnings: [], ...one };
      const [sql, ...warnings] = typeof one === 'string' ? [one] : one;
      return { kind: 'statement', sql, object: 'table s.t', warnings };
    }),
    (table) => table === 's.parted',
  ).map((group) => group.map(({ sql }) => sql));

const nullable = '"slipway a is given"';

test.each<{ title: string; given: readonly Given[]; made: readonly (readonly string[])[] }>([
  {
    title: 'what takes no time is committed together',
    given: ['SET LOCAL check_function_bodies = off', 'CREATE FUNCTION f()', 'ALTER TABLE s.t DROP COLUMN a'],
    made: [['SET LOCAL check_function_bodies = off', 'CREATE FUNCTION f()', 'ALTER TABLE s.t DROP COLUMN a']],
  },
  {
    title: 'what takes long is committed by itself',
    given: [
      'CREATE TABLE s.u ()',
      ['CREATE INDEX i ON s.t (a)', warning('blocksWrites')],
      'CREATE TABLE s.v ()',
      'CREATE TABLE s.w ()',
    ],
    made: [
      ['CREATE TABLE s.u ()'],
      ['CREATE INDEX i ON s.t (a)'],
      ['CREATE TABLE s.v ()', 'CREATE TABLE s.w ()'],
    ],
  },
  {
    title: 'a table is rewritten once',
    given: [
      ['ALTER TABLE s.t ALTER COLUMN a TYPE bigint', warning('rewritesTable')],
      ['ALTER TABLE s.t ALTER COLUMN b TYPE bigint', warning('rewritesTable')],
    ],
    made: [
      [
        'ALTER TABLE s.t\n  -- Rewrites the table.\n  ALTER COLUMN a TYPE bigint,\n  ALTER COLUMN b TYPE bigint',
      ],
    ],
  },
  ...['CHECK ((a > 1))', 'FOREIGN KEY (a) REFERENCES s.u(id)', 'NOT NULL a'].map((constraint) => ({
    title: `a constraint is promised, then proved: ${constraint}`,
    given: [`ALTER TABLE s.t ADD CONSTRAINT "c d" ${constraint}`],
    made: [
      [`ALTER TABLE s.t ADD CONSTRAINT "c d" ${constraint} NOT VALID`],
      ['ALTER TABLE s.t VALIDATE CONSTRAINT "c d"'],
    ],
  })),
  {
    title: 'what is promised and proved already stays so',
    given: [
      'ALTER TABLE s.t ADD CONSTRAINT c CHECK ((a > 1)) NOT VALID',
      'ALTER TABLE s.t VALIDATE CONSTRAINT c',
    ],
    made: [
      ['ALTER TABLE s.t ADD CONSTRAINT c CHECK ((a > 1)) NOT VALID'],
      ['ALTER TABLE s.t VALIDATE CONSTRAINT c'],
    ],
  },
  {
    title: 'a column is found to be given before it has to be',
    given: ['ALTER TABLE s.t ALTER COLUMN "a" SET NOT NULL'],
    made: [
      [`ALTER TABLE s.t ADD CONSTRAINT ${nullable} CHECK ("a" IS NOT NULL) NOT VALID`],
      [`ALTER TABLE s.t VALIDATE CONSTRAINT ${nullable}`],
      ['ALTER TABLE s.t ALTER COLUMN "a" SET NOT NULL'],
      [`ALTER TABLE s.t DROP CONSTRAINT ${nullable}`],
    ],
  },
  {
    title: 'what is dropped to be made again is never missing, nor are its rights',
    given: [
      'CREATE TABLE s.u ()',
      { object: 'policy s.t.mine', sql: 'DROP POLICY mine ON s.t' },
      { object: 'view s.v', sql: 'DROP VIEW s.v' },
      ['ALTER TABLE s.t ALTER COLUMN a TYPE bigint', warning('rewritesTable')],
      'ALTER TABLE s.t ADD CONSTRAINT c CHECK ((a > 1))',
      { object: 'policy s.t.mine', sql: 'CREATE POLICY mine ON s.t' },
      { object: 'view s.v', sql: 'CREATE VIEW s.v AS SELECT 1' },
      { object: 'privileges s.v', sql: 'GRANT SELECT ON s.v TO app' },
      ['CREATE INDEX i ON s.t (a)', warning('blocksWrites')],
    ],
    made: [
      ['CREATE TABLE s.u ()'],
      [
        'DROP POLICY mine ON s.t',
        'DROP VIEW s.v',
        'ALTER TABLE s.t\n  -- Rewrites the table.\n  ALTER COLUMN a TYPE bigint,\n  ADD CONSTRAINT c CHECK ((a > 1))',
        'CREATE POLICY mine ON s.t',
        'CREATE VIEW s.v AS SELECT 1',
        'GRANT SELECT ON s.v TO app',
      ],
      ['CREATE INDEX i ON s.t (a)'],
    ],
  },
  {
    title: 'a foreign key of a partitioned table, a key and a foreign table are as they are',
    given: [
      'ALTER TABLE s.parted ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES s.u(id)',
      'ALTER TABLE s.t ADD CONSTRAINT k PRIMARY KEY (a)',
      'ALTER FOREIGN TABLE s.f ADD CONSTRAINT c CHECK ((a > 1))',
    ],
    made: [
      [
        'ALTER TABLE s.parted ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES s.u(id)',
        'ALTER TABLE s.t ADD CONSTRAINT k PRIMARY KEY (a)',
        'ALTER FOREIGN TABLE s.f ADD CONSTRAINT c CHECK ((a > 1))',
      ],
    ],
  },
])('$title', ({ given, made }) => {
  expect(groups(given)).toEqual(made);
});
