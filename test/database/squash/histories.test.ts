import { adoptCommand } from '../../../src/cli/commands/adopt.ts';
import { check } from '../../../src/cli/commands/check.ts';
import { squashCommand } from '../../../src/cli/commands/squash.ts';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { type Reading, readRows } from '../../../src/data/read.ts';
import { takeSnapshot } from '../../../src/schema/catalog/snapshot.ts';
import { ledger, sessionOn } from '../../fixtures/hard-schema.ts';
import { createDatabase, majors, newestMajor, type TestDatabase } from '../../support/database.ts';
import { Model } from '../../support/histories.ts';
import { bringUp, runCommand } from '../../support/in-process.ts';
import { dump, dumps, findPgDump } from '../../support/pg-dump.ts';
import { makeProject } from '../../support/project.ts';
import { seed, seeded } from '../../support/seeded.ts';
import { filesOf } from '../../support/squashed.ts';
import { thorough } from '../../support/thorough.ts';

/** SLIPWAY_TEST_HISTORIES: as many as it says. */
const histories = Number(process.env.SLIPWAY_TEST_HISTORIES ?? thorough({ person: 1, ci: 3, full: 200 }));
jest.setTimeout(60_000);

const pgDump = findPgDump();
/** The server's own major's pg_dump where there is one, else the newest server. */
const major = majors.findLast((known) => dumps(pgDump, known)) ?? newestMajor;

const versionOf = (n: number): string => `202501${String(n).padStart(2, '0')}000000`;
const sqlOf = (statements: readonly string[]): string => statements.map((sql) => `${sql};\n`).join('');

interface Content {
  readonly snapshot: unknown;
  readonly rows: unknown;
  readonly sequences: unknown;
  readonly dump: string | null;
}

async function contentOf(database: TestDatabase): Promise<Content> {
  const session = await sessionOn(database);
  const snapshot = await takeSnapshot(session, { ledger, withPrivileges: true });
  const reading: Reading = await readRows(session, ledger);
  const dumped =
    pgDump && dumps(pgDump, major)
      ? dump(pgDump, database, ['--schema-only', '--exclude-schema=slipway'])
      : null;
  return {
    snapshot: [...snapshot].map(([object, { text, facets }]) => [object, text, facets]),
    rows: reading.tables.map(({ table, rows }) => [table.name, rows.map(({ values }) => values)]),
    sequences: reading.sequences,
    dump: dumped?.replaceAll(/^\\(?:un)?restrict .*$/gm, '') ?? null,
  };
}

/** Runs one history to its end; returns what happened, for the message, and what each database holds. */
async function live(number: number): Promise<{ story: string[]; contents: [string, Content][] }> {
  const random = seeded(seed + number);
  const below = (limit: number): number => Math.floor(random() * limit);
  const model = new Model(random);
  const project = makeProject();
  const databases: TestDatabase[] = [];
  const story: string[] = [];
  const make = async (): Promise<{ database: TestDatabase; url: string }> => {
    const database = await createDatabase(major);
    databases.push(database);
    return { database, url: `${database.url}?sslmode=disable` };
  };
  try {
    const shadow = await make();
    const here = { directory: project.directory, url: shadow.url };
    const all: string[] = [];
    const left: { name: string; database: TestDatabase; url: string }[] = [];
    const hasBaseline = below(4) > 0;
    const count = 4 + below(5);
    let pending = 0;
    for (let n = 1; n <= count; n += 1) {
      const statements = n === 1 ? model.begin() : model.step();
      const sql = sqlOf(statements.length > 0 ? statements : ['SELECT 1']);
      all.push(sql);
      const isBaseline = n === 1 && hasBaseline;
      const path = isBaseline ? 'sql/baseline.sql' : `migrations/${versionOf(n)}_step.sql`;
      story.push(`-- ${path}\n${sql}`);
      project.write(path, isBaseline ? `-- slipway: version ${versionOf(n)}\n${sql}` : sql);
      if (!isBaseline) pending += 1;
      await runCommand(check, here, { write: true });
      if (below(2) === 0 && left.length < 3) {
        const made = await make();
        await bringUp({ directory: project.directory, url: made.url });
        left.push({ name: `left at ${n}`, ...made });
        story.push(`-- a database is left at ${n}`);
      }
      if (pending > 0 && (below(3) === 0 || n === count)) {
        await runCommand(squashCommand, here, {
          'set-sequence': '*',
          'carried-by': '1.0',
          ...(below(3) === 0 ? { keep: true } : {}),
        });
        story.push(`-- squashed at ${n}`);
        pending = 0;
        await runCommand(check, here);
      }
    }
    const files = filesOf({ project });
    const fresh = await make();
    await bringUp({ directory: project.directory, url: fresh.url });
    const contents: [string, Content][] = [['fresh', await contentOf(fresh.database)]];
    for (const { name, database, url } of left) {
      await bringUp({ directory: project.directory, url });
      contents.push([name, await contentOf(database)]);
    }
    const unmanaged = await make();
    for (const sql of all) await unmanaged.database.query(sql);
    const where = { directory: project.directory, url: unmanaged.url };
    try {
      await bringUp(where);
    } catch (error) {
      // Where only data lie between two versions, a person has to say which it is.
      if (!(error instanceof SlipwayError && error.failure.exit === 'unmanaged')) throw error;
      await runCommand(adoptCommand, where, { as: 'head' });
    }
    contents.push(['adopted', await contentOf(unmanaged.database)]);
    const again = await runCommand(squashCommand, here, { 'dry-run': true });
    expect(again).toBe(files['sql/baseline.sql']);
    return { story, contents };
  } catch (error) {
    throw new Error(`history ${number} of seed ${seed}\n${story.join('\n')}`, { cause: error });
  } finally {
    project.destroy();
    for (const database of databases) await database.drop();
  }
}

test.each(Array.from({ length: histories }, (_, n) => [n, seed]))(
  'history %i of seed %i: fresh, upgraded and adopted databases are the same',
  async (number) => {
    const { story, contents } = await live(number);
    const [[, wanted] = ['', null], ...others] = contents;
    for (const [name, content] of others) {
      expect({ story, name, content }).toEqual({ story, name, content: wanted });
    }
  },
);
