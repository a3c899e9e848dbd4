import pg from 'pg';
import { classifyCreationFailure } from '../../../src/postgres/creation-failure.ts';

const creation = { what: 'the database "shop"', user: 'app', owner: null, byHand: null, mayCreate: true };
const owned = { ...creation, owner: 'dba' };

const refused = (code: string, message: string, hint?: string): pg.DatabaseError =>
  Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, hint });

const collation = refused(
  'XX000',
  'la base de données modèle « template0 » a été créée avec une autre version',
  'Reconstruisez ... puis exécutez ALTER DATABASE template0 REFRESH COLLATION VERSION.',
);

test.each([
  [
    'no CREATEDB',
    refused('42501', 'permission denied'),
    { ...creation, mayCreate: false },
    'denied',
    /CREATEDB/,
  ],
  [
    'a role that is missing',
    refused('42704', 'no role'),
    owned,
    'denied',
    /CREATE ROLE "dba"; GRANT "dba" TO "app"/,
  ],
  [
    'a role that is not granted',
    refused('42501', 'must be member'),
    owned,
    'denied',
    /^GRANT "dba" TO "app"/,
  ],
  ['another privilege', refused('42501', 'permission denied for tablespace x'), creation, 'denied', /Grant/],
  ['a template in use', refused('55006', 'source database is in use'), creation, 'temporary', /template0/],
  ['a collation, said in French', collation, creation, 'config', /REFRESH COLLATION VERSION/],
  [
    'a collation that nothing is known of',
    refused('XX000', 'has a collation version, but'),
    creation,
    'config',
    /REFRESH/,
  ],
  ['a full disk', refused('53100', 'No space left on device'), creation, 'temporary', /disk/],
  ['a cancellation', refused('57014', 'canceling statement'), creation, 'temporary', /start again/],
  ['anything else', refused('22023', 'invalid locale name'), creation, 'config', /server/],
] as const)('%s', (_, error, about, exit, remedy) => {
  const failure = classifyCreationFailure(error, about);
  expect(failure).toMatchObject({ exit, remedy: expect.stringMatching(remedy), sqlstate: error.code });
  expect(failure.message).toMatch(/^the database "shop" cannot be created: /);
  expect(/CREATEDB/.test(failure.remedy)).toBe(!about.mayCreate);
});
