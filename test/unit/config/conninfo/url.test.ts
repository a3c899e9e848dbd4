import { readDsn } from '../../../../src/config/conninfo/dsn.ts';
import { type ConnText, sortPairs } from '../../../../src/config/conninfo/text.ts';
import { isUrl, readUrl } from '../../../../src/config/conninfo/url.ts';

function read(text: string): ConnText {
  const list = isUrl(text) ? readUrl(text) : readDsn(text);
  const sorted = list.kind === 'bad' ? list : sortPairs(list.pairs);
  if (sorted.kind === 'bad') throw new Error(`${sorted.message}. ${sorted.remedy}`);
  return sorted;
}

const parametersOf = (text: string) => Object.fromEntries(read(text).parameters);

describe('what a connection string says', () => {
  test.each<[string, Record<string, string>]>([
    ['postgresql://', {}],
    ['postgres://db', { host: 'db' }],
    ['postgresql:///app', { dbname: 'app' }],
    ['postgresql://u:p@db:6543/app', { user: 'u', password: 'p', host: 'db', port: '6543', dbname: 'app' }],
    ['postgresql+asyncpg://u@db/app', { user: 'u', host: 'db', dbname: 'app' }],
    ['postgresql+psycopg2://db', { host: 'db' }],
    ['postgres://u:@db/', { user: 'u', host: 'db' }],
    ['postgres://a:1,b,[::1]:3/app', { host: 'a,b,::1', port: '1,,3', dbname: 'app' }],
    ['postgres://a,b/app', { host: 'a,b', dbname: 'app' }],
    ['postgres://[2001:db8::1234]/app', { host: '2001:db8::1234', dbname: 'app' }],
    ['postgres://[fe80::1%25eth0]:5/', { host: 'fe80::1%eth0', port: '5' }],
    ['postgres://%2Fvar%2Frun/app', { host: '/var/run', dbname: 'app' }],
    ['postgres:///app?host=/var/run&port=1', { host: '/var/run', port: '1', dbname: 'app' }],
    ['postgres://%75%20x:p%40%3a%2F@db/a%C3%A9', { user: 'u x', password: 'p@:/', host: 'db', dbname: 'aé' }],
    ['postgres://u:a?b#c@db/app', { user: 'u', password: 'a?b#c', host: 'db', dbname: 'app' }],
    ['postgres://db?user=u&password=p', { host: 'db', user: 'u', password: 'p' }],
    ['postgres://db/app?dbname=other', { host: 'db', dbname: 'other' }],
    ['postgres://db/?options=-c%20a%3Db', { host: 'db', options: '-c a=b' }],
    ['postgres://db?ssl=true', { host: 'db', sslmode: 'require' }],
    ['postgres://db?ssl=require', { host: 'db', sslmode: 'require' }],
    ['postgres://db?sslmode=verify-full&ssl=true', { host: 'db', sslmode: 'verify-full' }],
    ['host=db port=1 dbname=app', { host: 'db', port: '1', dbname: 'app' }],
    [" host = db  password = 'a b\\'c' ", { host: 'db', password: "a b'c" }],
    ['password=a\\ b\\\\', { password: 'a b\\' }],
    ["user='' dbname=app", { dbname: 'app' }],
  ])('%s', (text, parameters) => {
    expect(parametersOf(text)).toEqual(parameters);
  });
});

describe('Hostile and odd: URLs of other programs', () => {
  test.each(['postgis', 'pgsql', 'timescale', 'postgis+psycopg2', 'POSTGIS'])('%s:// is known', (scheme) => {
    expect(parametersOf(`${scheme}://u@db/app`)).toEqual({ user: 'u', host: 'db', dbname: 'app' });
  });

  test.each([
    'connection_limit=5',
    'pool_timeout=2',
    'pgbouncer=true',
    'prepareThreshold=0',
    'pool_max_conns=4',
    'pool_max_conn_lifetime_jitter=1m',
    'pool_health_check_period=1m',
    'default_query_exec_mode=simple_protocol',
    'prepare_threshold=0',
    'row_factory=dict_row',
    'min_size=1',
    'autocommit=true',
  ])('%s is ignored with a note', (parameter) => {
    const { parameters, notes } = read(`postgres://db?${parameter}`);
    expect([...parameters.keys()]).toEqual(['host']);
    expect(notes).toEqual([expect.stringContaining(parameter.split('=')[0] ?? '?')]);
  });

  test.each(['schema=app', 'currentSchema=app'])('%s: the note says what to do instead', (parameter) => {
    expect(read(`postgres://db?${parameter}`).notes).toEqual([
      expect.stringMatching(/write the schema's name in the SQL, or give options=-csearch_path%3DNAME/),
    ]);
  });

  test.each(['timezone=UTC', 'statement_timeout=5000'])('%s: the note says how it is given', (parameter) => {
    const name = parameter.split('=')[0];
    expect(read(`postgres://db?${parameter}`).notes).toEqual([
      expect.stringContaining(`give a session's setting as options=-c${name}%3DVALUE`),
    ]);
  });
});

describe('what is refused', () => {
  test.each<[string, string]>([
    ['mysql://db/app', 'the URL does not begin with postgresql://'],
    ['jdbc:postgresql://db/app', 'it is a JDBC URL. Leave out jdbc:'],
    ['postgres://db?search_path=app', 'write options=-csearch_path%3DVALUE in its place'],
    ['postgres://db?role=owner', 'write options=-crole%3DVALUE in its place'],
    ['postgres://db?sslmode=', 'the parameter sslmode is empty'],
    ['postgres://u:p%zz@db/app', 'the % at character 15 is not followed'],
    ['postgres://u:p@db/100%', 'the % at character 22 is not followed'],
    ['postgres://u:p%00@db/', 'the %00 at character 15'],
    ['postgres://u:p%ff@db/', 'the escapes from character 15 on do not make UTF-8'],
    ['postgres://u:p@ss@db/', 'the @ at character 18 comes after the host'],
    ['postgres://u:p/ss@db/', 'the @ at character 18 comes after the host'],
    ['postgres://u:pass', 'the port at character 14 is not a number'],
    ['postgres://[::1', 'the host at character 12 is malformed'],
    ['postgres://[::1]x/', 'the host at character 12 is malformed'],
    ['postgres://[]/', 'the brackets at character 12 are empty'],
    ['postgres://::1/', 'the IPv6 address at character 12 has no brackets'],
    ['postgres://db?sslmode', 'the parameter at character 15 is not name=value'],
    ['postgres://db?a=b=c', 'the parameter at character 15 is not name=value'],
    ['postgres://db?sslmod=require', "the parameter sslmod is not one of libpq's. Did you mean sslmode?"],
    ['postgres://db?sslaccept=strict', "the parameter sslaccept is not one of libpq's"],
    ['postgres://db?password=can&ary=1', 'an unknown parameter begins at character 28'],
    ['postgres://db?ssl=maybe', 'the value of ssl is not known'],
    ['nonsense', 'name=value is expected at character 1'],
    ['"postgres://db"', 'name=value is expected at character 1'],
    ["password='open", 'the quote at character 10 is not closed'],
    ['password=two words', 'name=value is expected at character 14'],
    ['password=two wo=rds', 'an unknown parameter begins at character 14'],
    ['hots=db', "the parameter hots is not one of libpq's. Did you mean host?"],
  ])('%s', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
