import pg from 'pg';
import { classify } from '../../../src/postgres/failure.ts';
import { type PoolerMessage, poolerMessage } from '../../../src/postgres/pooler-messages.ts';
import { load } from '../../support/config-input.ts';
import { poolerTexts } from '../../support/pooler-texts.ts';

const conn = load({
  env: { PGHOST: 'pool', PGUSER: 'app', PGDATABASE: 'trading', PGPASSWORD: 'tell-nobody' },
}).config.connection;

/** What becomes of each at a login, and which words say what to do. */
const expected: Readonly<
  Record<PoolerMessage, readonly [retryPolicy: string, exit: string, remedy: RegExp]>
> = {
  full: ['deadline', 'temporary', /default_pool_size.*SLIPWAY_WAIT_TIMEOUT/],
  serverDown: ['deadline', 'temporary', /server behind it running/],
  stopping: ['deadline', 'temporary', /RESUME/],
  limit: ['deadline', 'temporary', /Raise that limit/],
  statementMode: ['none', 'config', /pool_mode/],
  setUp: ['grace', 'config', /its configuration/],
  login: ['grace', 'denied', /the role "app"/],
};

test.each(poolerTexts.map((one) => [one.who, one.text, one] as const))(
  '%s: %s',
  (_, __, { severity, code, text, word }) => {
    const error = Object.assign(new pg.DatabaseError(text, text.length, 'error'), { severity, code });
    expect(poolerMessage(error)).toBe(word);
    const [retryPolicy, exit, remedy] = expected[word];
    const host = { host: 'pool', port: 6432 };
    expect(classify(conn, { host, error, stage: 'answered', isTimeout: false })).toMatchObject({
      retryPolicy,
      exit,
      sqlstate: code,
      text: expect.stringContaining(`pool:6432`),
      remedy: expect.stringMatching(remedy),
    });
  },
);

test.each([
  ['42601', 'syntax error at or near "query_wait_timeout"'],
  ['P0001', 'no more connections allowed (max_client_conn)'],
  ['28P01', 'password authentication failed for user "app"'],
  ['53300', 'sorry, too many clients already'],
  ['53300', 'remaining connection slots are reserved for roles with the SUPERUSER attribute'],
  ['57P03', 'the database system is starting up'],
  ['XX000', 'cache lookup failed for relation 16384'],
  ['XX000', 'tuple concurrently updated'],
  ['08001', 'could not establish connection'],
  ['08003', 'connection not available'],
  ['58P01', 'could not open file "base/1/2": No such file or directory'],
])('what the server itself says is no word of a pooler: %s %s', (code, message) => {
  expect(poolerMessage({ code, message })).toBeNull();
});
