import { administer } from './database.ts';
import type { Scene } from './scene.ts';

/** A role whose shadow databases can be told from those of other tests on the same server. */
export interface ShadowOwner {
  readonly name: string;
  /** SLIPWAY_SHADOW_URL, to run the bundle with shadows that belong to this role. */
  readonly env: Readonly<Record<string, string>>;
  /** The names of its shadow databases that exist now. */
  shadows(): Promise<string[]>;
}

/** Makes a role that owns the shadows of a scene's runs. */
export async function shadowOwner(made: Scene): Promise<ShadowOwner> {
  const { name, env } = await made.role('CREATEDB');
  const url = new URL(made.database.url);
  url.username = name;
  url.password = encodeURIComponent(env.PGPASSWORD ?? '');
  url.search = '?sslmode=disable';
  return {
    name,
    env: { SLIPWAY_SHADOW_URL: url.href },
    async shadows() {
      const { rows } = await administer(
        made.database.major,
        `SELECT datname AS name FROM pg_database WHERE datname LIKE 'slipway\\_shadow\\_%' AND pg_get_userbyid(datdba) = '${name}'`,
      );
      return rows.map((row: { name: string }) => row.name).sort();
    },
  };
}
