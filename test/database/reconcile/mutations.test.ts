import { existsSync, readFileSync } from 'node:fs';
import { takeSnapshot } from '../../../src/schema/catalog/snapshot.ts';
import { differencesBetween } from '../../../src/schema/compare/snapshots.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import { hardSchema, ledger, lookAt, sessionOn } from '../../fixtures/hard-schema.ts';
import { everyMutation } from '../../fixtures/mutations/all.ts';
import { type Content, contentOf, lostRows } from '../../support/content.ts';
import { createDatabase, majors, named, newestMajor, type TestDatabase } from '../../support/database.ts';
import { hardRows } from '../../support/hard-rows.ts';
import { shadowOf } from '../../support/locked.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectSuccess } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';
import { thorough } from '../../support/thorough.ts';

jest.setTimeout(1_800_000);

/** Some of the mutations on the newest major, since each is two runs of the program; SLIPWAY_TEST_FULL: all on every one. */
const share = thorough({ person: 48, ci: 16, full: 1 });
const mutations = everyMutation.filter((_, n) => n % share === 1 % share);
const emptyLock = {
  format: 1,
  snapshotFormat: 2,
  app: 'default',
  options: { ignore: [], privileges: true },
  baseline: { version: null, checksum: null, objects: {} },
  migrations: {},
  superseded: [],
};

interface Verdict {
  /** `left`: the file says what it leaves to a person. */
  readonly verdict: 'right' | 'left' | 'wrong';
  readonly apply: string;
  readonly why: readonly string[];
}

const swept = named(process.env.SLIPWAY_TEST_FULL ? majors : [newestMajor]);
describe.each(swept)('PostgreSQL $version', ({ major }) => {
  let project: Project;
  /** Managed, with rows in it; each mutation is made in a copy. */
  let original: TestDatabase;
  let wanted: Snapshot;

  const run = (database: TestDatabase, ...args: string[]): Promise<SlipwayResult> =>
    slipway(args, {
      cwd: project.directory,
      env: { ...database.env, ...shadowOf({ database }), SLIPWAY_WAIT_TIMEOUT: '5s' },
    });

  beforeAll(async () => {
    project = makeProject({
      'sql/baseline.sql': `-- slipway: version 20250101000000\n${hardSchema}`,
      'sql/schema.lock.json': JSON.stringify(emptyLock),
    });
    original = await createDatabase(major);
    expectSuccess(await run(original, 'check', '--write'));
    expectSuccess(await run(original, 'up'));
    const session = await sessionOn(original);
    await session.run(hardRows);
    wanted = await takeSnapshot(session, { ledger, withPrivileges: true });
    // A database that is copied must have nobody connected to it.
    await session.end();
  });
  afterAll(async () => {
    project?.destroy();
    await original?.drop();
  });

  const contents = async (database: TestDatabase): Promise<Content> => {
    const session = await sessionOn(database);
    const content = await contentOf(session);
    await session.end();
    return content;
  };

  async function fixed(apply: string): Promise<Verdict> {
    const database = await createDatabase(major, { template: original.name });
    const file = `fix-${database.name}.sql`;
    try {
      await database.query(apply);
      const before = await contents(database);
      const written = JSON.parse(
        expectSuccess(await run(database, 'repair', '--write-fix', file, '--json')).stdout,
      );
      const left: string[] = written.fix.left;
      const isThere = existsSync(project.path(file));
      const result =
        isThere && written.fix.statements > 0 ? await run(database, 'repair', '--fix', file) : null;
      const after = await (await lookAt(database))();
      const differing = differencesBetween(wanted, after).differences.filter(
        ({ kind, severity }) => kind !== 'extra' || severity === 'drift',
      );
      // The ledger is written to: it keeps which fix it was.
      const lost = lostRows(before, await contents(database)).filter((what) => what !== 'slipway.ledger');
      const why = [
        ...lost.map((what) => `lost: ${what}`),
        ...(result && result.code !== 0 ? [`exit ${result.code}: ${result.stderr}`] : []),
        ...differing.map(({ kind, object }) => `${kind}: ${object}`),
        ...left.map((object) => `left: ${object}`),
        ...(isThere ? [readFileSync(project.path(file), 'utf8')] : []),
      ];
      const isRight =
        lost.length === 0 && left.length === 0 && differing.length === 0 && (result?.code ?? 0) === 0;
      const isLeft = lost.length === 0 && left.length > 0 && [0, 85].includes(result?.code ?? 0);
      return { verdict: isRight ? 'right' : isLeft ? 'left' : 'wrong', apply, why };
    } finally {
      await database.drop();
    }
  }

  test('a fix brings a database that has drifted back without losing a row, or says what it leaves', async () => {
    const verdicts: Verdict[] = [];
    const tried = mutations.filter(({ since }) => since <= major);
    for (const { apply } of tried) verdicts.push(await fixed(apply));
    const count = (of: Verdict['verdict']): number => verdicts.filter(({ verdict }) => verdict === of).length;
    process.stderr.write(
      `PostgreSQL ${major}: repair --fix: ${count('right')} of ${tried.length} right, ${count('left')} that say what they leave, ${count('wrong')} wrong\n`,
    );
    if (process.env.SLIPWAY_TEST_SHOW)
      for (const { verdict, apply, why } of verdicts)
        if (verdict !== 'right') process.stderr.write(`--- ${verdict}: ${apply}\n${why.join('\n')}\n`);
    expect(verdicts.filter(({ verdict }) => verdict === 'wrong')).toEqual([]);
    expect(count('right')).toBeGreaterThanOrEqual(0.75 * tried.length);
  });
});
