import type { Found } from './peer.ts';
import { findAlembic } from './peers/alembic.ts';
import { dbmate } from './peers/dbmate.ts';
import { drizzle } from './peers/drizzle.ts';
import { graphileMigrate } from './peers/graphile-migrate.ts';
import { knex } from './peers/knex.ts';
import { nodePgMigrate } from './peers/node-pg-migrate.ts';
import { installPackages } from './peers/packages.ts';
import { postgrator } from './peers/postgrator.ts';
import { findSqitch } from './peers/sqitch.ts';
import { umzug } from './peers/umzug.ts';

const ofNpm = [dbmate, nodePgMigrate, graphileMigrate, postgrator, knex, umzug, drizzle];

/**
 * The other migration tools, always all of them and in the same order; installs those that npm has on first use.
 *
 * @param root of the project.
 * @returns what is to be run, or why it cannot be.
 */
export async function findPeers(root: string): Promise<readonly Found[]> {
  const installed = await installPackages(root);
  return [...ofNpm.map((find) => find(installed)), findAlembic(root), findSqitch()];
}
