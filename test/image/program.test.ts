import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { buildImages, images, must, requireEngines, root } from '../support/containers.ts';

jest.setTimeout(600_000);

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const bases = {
  distroless: [],
  'a Node image': ['--build-arg', 'RUNTIME_IMAGE=node:24-bookworm-slim'],
} as const;

interface Inspected {
  readonly Config: object;
  readonly RootFS: { readonly Layers: readonly string[] };
}

const inspect = async (image: string): Promise<Inspected> =>
  JSON.parse(await must('docker', ['image', 'inspect', '-f', '{{json .}}', image])) as Inspected;

/** What a script of Node prints in an image. */
const inside = (image: string, script: string): Promise<string> =>
  must('docker', ['run', '--rm', '--network=none', '--entrypoint=node', image, '-e', script]);

const build = (tag: string, ...args: readonly string[]): Promise<string> =>
  must('docker', ['build', '-q', '-t', tag, ...args, '.']);

beforeAll(async () => {
  await requireEngines('docker info');
  await buildImages();
});

test('what is built by default is Slipway alone, apart from the files of a project', async () => {
  expect((await inspect(images.bare)).Config).toMatchObject({
    User: '65532:65532',
    WorkingDir: '/slipway',
    Entrypoint: ['/opt/slipway/bin/slipway'],
    Cmd: ['up'],
  });
  const list =
    'console.log(JSON.stringify([".", "/opt/slipway"].map((path) => fs.readdirSync(path).sort())))';
  const program = [
    'LICENSE',
    'THIRD-PARTY-LICENSES',
    'bin',
    'compile-cache',
    'healthcheck',
    'install.cjs',
    'program',
    'sbom.cdx.json',
    'slipway.js',
  ];
  expect(JSON.parse(await inside(images.bare, list))).toEqual([[], program]);
  expect(JSON.parse(await inside(images.example, list))).toEqual([['migrations', 'sql'], program]);
});

describe.each(Object.entries(bases))('on %s', (base, args) => {
  const image = `slipway-on-${base === 'distroless' ? base : 'node'}:test`;
  beforeAll(() => build(image, ...args));

  test.each([
    ['the entry point', []],
    ['the entry point, and the name once more', ['slipway']],
  ])('it is started by %s', async (_, words) => {
    expect(await must('docker', ['run', '--rm', '--network=none', image, ...words, '--version'])).toBe(
      `slipway ${version}`,
    );
  });

  test('slipway is on PATH', async () => {
    const args = ['run', '--rm', '--network=none', '--entrypoint=slipway', image, '--version'];
    expect(await must('docker', args)).toBe(`slipway ${version}`);
  });

  test('what V8 compiled of it is taken from the image, where only root may write it', async () => {
    const watching = `
      const { readdirSync, statSync } = require('node:fs');
      const { Script } = require('node:vm');
      require('node:vm').Script = class extends Script {
        constructor(source, options) {
          super(source, options);
          console.log('refused: ' + this.cachedDataRejected);
        }
      };
      const [name] = readdirSync('/opt/slipway/compile-cache');
      const { uid, mode } = statSync('/opt/slipway/compile-cache/' + name);
      console.log('uid ' + uid + ', others may write: ' + ((mode & 0o022) !== 0));
      process.argv.splice(1, 1, '/opt/slipway/slipway.js', '--version');
      require('/opt/slipway/slipway.js');
    `;
    expect(await inside(image, watching)).toMatch(
      /^uid 0, others may write: false\nrefused: false\nslipway /,
    );
  });
});

test('its own layers have at most 4 MB, and the same source makes the same program of them', async () => {
  const sizes = await must('docker', ['history', '--human=false', '--format', '{{.Size}}', images.bare]);
  const [, ...own] = sizes.split('\n').map(Number).reverse();
  expect(own.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(4_000_000);

  await build('slipway-again:test', '--no-cache');
  const [once, again] = await Promise.all([images.bare, 'slipway-again:test'].map(inspect));
  const base = (await inspect('gcr.io/distroless/nodejs24-debian12:nonroot')).RootFS.Layers.length;
  expect(once?.RootFS.Layers[base]).toBe(again?.RootFS.Layers[base]);
});

test('its labels say what it was made from', async () => {
  const said = {
    VERSION: version,
    REVISION: 'abc',
    CREATED: '2026-01-02T03:04:05Z',
    SOURCE: 'https://host/slipway',
  };
  const args = Object.entries({ ...said, RUNTIME_DIGEST: 'sha256:123' }).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  await build('slipway-labelled:test', ...args);
  const { Labels } = (await inspect('slipway-labelled:test')).Config as { Labels: object };
  expect(Labels).toMatchObject({
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.version': said.VERSION,
    'org.opencontainers.image.revision': said.REVISION,
    'org.opencontainers.image.created': said.CREATED,
    'org.opencontainers.image.source': said.SOURCE,
    'org.opencontainers.image.base.name': 'gcr.io/distroless/nodejs24-debian12:nonroot',
    'org.opencontainers.image.base.digest': 'sha256:123',
  });
});

test('it brings the licences of all that is bundled, and a list of that which is valid CycloneDX', async () => {
  const read = (name: string) =>
    inside(images.bare, `process.stdout.write(fs.readFileSync("/opt/slipway/${name}", "utf8"))`);
  const [licences, list] = await Promise.all(['THIRD-PARTY-LICENSES', 'sbom.cdx.json'].map(read));
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(String(list))).toBeNull();
  const { components } = JSON.parse(String(list)) as {
    components: { name: string; group?: string; version: string; hashes?: unknown[] }[];
  };
  const names = components.map(({ name, group }) => (group ? `${group}/${name}` : name));
  expect(names).toEqual(expect.arrayContaining(['pg', 'pg-protocol', 'pino', 'umzug', 'dotenv']));
  for (const [at, { version: of, hashes }] of components.entries()) {
    expect(licences).toContain(`${names[at]} ${of}: `);
    expect([names[at], hashes?.length]).toEqual([names[at], 1]);
  }
});
