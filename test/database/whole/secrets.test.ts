import { chmodSync } from 'node:fs';
import pg from 'pg';
import { type Failure, failuresOn } from '../../fixtures/secrets-failures.ts';
import { besides, type Place, places, secret, type Target } from '../../fixtures/secrets-places.ts';
import { type Authority, makeAuthority } from '../../support/certificates.ts';
import { allCommandLines } from '../../support/command-lines.ts';
import { type Instance, makeInstance } from '../../support/instance.ts';
import { searchForSecrets } from '../../support/leaks.ts';
import { type Pooler, pgbouncer, startPooler } from '../../support/pgbouncer.ts';
import { makeProject } from '../../support/project.ts';
import { type SlipwayResult, startSlipway } from '../../support/slipway.ts';
import { makeTerminationLog, whyNoTerminationLog } from '../../support/termination-log.ts';
import { thorough } from '../../support/thorough.ts';

jest.setTimeout(180_000);

const atATime = 4;
/** How often it is looked. */
const everyMs = 50;
/** How much is said, and in which form. */
const variants: readonly { args: string[]; env: Record<string, string> }[] = [
  { args: [], env: {} },
  { args: ['--debug', '--json'], env: {} },
  { args: [], env: { SLIPWAY_LOG_LEVEL: 'trace', SLIPWAY_LOG_FORMAT: 'pretty' } },
];

const hasTerminationLog = whyNoTerminationLog() === null;

let instance: Instance;
let stranger: Authority;
let pooler: Pooler | null = null;
let failures: readonly Failure[];
beforeAll(async () => {
  instance = await makeInstance();
  stranger = makeAuthority();
  const authority = makeAuthority();
  const { certificate, key } = authority.issue('localhost');
  authority.destroy();
  instance.writeFile('server.crt', certificate);
  instance.writeFile('server.key', key);
  instance.writeHba('host all clear all password', 'host all all all scram-sha-256');
  await instance.start({ ssl: 'on' });
  const password = pg.escapeLiteral(secret);
  await instance.query(`
    CREATE ROLE owner LOGIN SUPERUSER PASSWORD ${password};
    CREATE ROLE clear LOGIN PASSWORD ${password};
    CREATE ROLE weak LOGIN PASSWORD ${password};
    CREATE ROLE other LOGIN PASSWORD 'another'`);
  for (const name of ['app', 'fresh']) await instance.query(`CREATE DATABASE ${name}`);
  if (pgbouncer !== null)
    pooler = await startPooler({ ...instance, major: 18, user: 'owner', password: secret }, 'transaction', 5);
  const direct = `postgresql://clear:${encodeURIComponent(secret)}@${instance.host}:${instance.port}/app?sslmode=disable`;
  failures = failuresOn({ stranger, pooler: pooler && { port: pooler.port, direct } });
});
afterAll(async () => {
  await pooler?.stop();
  await instance.destroy();
  stranger.destroy();
});

/** A run of the table, and what is to be inspected afterwards. */
interface Ended {
  readonly title: string;
  readonly code: number;
  readonly result: SlipwayResult;
  readonly word: string;
}

/** Gives the secret in one place, and everywhere besides, to a run that fails. */
async function fail(place: Place, failure: Failure, n: number): Promise<Ended> {
  const variant = variants[n % variants.length] as (typeof variants)[number];
  const target: Target = {
    ...{ host: instance.host, port: instance.port, user: 'owner', database: 'app' },
    ...failure.target,
  };
  const given = place.give(target);
  const project = makeProject({
    'migrations/20250101000000_first.sql': 'CREATE TABLE public.first (id int);',
    ...besides.files,
    ...given.files,
    ...failure.files,
  });
  for (const file of Object.keys(given.files)) chmodSync(project.path(file), 0o600);
  const log = hasTerminationLog ? makeTerminationLog() : null;
  try {
    const env = {
      SLIPWAY_WAIT_TIMEOUT: failure.wait ?? '30s',
      ...besides.env,
      ...given.env,
      ...variant.env,
      ...failure.env,
    };
    const result = await startSlipway([...(failure.args ?? ['up']), ...variant.args], {
      cwd: project.directory,
      env,
      ...(log && { beneath: log.beneath }),
    }).done;
    const isFirst = place.isBad && failure.code !== 64;
    return {
      title: `${failure.title}, ${place.title}`,
      code: isFirst ? 78 : failure.code,
      result,
      word: log?.read() ?? '',
    };
  } finally {
    log?.destroy();
    project.destroy();
  }
}

/** Runs all, so many at a time, and resolves to what came of each. */
async function runAll<T>(runs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const left = [...runs];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) results.push(await next());
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return results;
}

/**
 * Inspects what everybody can see of running processes and sessions, until told to stop; says how often it saw
 * Slipway's.
 */
function inspection(): { stop(): Promise<{ processes: number; sessions: number }> } {
  const seen = { processes: 0, sessions: 0 };
  let isOver = false;
  const mark = secret.slice(0, secret.indexOf('@'));
  const looking = (async () => {
    const client = await instance.connect();
    while (!isOver) {
      const lines = allCommandLines();
      seen.processes += lines.filter((line) => line.includes('slipway.js')).length;
      // Those of other tests have other secrets, and some an argument with one.
      for (const line of lines.filter((text) => text.includes(mark)))
        searchForSecrets('a command line', line);
      const { rows } = await client.query<{ text: string }>(
        `SELECT application_name || ': ' || query AS text FROM pg_stat_activity WHERE application_name LIKE 'slipway %'`,
      );
      seen.sessions += rows.length;
      for (const { text } of rows) searchForSecrets('pg_stat_activity', text);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    await client.end();
  })();
  return {
    async stop() {
      isOver = true;
      await looking;
      return seen;
    },
  };
}

test('whatever fails, and wherever the password stands, nobody gets to see it', async () => {
  const looking = inspection();
  // In CI every other place for a failure, the others for the next.
  const share = thorough({ person: 5, ci: 2, full: 1 });
  const pairs = failures
    .flatMap((failure, f) => places.map((place, p) => ({ failure, place, n: f + p })))
    .filter(({ n }) => n % share === 0);
  const runs = pairs.map(
    ({ place, failure, n }) =>
      () =>
        fail(place, failure, n),
  );
  const ended = await runAll(runs);
  const { processes, sessions } = await looking.stop();
  expect(
    ended
      .filter(({ code, result }) => result.code !== code)
      .map(({ title, code, result }) => `${title}: ${result.code}, not ${code}\n${result.stderr}`),
  ).toEqual([]);
  expect(ended).toHaveLength(pairs.length);
  expect(processes).toBeGreaterThan(0);
  expect(sessions).toBeGreaterThan(0);
  if (!hasTerminationLog) return;
  expect(ended.filter(({ word }) => word !== '').length).toBeGreaterThan(pairs.length / 2);
  for (const { word, result } of ended) {
    searchForSecrets('the termination log', word);
    // It says what the log says, which is searched wherever a run fails.
    for (const { msg, remedy } of result.logs.filter(({ event }) => event === 'failed'))
      expect(word.startsWith(`${msg}. ${remedy}\n`)).toBe(true);
  }
});
