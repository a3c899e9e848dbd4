import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { schemaFolder, writtenSchemas } from '../../../scripts/docs/schemas.ts';
import { commands } from '../../../src/cli/table.ts';
import { logOf } from '../../../src/log/log.ts';
import { contradiction, contradictionOfLine } from '../../support/documented.ts';

// The types are read by a compiler, on a machine that may be busy.
jest.setTimeout(120_000);

const root = join(import.meta.dirname, '..', '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

test('the schemas are as `npm run docs` writes them', () => {
  const written = writtenSchemas(root);
  expect(
    readdirSync(join(root, schemaFolder))
      .map((name) => `${schemaFolder}/${name}`)
      .sort(),
  ).toEqual([...written.keys()].sort());
  for (const [path, text] of written) expect(read(path)).toBe(text);
});

test('every command that prints a result has one', () => {
  const withoutResult = ['completion'];
  const names = Object.keys(commands).filter((name) => !withoutResult.includes(name));
  expect([...writtenSchemas(root).keys()]).toEqual(
    expect.arrayContaining(names.map((name) => `${schemaFolder}/${name}.schema.json`)),
  );
});

test('the npm package has them', () => {
  expect(JSON.parse(read('package.json')).files).toContain(schemaFolder);
});

describe('a lock file', () => {
  const lock = JSON.parse(read('sql/schema.lock.json'));

  test.each([
    'sql/schema.lock.json',
    'test/fixtures/formats/project/sql/schema.lock.json',
    'test/fixtures/formats/squashed/sql/schema.lock.json',
  ])('%s is right', (path) => {
    expect(contradiction('lock', JSON.parse(read(path)))).toBeNull();
  });

  test('may say where its schema is', () => {
    expect(contradiction('lock', { ...lock, $schema: 'lock.schema.json' })).toBeNull();
  });

  test.each([
    ['an option that is written wrong', { ...lock, options: { ...lock.options, ignores: [] } }, /ignores/],
    ['a version that is none', { ...lock, baseline: { ...lock.baseline, version: 'head' } }, /version/],
    ['no format', { ...lock, format: undefined }, /format/],
  ])('with %s is wrong', (_, value, names) => {
    expect(contradiction('lock', JSON.parse(JSON.stringify(value)))).toMatch(names);
  });
});

describe('a line of the log', () => {
  const line = { level: 'info', time: '2026-01-01T00:00:00.000Z', event: 'applied', msg: 'x' };

  test.each([
    [{ ...line, version: '20250101000000', ms: 7 }, null],
    [{ ...line, version: '20250101000000', ms: '7' }, /must be number/],
    [{ ...line, version: '20250101000000', ms: 7, more: 1 }, /additional/],
    [{ ...line, version: '20250101000000' }, /required/],
    [{ ...line, level: 'warn', version: '20250101000000', ms: 7 }, /constant/],
    [{ ...line, event: 'unheard' }, /no event is called unheard/],
  ])('%j', (value, problem) => {
    const found = contradictionOfLine(value);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  test('of which no schema knows does not compile', () => {
    const written: object[] = [];
    const log = logOf((_, fields) => written.push(fields));
    log.info({ event: 'applied', version: '20250101000000', ms: 7 }, 'x');
    // @ts-expect-error no such event
    log.info({ event: 'unheard' }, 'x');
    // @ts-expect-error no such field
    log.info({ event: 'applied', version: '20250101000000', ms: 7, more: 1 }, 'x');
    // @ts-expect-error a field is missing
    log.info({ event: 'applied', version: '20250101000000' }, 'x');
    // @ts-expect-error it is said at another level
    log.warn({ event: 'applied', version: '20250101000000', ms: 7 }, 'x');
    expect(written).toHaveLength(5);
  });
});
