import { readFileSync } from 'node:fs';
import { writeLock } from '../../support/locked.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import type { SlipwayResult } from '../../support/slipway.ts';

const scene = useScenes();
const lockfile = 'sql/schema.lock.json';
const files = {
  'sql/baseline.sql':
    '-- slipway: version 20250101000000\nCREATE TABLE public.users (id int);\nCREATE TABLE public.orders (id int);\nCREATE TABLE public.items (id int);\n',
  'migrations/20250102000000_more.sql': 'ALTER TABLE public.users ADD COLUMN name text;\n',
};
const copy = (schema: string): string =>
  `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.users (id int); CREATE TABLE ${schema}.orders (id int); CREATE TABLE ${schema}.items (id int)`;

const warnings = ({ logs }: Pick<SlipwayResult, 'logs'>) => logs.filter(({ event }) => event === 'tenants');
const words =
  /^the schema tenant_a appears to be a copy of public: it has 3 of the 3 tables that the lock names there\. Tenants as schemas are not supported/;
const remedy = /^Give each tenant a database of its own.*"\* tenant_a\.\*" in options\.ignore/;

async function locked(): Promise<Scene> {
  const made = await scene(files);
  await writeLock(made);
  return made;
}

describe('Hostile and odd: tenants as schemas', () => {
  test('copies that are there before the first up: 0, and each is reported as unsupported', async () => {
    const made = await locked();
    await made.database.query(`${copy('tenant_a')}; ${copy('"Tenant B"')}`);
    const said = warnings(expectSuccess(await made.run('up')));
    expect(said).toHaveLength(2);
    expect(said).toContainEqual(
      expect.objectContaining({ msg: expect.stringMatching(words), remedy: expect.stringMatching(remedy) }),
    );
    expect(said).toContainEqual(expect.objectContaining({ schema: '"Tenant B"' }));
  });

  test('copies made later: up, status and its JSON say so, once', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    await made.database.query(copy('tenant_a'));
    expect(warnings(expectSuccess(await made.run('up')))).toHaveLength(1);
    expect(expectSuccess(await made.run('status')).stdout).toMatch(
      /^tenants {2}the schema tenant_a appears to be a copy of public/m,
    );
    const { stdout } = expectSuccess(await made.run('status --json'));
    expect(JSON.parse(stdout).tenants).toEqual([expect.stringMatching(words)]);
  });

  test('options.ignore ends it, and a table that only happens to have such a name says nothing', async () => {
    const made = await locked();
    expectSuccess(await made.run('up'));
    await made.database.query(
      'CREATE SCHEMA audit; CREATE TABLE audit.users (id int); CREATE TABLE audit.x ()',
    );
    expect(warnings(expectSuccess(await made.run('up')))).toEqual([]);
    await made.database.query(copy('tenant_a'));
    const lock = JSON.parse(readFileSync(made.project.path(lockfile), 'utf8'));
    lock.options.ignore = ['* tenant_a.*'];
    made.project.write(lockfile, JSON.stringify(lock));
    expect(warnings(expectSuccess(await made.run('up')))).toEqual([]);
    expect(expectSuccess(await made.run('status')).stdout).not.toMatch(/tenants/);
  });
});
