import type { Expected } from './asking.ts';
import type { Site } from './site.ts';
import { type Outcome, type World, wrongEnd } from './world.ts';

/** Runs a command that must end and leave things as expected. */
export async function expect(
  world: World,
  site: Site,
  argv: readonly string[],
  { codes, database }: Expected,
): Promise<Outcome> {
  const { code, said } = await site.run(argv);
  return {
    label: argv.join(' '),
    world: { ...world, database },
    codes: [[argv[0] ?? '', code]],
    problems: wrongEnd(argv, code, codes, said),
  };
}

/** Runs a command that only asks, and must end with one of these codes. */
export const asks = (
  world: World,
  site: Site,
  argv: readonly string[],
  ...codes: number[]
): Promise<Outcome> => expect(world, site, argv, { codes, database: world.database });
