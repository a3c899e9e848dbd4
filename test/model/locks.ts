import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Lock, render } from './image.ts';
import { lockOf } from './lock.ts';
import type { Site } from './site.ts';
import { histories, imagesOf } from './start.ts';

/**
 * The locks of every history's images, as `check --write` makes them; what this very program made before is read from
 * the folder.
 *
 * @param program what the locks were made with: another one makes them anew.
 */
export async function makeLocks(sites: readonly Site[], folder: string, program: string): Promise<Lock[][]> {
  mkdirSync(folder, { recursive: true });
  const made: Lock[][] = Array.from({ length: histories }, () => []);
  const left = Array.from({ length: histories }, (_, history) => history);
  const work = async (site: Site): Promise<void> => {
    for (let history = left.shift(); history !== undefined; history = left.shift()) {
      for (const image of imagesOf(history)) {
        const key = createHash('sha256')
          .update(JSON.stringify([program, ...render(image)]))
          .digest('hex');
        const path = join(folder, `${key.slice(0, 24)}.json`);
        if (!existsSync(path)) writeFileSync(path, JSON.stringify(await writeLock(site, image)));
        const written = JSON.parse(readFileSync(path, 'utf8')) as Lock['written'];
        made[history]?.push(lockOf(image, new Map(), written));
      }
    }
  };
  await Promise.all(sites.map(work));
  return made;
}

async function writeLock(site: Site, image: Parameters<typeof render>[0]): Promise<Lock['written']> {
  site.install(image);
  const { code, said } = await site.run(['check', '--write']);
  if (code !== 0) throw new Error(`check --write ended with ${code}\n${said}`);
  return { lock: site.read('sql/schema.lock.json'), snapshot: site.read('sql/schema.snapshot.json') };
}
