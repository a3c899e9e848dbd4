import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../../support/tree.ts';

/** The rows of the table in docs/containers.md: what is tried, and the tests that do so. */
const rows = readFileSync(join(root, 'docs/containers.md'), 'utf8')
  .split('\n')
  .filter((line) => /\| .*\.test\.ts\) \|$/.test(line))
  .map((line) => {
    const links = [...line.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path);
    const named = [...line.matchAll(/\[([^\]]+)\]/g)].map(([, text = '']) => text);
    const tests = links.filter((path) => path.endsWith('.test.ts'));
    return { paths: named.filter((text) => !text.endsWith('.test.ts')), tests };
  });

const files = execFileSync('git', ['ls-files', 'deploy', 'compose.yaml'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n');

test.each(files)('%s is in the table of what is tried', (file) => {
  expect(
    rows.flatMap(({ paths }) => paths).filter((path) => file === path || file.startsWith(`${path}/`)),
  ).not.toEqual([]);
});

test.each(rows)('$paths: the tests are there, and name it', ({ paths, tests }) => {
  expect(tests).not.toEqual([]);
  const texts = tests.map((test) => readFileSync(join(root, test), 'utf8'));
  const [path = ''] = paths;
  const words = [path, basename(path), `'${basename(dirname(path))}'`];
  expect(texts.filter((text) => words.some((word) => text.includes(word)))).not.toEqual([]);
});
