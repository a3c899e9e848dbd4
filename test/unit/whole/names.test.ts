import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** The names that a file declares and exports; what it passes on has its place elsewhere. */
const exported = (text: string): string[] =>
  [
    ...text.matchAll(
      /^export (?:async )?(?:const|let|function\*?|class|abstract class|interface|type|enum) (\w+)/gm,
    ),
  ].map(([, name]) => name ?? '');

test('an exported name stands for one thing: no two files declare it', () => {
  const files = execFileSync('git', ['ls-files', 'src/**/*.ts', 'src/*.ts'], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n');
  const places = new Map<string, string[]>();
  for (const file of files)
    for (const name of exported(readFileSync(join(root, file), 'utf8')))
      places.set(name, [...(places.get(name) ?? []), file]);
  expect(places.size).toBeGreaterThan(1000);
  expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([]);
});

test('what a file declares is told from what it passes on', () => {
  const text = [
    'export const one = 1;',
    "export { two } from './two.ts';",
    'export async function three() {}',
    'export type Four = 4;',
    'const five = 5;',
  ].join('\n');
  expect(exported(text)).toEqual(['one', 'three', 'Four']);
});
