import { atOnce } from '../../support/at-once.ts';
import { type Lie, lyingServer, message, objection } from '../../support/lying-server.ts';
import { type PoolerText, poolerTexts } from '../../support/pooler-texts.ts';
import { makeProject, type Project } from '../../support/project.ts';
import { expectFailure } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';

jest.setTimeout(90_000);

const version = '20250101000000';

const firstOf = (who: string, word: PoolerText['word']): PoolerText => {
  const found = poolerTexts.find((one) => one.who === who && one.word === word);
  if (!found) throw new Error(`${who} has no text for ${word}`);
  return found;
};

const bytesOf = ({ severity, code, text }: PoolerText): Buffer => objection(severity, code, text);

/** What a pooler says instead of an answer; pgcat goes on after it, and the others hang up. */
const saying =
  (said: PoolerText): NonNullable<Lie['query']> =>
  (socket) => {
    const bytes = bytesOf(said);
    if (said.who === 'pgcat') socket.write(Buffer.concat([bytes, message('Z', 'I')]));
    else socket.end(bytes);
  };

const passing = [
  firstOf('PgBouncer', 'full'),
  firstOf('PgBouncer', 'serverDown'),
  firstOf('PgBouncer', 'stopping'),
  firstOf('Supavisor', 'full'),
  firstOf('Supavisor', 'serverDown'),
  firstOf('pgcat', 'full'),
  firstOf('pgcat', 'serverDown'),
  firstOf('Odyssey', 'full'),
  firstOf('Odyssey', 'serverDown'),
  firstOf('RDS Proxy', 'full'),
  firstOf('Neon', 'serverDown'),
  firstOf('Neon', 'full'),
].map((one) => [one.who, one.text, one] as const);

const commands = [
  'plan',
  'status',
  'wait --timeout 2s',
  'wait --timeout 0',
  'down',
  'adopt --as head',
  'repair',
];

describe('Hostile and odd: a pooler that is full, cut off or restarting', () => {
  let project: Project;
  type Outcome = SlipwayResult & { readonly connections: number };
  const gate = atOnce(8);
  /** What takes its time, by what is tried; all of it begins with the first test. */
  const begun = new Map<string, Promise<Outcome>>();
  const begin = (key: string, args: string, lie: Lie): void => {
    const outcome = gate(() => against(args, lie));
    outcome.catch(() => undefined);
    begun.set(key, outcome);
  };
  beforeAll(() => {
    project = makeProject({ [`migrations/${version}_table.sql`]: 'CREATE TABLE public.items (n int);' });
    for (const [who, text, said] of passing) {
      begin(`answer ${who} ${text}`, 'up', { query: saying(said) });
      begin(`login ${who} ${text}`, 'plan', { login: (socket) => void socket.end(bytesOf(said)) });
    }
    for (const args of commands) begin(args, args, { query: saying(firstOf('PgBouncer', 'full')) });
  });
  afterAll(async () => {
    await Promise.allSettled(begun.values());
    project.destroy();
  });

  async function against(args: string, lie: Lie): Promise<Outcome> {
    const server = await lyingServer(lie);
    const env = {
      PGHOST: '127.0.0.1',
      PGPORT: String(server.port),
      PGUSER: 'app',
      PGSSLMODE: 'disable',
      SLIPWAY_WAIT_TIMEOUT: '2s',
    };
    const result = await slipway(args.split(' '), { cwd: project.directory, env });
    await server.close();
    return { ...result, connections: server.connections };
  }
  const waited = ({ logs }: SlipwayResult) => logs.filter(({ event }) => event === 'waiting');

  test.each(passing)('%s says "%s" instead of an answer: waited for, and 75', async (who, text) => {
    const result = (await begun.get(`answer ${who} ${text}`)) as Outcome;
    expectFailure(result, {
      code: 75,
      names: new RegExp(`pool.* at 127\\.0\\.0\\.1:\\d+ .*${escaped(text)} \\(gave up after`),
      remedy: /default_pool_size|server behind it|RESUME/,
    });
    expect(waited(result)).toHaveLength(1);
    expect(result.connections).toBeGreaterThan(2);
    expect(result.ms).toBeLessThan(15_000);
  });

  test.each(passing)('%s says "%s" to a login: waited for, and 75', async (who, text) => {
    const result = (await begun.get(`login ${who} ${text}`)) as Outcome;
    expectFailure(result, {
      code: 75,
      names: new RegExp(`${escaped(text)} \\(gave up after`),
      remedy: /default_pool_size|server behind it|RESUME/,
    });
    expect(waited(result)).toHaveLength(1);
  });

  test.each(commands)('%s, where a pooler answers with query_wait_timeout: 75, in time', async (args) => {
    const result = (await begun.get(args)) as Outcome;
    expectFailure(result, { code: 75, names: /query_wait_timeout/, remedy: /./ });
    expect(result.ms).toBeLessThan(15_000);
  });

  test('an error of class 08 that no list has: 75', async () => {
    const odd = {
      who: 'A proxy',
      severity: 'FATAL',
      code: '08004',
      text: 'not today',
      word: 'full',
    } as const;
    for (const lie of [
      { query: saying(odd) },
      { login: (socket) => void socket.end(objection('FATAL', '08004', odd.text)) },
    ] as Lie[]) {
      expectFailure(await against('up', lie), { code: 75, names: /not today/, remedy: /log/ });
    }
  });

  test('only what names statement pooling is 78, at once', async () => {
    const result = await against('up', { query: saying(firstOf('PgBouncer', 'statementMode')) });
    expectFailure(result, { code: 78, names: /statement pooling mode/, remedy: /pool_mode/ });
  });

  test('a pooler that limits how long a query may take ends each try: 75, and the remedy names that limit', async () => {
    const result = await against('up', { query: saying(firstOf('PgBouncer', 'limit')) });
    expectFailure(result, { code: 75, names: /client_idle_timeout/, remedy: /Raise that limit/ });
  });
});

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
