import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeSnapshot } from '../../../src/schema/catalog/snapshot.ts';
import { differencesBetween } from '../../../src/schema/compare/snapshots.ts';
import type { Snapshot } from '../../../src/schema/model/object.ts';
import { hardSchema, ledger, lookAt, sessionOn } from '../../fixtures/hard-schema.ts';
import { possible } from '../../fixtures/mutations/all.ts';
import type { Mutation } from '../../fixtures/mutations/mutation.ts';
import { contentOf, lostRows } from '../../support/content.ts';
import { createDatabase, majors, named, newestMajor, type TestDatabase } from '../../support/database.ts';
import { hardRows } from '../../support/hard-rows.ts';
import { makeProject } from '../../support/project.ts';
import { slipway } from '../../support/slipway.ts';
import { thorough } from '../../support/thorough.ts';

jest.setTimeout(1_800_000);

/**
 * Whether a materialized view is filled is data: no migration is generated for it. Comments on extensions are passed
 * over in what is given as SQL, since only their owner may write them, and dumps hold them all.
 */
const isSchema = ({ found }: Mutation): boolean =>
  ![found].flat().some((object) => / without data | comment extension /.test(object));

/** Some of the mutations on the newest major, since each is a run of the program; SLIPWAY_TEST_FULL: all on every one. */
const share = thorough({ person: 48, ci: 16, full: 1 });
const mutations = possible.filter(isSchema).filter((_, n) => n % share === 0);
const lock = JSON.stringify({
  format: 1,
  snapshotFormat: 2,
  app: 'default',
  options: { ignore: [], privileges: true },
  baseline: { version: null, checksum: null, objects: {} },
  migrations: {},
  superseded: [],
});

interface Verdict {
  /** `told`: the file says in its first lines what it does not do, or costs. */
  readonly verdict: 'right' | 'told' | 'wrong';
  readonly apply: string;
  readonly why: readonly string[];
  readonly text: string;
}

const swept = named(process.env.SLIPWAY_TEST_FULL ? majors : [newestMajor]);
describe.each(swept)('PostgreSQL $version', ({ major }) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(major);
    await database.query(`${hardSchema};\n${hardRows}`);
  });
  afterAll(() => database.drop());

  /** The migration that the program writes for a schema with one mutation in it. */
  async function generated({ apply }: Mutation): Promise<string> {
    const project = makeProject({
      'sql/baseline.sql': `-- slipway: version 20250101000000\n${hardSchema}`,
      'sql/schema.lock.json': lock,
      'sql/desired.sql': `${hardSchema};\n${apply};\n`,
    });
    try {
      const { code, stderr, stdout } = await slipway(['new', 'm', '--from', 'sql/desired.sql'], {
        cwd: project.directory,
        env: { SLIPWAY_SHADOW_URL: `${database.url}?sslmode=disable`, SLIPWAY_WAIT_TIMEOUT: '5s' },
      });
      const [file] = readdirSync(project.path('migrations')).filter((name) => name.endsWith('_m.sql'));
      if (code !== 0 || file === undefined) throw new Error(`exit ${code}: ${apply}\n${stdout}${stderr}`);
      return readFileSync(join(project.path('migrations'), file), 'utf8');
    } finally {
      project.destroy();
    }
  }

  /** What the file does to a database with rows that the program has not seen. */
  async function judge(text: string, target: Snapshot): Promise<string[]> {
    const session = await sessionOn(database);
    await session.run('BEGIN');
    try {
      const before = await contentOf(session);
      await session.run(`${text}; SET CONSTRAINTS ALL IMMEDIATE`);
      const reached = await takeSnapshot(session, { ledger, withPrivileges: true });
      const lost = lostRows(before, await contentOf(session)).filter(
        (what) =>
          !text.includes(`it loses what the ${what} holds`) &&
          !text.includes(`it loses the rows of the ${what}`),
      );
      const { differences } = differencesBetween(target, reached);
      return [
        ...lost.map((what) => `lost: ${what}`),
        ...differences.map(({ kind, object }) => `${kind}: ${object}`),
      ];
    } catch (error) {
      return [`fails: ${(error as Error).message}`];
    } finally {
      await session.run('ROLLBACK');
      await session.end();
    }
  }

  async function targetOf({ apply }: Mutation): Promise<Snapshot> {
    const wished = await createDatabase(major);
    try {
      await wished.query(`${hardSchema};\n${apply}`);
      return await (await lookAt(wished))();
    } finally {
      await wished.drop();
    }
  }

  test('what is generated reaches what is wished for and keeps rows, or says in its first lines what it does not', async () => {
    const verdicts: Verdict[] = [];
    const tried = mutations.filter(({ since }) => since <= major);
    for (const mutation of tried) {
      const text = await generated(mutation);
      const why = await judge(text, await targetOf(mutation));
      const says = /^-- (?:Before you use it|Left for you)/m.test(text);
      const verdict = why.length === 0 ? (says ? 'told' : 'right') : says ? 'told' : 'wrong';
      verdicts.push({ verdict, apply: mutation.apply, why, text });
    }
    const count = (wanted: Verdict['verdict']): number =>
      verdicts.filter(({ verdict }) => verdict === wanted).length;
    process.stderr.write(
      `PostgreSQL ${major}: new --from: ${count('right')} of ${tried.length} right, ${count('told')} that say what they lack or cost, ${count('wrong')} wrong\n`,
    );
    if (process.env.SLIPWAY_TEST_SHOW)
      for (const { verdict, apply, why, text } of verdicts)
        if (verdict !== 'right')
          process.stderr.write(`--- ${verdict}: ${apply}\n${why.join('\n')}\n${text}\n`);
    expect(verdicts.filter(({ verdict }) => verdict === 'wrong')).toEqual([]);
    expect(count('right')).toBeGreaterThanOrEqual(0.75 * tried.length);
  });
});
