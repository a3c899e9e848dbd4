import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestDatabase } from '../../support/database.ts';
import { makeInstance } from '../../support/instance.ts';
import { statesOf } from '../../support/ledger.ts';
import { makeProject } from '../../support/project.ts';
import { expectFailure, expectSuccess } from '../../support/scene.ts';
import { slipway } from '../../support/slipway.ts';
import { makeSmallDisk } from '../../support/small-disk.ts';

const first = '20250101000000';
const second = '20250102000000';

/** The log is written at the pace of the disk, which takes seconds. */
const testWhole = process.env.SLIPWAY_TEST_FULL ? test : test.skip;

testWhole(
  'no room for the log: the server ends itself, the run is 75; with room again the next one goes on',
  async () => {
    const disk = makeSmallDisk('34m');
    if (!disk) return;
    const instance = await makeInstance();
    const project = makeProject({
      [`migrations/${first}_first.sql`]: 'CREATE TABLE public.first (n int);',
      [`migrations/${second}_second.sql`]:
        'CREATE TABLE public.second AS SELECT repeat(md5(n::text), 100) AS t FROM generate_series(1, 200000) n;',
    });
    const database: Pick<TestDatabase, 'query'> = { query: (sql) => instance.query(sql) };
    const up = () =>
      slipway(['up'], { cwd: project.directory, env: { ...instance.env(), SLIPWAY_WAIT_TIMEOUT: '1s' } });
    try {
      const log = join(instance.data, 'pg_wal');
      execFileSync('sh', ['-c', `cp -a ${log}/. ${disk.directory}/ && rm -r ${log}`]);
      symlinkSync(disk.directory, log);
      await instance.start({ wal_level: 'replica', min_wal_size: '32MB' });
      const result = await up();
      const { port } = instance;
      expectFailure(result, {
        code: 75,
        names: new RegExp(`127.0.0.1:${port} refuses connections`),
        remedy: /Is the server running/,
      });
      expect(result.logs.map(({ event }) => event)).toContain('connectionLost');
      disk.grow('400m');
      await instance.stop('SIGQUIT');
      await instance.start({ wal_level: 'replica' });
      expect(await statesOf(database)).toEqual([`${first}:done`]);
      expectSuccess(await up());
      expect(await statesOf(database)).toEqual([`${first}:done`, `${second}:done`]);
    } finally {
      await instance.destroy();
      disk.destroy();
      project.destroy();
    }
  },
);
