import type { ToolEvidence } from '../../../src/inspect/evidence.ts';
import { enter } from '../../support/coming-from.ts';
import { installTools } from '../../support/coming-from-tools.ts';
import { makeProject } from '../../support/project.ts';
import { expectSuccess, useScenes } from '../../support/scene.ts';

const scene = useScenes();
jest.setTimeout(180_000);
const modules = installTools('other-tools');

interface Left {
  readonly tool: string;
  /** Applies two migrations and a third that fails at its second statement; a folder of test/fixtures/coming-from. */
  readonly folder: string;
  readonly run: string;
  /** By default 1. */
  readonly ends?: 0;
  readonly evidence: Pick<ToolEvidence, 'table' | 'version' | 'versions' | 'cleanup'> & Partial<ToolEvidence>;
}

/** Each of them applies a migration and its row in one transaction: one that fails leaves no trace. */
const left: readonly Left[] = [
  {
    tool: 'Drizzle',
    folder: 'drizzle',
    run: 'node migrate.mjs',
    evidence: {
      table: 'drizzle.__drizzle_migrations',
      version: '1740906000000',
      versions: ['1740906000000', '1740819600000'],
      cleanup: 'DROP TABLE drizzle.__drizzle_migrations;',
    },
  },
  {
    tool: 'TypeORM',
    folder: 'typeorm',
    run: 'typeorm migration:run -d data-source.js',
    evidence: {
      table: 'public.migrations',
      version: 'AddFeeTiers1740906000000',
      versions: ['AddFeeTiers1740906000000', 'CreateAccounts1740819600000'],
      cleanup: 'DROP TABLE public.migrations, public.typeorm_metadata;',
    },
  },
  {
    tool: 'Kysely',
    folder: 'kysely',
    run: 'node migrate.mjs',
    evidence: {
      table: 'public.kysely_migration',
      version: '2025-03-02_add_fee_tiers',
      versions: ['2025-03-02_add_fee_tiers', '2025-03-01_create_accounts'],
      cleanup: 'DROP TABLE public.kysely_migration, public.kysely_migration_lock;',
    },
  },
  {
    tool: 'graphile-migrate',
    folder: 'graphile-migrate',
    run: 'graphile-migrate migrate',
    evidence: {
      table: 'graphile_migrate.migrations',
      version: '000002.sql',
      versions: ['000002.sql', '000001.sql'],
      cleanup: 'DROP TABLE graphile_migrate.migrations, graphile_migrate.current;',
    },
  },
  {
    tool: 'graphile-migrate',
    folder: 'graphile-migrate',
    run: `rm migrations/committed/000003-fail.sql
      echo 'create table notes (id bigint);' > migrations/current.sql
      graphile-migrate watch --once`,
    ends: 0,
    evidence: {
      table: 'graphile_migrate.migrations',
      version: '000002.sql',
      versions: ['000002.sql', '000001.sql'],
      problems: ['applied, and not committed there: current.sql'],
      cleanup: 'DROP TABLE graphile_migrate.migrations, graphile_migrate.current;',
      remedy: expect.stringMatching(/with graphile-migrate \(graphile-migrate commit\); then/),
    },
  },
];

const { each } = modules === null ? test.skip : test;
const title =
  modules === null
    ? '$tool is not tried: npm cannot install it'
    : '$tool is named and judged by what it leaves: $evidence.version';

const files = {
  'sql/baseline.sql': '-- slipway: version 20250101000000\nCREATE TABLE public.a (x int);\n',
};

each(left)(title, async (one) => {
  const { tool, folder, run, ends = 1, evidence } = one;
  const made = await scene(files);
  const theirs = makeProject({});
  try {
    const url = `${made.database.url}?sslmode=disable`;
    const env = { DATABASE_URL: url };
    const shell = enter(
      { project: theirs, database: made.database },
      `test/fixtures/coming-from/${folder}`,
      env,
      { modules, python: null },
    );
    const { code, output } = await shell(run);
    const expected = ends === 1 ? /"nowhere" does not exist/ : /Finished/;
    expect({ code, output }).toEqual({ code: ends, output: expect.stringMatching(expected) });
  } finally {
    theirs.destroy();
  }
  const before = await made.fingerprint();
  expect(JSON.parse(expectSuccess(await made.run('status --json')).stdout).evidence).toEqual([
    { tool, rows: 2, undone: [], problems: [], kept: null, remedy: null, ...evidence },
  ]);
  expect(await made.fingerprint()).toEqual(before);
});
