import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages } from '../../../scripts/docs/parts.ts';
import { record, recorded } from '../../../scripts/docs/recordings.ts';
import { reportExamples, reportPages } from '../../../scripts/docs/report-example.ts';
import { partsOf, withoutTimes } from '../../../scripts/docs/text.ts';
import { createDatabase, newestMajor, serverOf } from '../../support/database.ts';
import { makeProject } from '../../support/project.ts';
import { bundle, slipway } from '../../support/slipway.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const standing = new Map(pages.flatMap((page) => [...partsOf(read(page))]));

describe('recorded output is what the program prints', () => {
  let fresh: ReadonlyMap<string, string>;
  beforeAll(async () => {
    fresh = await record(serverOf(newestMajor), bundle, root);
  }, 120_000);

  test.each(recorded)('%s', (name) => {
    expect(withoutTimes(standing.get(name) ?? '')).toBe(withoutTimes(fresh.get(name) ?? 'not recorded'));
  });
});

test('the reports of the example are as the program writes them', async () => {
  const fresh = await reportExamples(serverOf(newestMajor), bundle, root);
  expect([...fresh.keys()]).toEqual(reportPages);
  for (const [page, text] of fresh) expect(read(page)).toBe(text);
}, 120_000);

test('the module that the pages show can be applied after the example', async () => {
  const [, code = ''] = /^```js\n([\s\S]*?)^```/m.exec(read('docs/writing-migrations.md')) ?? [];
  const database = await createDatabase(newestMajor);
  const project = makeProject();
  try {
    for (const folder of ['sql', 'migrations']) {
      cpSync(join(root, folder), project.path(folder), { recursive: true });
    }
    const run = () => slipway(['up'], { cwd: project.directory, env: database.env });
    expect((await run()).code).toBe(0);
    await database.query(`INSERT INTO trading.users (address) VALUES ('0x1')`);
    await database.query(
      `INSERT INTO trading.accounts (name, user_id, api_key) SELECT 'main', id, 'key' FROM trading.users`,
    );
    project.write('migrations/20260105090000_hash_keys.mjs', code);
    const { code: exit, stderr } = await run();
    expect({ exit, stderr }).toMatchObject({ exit: 0 });
    expect(await database.query('SELECT length(api_key) AS length FROM trading.accounts')).toEqual([
      { length: 64 },
    ]);
  } finally {
    project.destroy();
    await database.drop();
  }
}, 60_000);
