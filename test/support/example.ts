import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The files of the bundled example, path -> content: `sql/baseline.sql` and what is in `migrations/`. */
export function exampleFiles(): Record<string, string> {
  const paths = [
    'sql/baseline.sql',
    ...readdirSync(join(root, 'migrations')).map((name) => `migrations/${name}`),
  ];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** The versions that the bundled example brings a database to, in order. */
export function exampleVersions(): string[] {
  const files = exampleFiles();
  const baseline = /^-- slipway: version (\d{14})$/m.exec(files['sql/baseline.sql'] ?? '')?.[1];
  if (baseline === undefined) throw new Error('the baseline of the example has no version');
  const names = Object.keys(files).filter(
    (path) => path.startsWith('migrations/') && !path.includes('.down.'),
  );
  return [baseline, ...names.map((path) => path.slice('migrations/'.length).slice(0, 14)).sort()];
}
