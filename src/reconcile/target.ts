import type { App } from '../app/index.ts';
import { SlipwayError } from '../core/index.ts';
import { expectedAt, type Lock, readTexts, withoutVarying } from '../lockfile/index.ts';
import type { MigrationSet, Version } from '../migrations/index.ts';
import { diff, kindOf } from '../schema/compare/index.ts';
import { describeDifferences } from '../schema/compare/text.ts';
import type { SchemaGraph } from '../schema/generate/index.ts';
import { traitsOf } from '../schema/kinds.ts';
import { onShadow, ownPart, upTo, withShadow } from '../shadow/index.ts';
/**
 * Describes the schema that a version has: the files up to it are run on a shadow.
 *
 * @throws what a migration throws; SlipwayError (65) where the files do not make what the lock says of that version.
 */
export function describeVersion(
  app: App,
  set: MigrationSet,
  lock: Lock,
  version: Version,
): Promise<SchemaGraph> {
  const wanted = upTo(set, version);
  return withShadow(app, (shadow) =>
    onShadow(app, shadow, wanted, async ({ platform, describe, bring }) => {
      await bring(wanted);
      const whole = await describe(lock.options.privileges);
      const graph = { ...whole, snapshot: ownPart(whole.snapshot, platform) };
      assertLocked(graph, lock, version, app.config.lockfile);
      return graph;
    }),
  );
}

function assertLocked({ snapshot }: SchemaGraph, lock: Lock, version: Version, lockfile: string): void {
  const { ignore } = lock.options;
  const options = { ignore, texts: readTexts(lockfile), accepted: {} };
  const { differences } = withoutVarying(diff(expectedAt(lock, version), snapshot, options), lock, version);
  const material = differences.filter(({ object }) => traitsOf(kindOf(object)).isOfServer !== true);
  if (material.length === 0) return;
  throw new SlipwayError({
    exit: 'migration',
    place: { file: lockfile },
    message: `the files do not make the schema that the lock has for ${version}`,
    detail: describeDifferences({ differences: material, unverified: [] }),
    remedy: 'See what it is: slipway check',
  });
}
