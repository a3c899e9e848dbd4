import pg from 'pg';
import { SlipwayError } from '../../../src/core/slipway-error.ts';
import type { FailedAttempt } from '../../../src/postgres/attempt.ts';
import { type ConnectionFailure, classify } from '../../../src/postgres/failure.ts';
import { Unreadable } from '../../../src/postgres/reading.ts';
import { load } from '../../support/config-input.ts';

const env = { PGHOST: 'db', PGPORT: '5433', PGUSER: 'app', PGDATABASE: 'trading', PGPASSWORD: 'tell-nobody' };
const conn = load({ env }).config.connection;

function serverError(code: string, message: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, severity: 'FATAL' });
}
const nodeError = (code: string, message = code): Error => Object.assign(new Error(message), { code });

function judged(error: unknown, more: Partial<FailedAttempt> = {}): ConnectionFailure {
  return classify(conn, {
    host: { host: 'db', port: 5433 },
    error,
    stage: 'unreached',
    isTimeout: false,
    ...more,
  });
}

test.each([
  ['ENOTFOUND', 'deadline', 'temporary', /"db" does not resolve/, /share a network/],
  ['EAI_AGAIN', 'deadline', 'temporary', /"db" does not resolve/, /share a network/],
  ['ECONNREFUSED', 'deadline', 'temporary', /db:5433 refuses connections/, /listen_addresses/],
  ['ENETUNREACH', 'deadline', 'temporary', /no route/, /network/],
  ['ECONNRESET', 'deadline', 'temporary', /closes them/, /log/],
  ['EPIPE', 'deadline', 'temporary', /closes them/, /log/],
  ['EPROTO', 'deadline', 'temporary', /db:5433/, /log/],
] as const)('%s', (code, retryPolicy, exit, text, remedy) => {
  expect(judged(nodeError(code))).toMatchObject({
    retryPolicy,
    exit,
    text: expect.stringMatching(text),
    remedy: expect.stringMatching(remedy),
  });
});

test.each([
  ['57P03', 'deadline', 'temporary', /the message/, /log/],
  ['57P01', 'deadline', 'temporary', /the message/, /log/],
  ['53300', 'deadline', 'temporary', /no connection left/, /max_connections/],
  ['53400', 'deadline', 'temporary', /no connection left/, /max_connections/],
  ['53100', 'deadline', 'temporary', /out of resources/, /Make room/],
  ['53200', 'deadline', 'temporary', /out of resources/, /Make room/],
  ['28P01', 'grace', 'denied', /rejects the password of role "app"/, /POSTGRES_PASSWORD does not change it/],
  ['28000', 'grace', 'denied', /the message/, /Create the role "app", or allow it in pg_hba\.conf/],
  ['42501', 'grace', 'denied', /the message/, /GRANT CONNECT ON DATABASE "trading" TO "app"/],
  ['3D000', 'grace', 'config', /database "trading" does not exist on db:5433/, /SLIPWAY_CREATE_DATABASE=on/],
  ['55000', 'grace', 'config', /the message/, /ALLOW_CONNECTIONS true/],
  ['08P01', 'deadline', 'temporary', /the message/, /pooler or proxy/],
  ['08006', 'deadline', 'temporary', /the message/, /pooler or proxy/],
  ['58000', 'deadline', 'temporary', /the message/, /log/],
  ['XX000', 'deadline', 'temporary', /the message/, /log/],
  ['22023', 'grace', 'config', /the message/, /log/],
] as const)('SQLSTATE %s', (code, retryPolicy, exit, text, remedy) => {
  expect(judged(serverError(code, 'the message'), { stage: 'answered' })).toMatchObject({
    retryPolicy,
    exit,
    sqlstate: code,
    text: expect.stringMatching(text),
    remedy: expect.stringMatching(remedy),
  });
});

test.each([
  ['unreached', /does not answer$/],
  ['accepted', /accepts connections but does not answer/],
  ['answered', /accepts connections but does not answer/],
] as const)('nothing came in time: %s', (stage, text) => {
  expect(judged(new Error('x'), { stage, isTimeout: true })).toMatchObject({
    retryPolicy: 'deadline',
    exit: 'temporary',
    text: expect.stringMatching(text),
    remedy: expect.stringMatching(/PGCONNECT_TIMEOUT/),
  });
});

