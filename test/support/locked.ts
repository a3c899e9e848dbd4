import { expectSuccess, type Scene } from './scene.ts';
import type { SlipwayOptions, SlipwayResult } from './slipway.ts';

/** Where the shadow databases of a scene are made: on the server of its own database. */
export const shadowOf = ({ database }: Pick<Scene, 'database'>): { readonly SLIPWAY_SHADOW_URL: string } => ({
  SLIPWAY_SHADOW_URL: `${database.url}?sslmode=disable`,
});

/** Runs `check` with what follows it. */
export const check = (scene: Scene, line = '', env: SlipwayOptions['env'] = {}): Promise<SlipwayResult> =>
  scene.run(`check ${line}`.trim(), { ...shadowOf(scene), ...env });

/** Writes the lock of the files as they are now. */
export async function writeLock(scene: Scene): Promise<void> {
  expectSuccess(await check(scene, '--write'));
}
