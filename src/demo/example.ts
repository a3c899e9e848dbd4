import { cpSync, existsSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readText, SlipwayError } from '../core/index.ts';
/**
 * Copies the example that comes with Slipway to a temporary folder, which the caller removes.
 *
 * @param program the running file; the example lies beside its folder, in it, or in the working directory.
 * @returns the folder, with `sql/` and `migrations/`.
 * @throws SlipwayError (66) when it is in none of them.
 */
export function copyExample(program: string): string {
  const home = dirname(realpathSync(program));
  const places = [dirname(home), home, process.cwd()];
  const example = places.find(isExample);
  if (example === undefined) {
    throw new SlipwayError({
      exit: 'files',
      message: 'the example that comes with Slipway is missing',
      detail: places.map((place) => `${join(place, 'sql', 'baseline.sql')}: not there, or another schema`),
      remedy: 'Run the demo from the npm package or from a clone, which have it in sql/ and migrations/.',
    });
  }
  const copy = mkdtempSync(join(tmpdir(), 'slipway-demo-'));
  for (const folder of ['sql', 'migrations'])
    cpSync(join(example, folder), join(copy, folder), { recursive: true });
  return copy;
}

/** A project's own schema is no place for this story. */
function isExample(folder: string): boolean {
  const baseline = join(folder, 'sql', 'baseline.sql');
  try {
    return (
      existsSync(join(folder, 'migrations')) &&
      readText(baseline, 'script').includes('CREATE TABLE trading.accounts')
    );
  } catch {
    return false;
  }
}