test.each([
  ['CERT_NOT_YET_VALID', /not valid yet/, /clock/],
  ['CERT_HAS_EXPIRED', /has expired/, /clock here is ahead/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /for another name/, /issue it for "db"/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', /not signed by an authority/, /PGSSLROOTCERT/],
  ['SELF_SIGNED_CERT_IN_CHAIN', /not signed by an authority/, /PGSSLROOTCERT/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /not signed by an authority/, /PGSSLROOTCERT/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /not signed by an authority/, /PGSSLROOTCERT/],
])('a certificate: %s', (code, text, remedy) => {
  expect(judged(nodeError(code), { stage: 'accepted' })).toMatchObject({
    retryPolicy: 'none',
    exit: 'config',
    text: expect.stringMatching(text),
    remedy: expect.stringMatching(remedy),
  });
});

test('what no PostgreSQL server says is repeated, whatever else went wrong', () => {
  for (const more of [{ isTimeout: true }, { stage: 'accepted' }, {}] as const) {
    expect(judged(nodeError('EPROTO'), { ...more, foreign: 'HTTP/1.1 400 Bad Request' })).toMatchObject({
      retryPolicy: 'deadline',
      exit: 'temporary',
      text: expect.stringMatching(/db:5433 is not a PostgreSQL server: it says "HTTP\/1\.1 400 Bad Request"/),
    });
  }
});

test('what breaks in the handshake does not get better by waiting', () => {
  const reason = judged(nodeError('CERT_HAS_EXPIRED', 'certificate has expired'), { stage: 'accepted' });
  expect(reason).toMatchObject({
    retryPolicy: 'none',
    exit: 'config',
    remedy: expect.stringMatching(/certificate/),
  });
  const other = judged(new Error('unexpected message H'), { stage: 'accepted' });
  expect(other).toMatchObject({
    retryPolicy: 'none',
    exit: 'config',
    remedy: expect.stringMatching(/does not speak the PostgreSQL protocol/),
  });
});

test.each<[string, unknown, RegExp, RegExp]>([
  [
    'what the driver cannot read',
    new Unreadable(new RangeError('out of range')),
    /not the PostgreSQL protocol/,
    /host and port/,
  ],
  [
    'what the driver has no place for',
    new TypeError("Cannot read properties of undefined (reading 'message')"),
    /not the PostgreSQL protocol/,
    /host and port/,
  ],
  [
    'an objection without SQLSTATE',
    new pg.DatabaseError('received invalid response: ff', 5, 'error'),
    /not the PostgreSQL protocol/,
    /host and port/,
  ],
  [
    'a way to log in that is not known',
    new Unreadable(new Error('Unknown authenticationOk message type 7')),
    /GSSAPI or SSPI/,
    /scram-sha-256/,
  ],
])('a server with %s', (_, error, text, remedy) => {
  const reason = judged(error, { stage: 'answered' });
  expect(reason).toMatchObject({
    exit: 'config',
    text: expect.stringMatching(text),
    remedy: expect.stringMatching(remedy),
  });
  expect(reason.sqlstate).toBeUndefined();
});

test('a failure that is ours keeps its exit and remedy, and is final', () => {
  const ours = new SlipwayError({ exit: 'denied', message: 'none is configured', remedy: 'Set PGPASSWORD.' });
  expect(judged(ours)).toMatchObject({
    retryPolicy: 'none',
    exit: 'denied',
    text: 'db:5433: none is configured',
    remedy: 'Set PGPASSWORD.',
  });
});

test('several addresses that all failed are judged by the first', () => {
  const error = new AggregateError([nodeError('ECONNREFUSED'), nodeError('ENETUNREACH')]);
  expect(judged(error)).toMatchObject({ text: 'db:5433 refuses connections' });
});

test('a server that nobody configured is said to be a guess', () => {
  const guess = load({}).config.connection;
  const host = { host: 'localhost', port: 5432 };
  const failed = { host, error: nodeError('ECONNREFUSED'), stage: 'unreached', isTimeout: false } as const;
  expect(classify(guess, failed).remedy).toMatch(/No server is configured.*DATABASE_URL or PGHOST/);
});

test('a reason has one key as long as there is nothing new to say', () => {
  const keys = [nodeError('ECONNREFUSED'), nodeError('ENOTFOUND'), serverError('57P03', 'starting up')].map(
    (error) => judged(error).key,
  );
  expect(new Set(keys).size).toBe(3);
  expect(judged(nodeError('ECONNREFUSED', 'again')).key).toBe(keys[0]);
});

test('a socket is named by its path', () => {
  const failed = judged(nodeError('ENOENT'), { host: { host: '/var/run', port: 5433 } });
  expect(failed.text).toBe('there is no socket at /var/run/.s.PGSQL.5433');
});

test.each([
  ['53300', 'gentle'],
  ['53400', 'gentle'],
  ['53100', 'gentle'],
  ['57P03', 'brisk'],
  ['3D000', 'brisk'],
] as const)('SQLSTATE %s is waited for at a %s pace', (code, backoff) => {
  expect(judged(serverError(code, 'the message'), { stage: 'answered' })).toMatchObject({ backoff });
});

test('a server that accepts and is silent is asked again at a gentle pace', () => {
  expect(judged(new Error('x'), { stage: 'accepted', isTimeout: true })).toMatchObject({
    backoff: 'gentle',
  });
});
