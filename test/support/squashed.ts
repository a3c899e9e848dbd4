import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shadowOf } from './locked.ts';
import type { Scene } from './scene.ts';
import type { SlipwayOptions, SlipwayResult } from './slipway.ts';

/** Runs `squash` with what follows it, kept by the image 1.0. */
export const squash = (scene: Scene, line = '', env: SlipwayOptions['env'] = {}): Promise<SlipwayResult> =>
  scene.run(`squash --carried-by 1.0 ${line}`.trim(), { ...shadowOf(scene), ...env });

/** All files of a project, path -> content. */
export function filesOf({ project }: Pick<Scene, 'project'>): Record<string, string> {
  const entries = readdirSync(project.directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    entries.sort().map((path) => [path.slice(project.directory.length + 1), readFileSync(path, 'utf8')]),
  );
}

/** The objects that a lock expects at head. */
export function headObjects(files: Readonly<Record<string, string>>): Record<string, unknown> {
  const { baseline, migrations } = JSON.parse(files['sql/schema.lock.json'] ?? '{}');
  const objects: Record<string, unknown> = { ...baseline.objects };
  for (const { delta } of Object.values<{ delta: { added: object; changed: object; removed: string[] } }>(
    migrations,
  )) {
    for (const name of delta.removed) delete objects[name];
    Object.assign(objects, delta.added, delta.changed);
  }
  return Object.fromEntries(Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Puts other files in the place of a project's, as the deploy of another image does. */
export function install({ project }: Pick<Scene, 'project'>, files: Readonly<Record<string, string>>): void {
  for (const path of Object.keys(filesOf({ project }))) project.remove(path);
  for (const [path, text] of Object.entries(files)) project.write(path, text);
}
