import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectSuccess, type Scene } from './scene.ts';
import type { SlipwayOptions, SlipwayResult } from './slipway.ts';

/** Where the shadow databases of a scene are made: on the server of its own database. */
export const shadowOf = ({ database }: Pick<Scene, 'database'>): { readonly SLIPWAY_SHADOW_URL: string } => ({
  SLIPWAY_SHADOW_URL: `${database.url}?sslmode=disable`,
});

/** Runs `check` with what follows it. */
export const check = (scene: Scene, line = '', env: SlipwayOptions['env'] = {}): Promise<SlipwayResult> =>
  scene.run(`check ${line}`.trim(), { ...shadowOf(scene), ...env });

const written = ['sql/schema.lock.json', 'sql/schema.snapshot.json'] as const;
type Written = Readonly<Record<(typeof written)[number], string>>;
const made = new Map<string, Promise<Written>>();

/** Writes the lock of the files as they are now. The same files on the same major have the same one, made once. */
export async function writeLock(scene: Scene): Promise<void> {
  const key = digestOf(scene);
  const known = made.get(key);
  if (known) {
    for (const [path, text] of Object.entries(await known)) scene.project.write(path, text);
    return;
  }
  const making = check(scene, '--write').then((result) => {
    expectSuccess(result);
    return Object.fromEntries(
      written.map((path) => [path, readFileSync(scene.project.path(path), 'utf8')]),
    ) as Written;
  });
  made.set(key, making);
  await making;
}

/** Tells projects with other files, or of another major, apart. */
function digestOf({ project, database }: Scene): string {
  const hash = createHash('sha256').update(String(database.major));
  for (const folder of ['migrations', 'sql'].filter((name) => existsSync(project.path(name)))) {
    const files = readdirSync(project.path(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const path of files)
      hash.update(`\0${path.slice(project.directory.length)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}
