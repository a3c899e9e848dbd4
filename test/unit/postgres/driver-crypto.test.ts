import { createRequire } from 'node:module';
import * as own from '../../../src/postgres/driver-crypto.ts';

const drivers: typeof own = createRequire(import.meta.url)('pg/lib/crypto/utils');
const bytes = Buffer.from([0, 1, 2, 250, 251, 252]);
const word = 'pässwörd \u{1f511}';

const cases: readonly (readonly [string, (by: typeof own) => Promise<Uint8Array | ArrayBuffer | string>])[] =
  [
    ['deriveKey', ({ deriveKey }) => deriveKey(word, bytes, 4096)],
    ['hmacSha256', ({ hmacSha256 }) => hmacSha256(bytes, word)],
    ['sha256', ({ sha256 }) => sha256(bytes)],
    ['hashByName, SHA-256', ({ hashByName }) => hashByName('SHA-256', bytes)],
    ['hashByName, SHA-384', ({ hashByName }) => hashByName('SHA-384', bytes)],
    ['hashByName, SHA-512', ({ hashByName }) => hashByName('SHA-512', bytes)],
    [
      'postgresMd5PasswordHash',
      ({ postgresMd5PasswordHash }) => postgresMd5PasswordHash('rôle', word, bytes),
    ],
  ];

const shown = (value: Uint8Array | ArrayBuffer | string): string =>
  typeof value === 'string' ? value : Buffer.from(value as Uint8Array).toString('hex');

test.each(cases)('%s gives what the driver computes', async (_, compute) => {
  expect(shown(await compute(own))).toBe(shown(await compute(drivers)));
});

test('every function that the driver has is there', () => {
  expect(Object.keys(own).sort()).toEqual(Object.keys(drivers).sort());
  expect(own.randomBytes(18)).toHaveLength(18);
});
