import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { type SlipwayResult, slipway } from '../../support/slipway.ts';
import { terminationLogOrSay } from '../../support/termination-log.ts';

/** Clears the screen, sets a title, rings, a C1 introducer, an override of the direction of text, and begins a line. */
const hostile = '\u001b[2J\u001b]0;owned\u0007\u009b31m\u007f\u202eevil\u2066\u200b\ufeff\rGone';
const shown = String.raw`\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202eevil\u2066\u200b\ufeff\rGone`;
/** What a terminal obeys; line ends and tabs are what text is made of. */
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

const version = '20250101000000';
const file = `migrations/${version}_a.sql`;
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const raises = (level: string): string => `DO $$ BEGIN RAISE ${level} '%', ${literal(hostile)}; END $$;`;

interface Case {
  readonly title: string;
  readonly line: string;
  /** Of the project. */
  readonly files: Readonly<Record<string, string>>;
  readonly before?: readonly string[];
  /** Done to the database after `before`. */
  readonly sql?: string;
  readonly code: number;
}

const plain = { [file]: 'CREATE TABLE a (x int);\n' };
const lost = `ALTER TABLE a RENAME TO ${quoted(hostile)}; CREATE TABLE ${quoted(`b${hostile}`)} (x int)`;
const cases: readonly Case[] = [
  { title: 'a NOTICE of a migration', line: 'up', files: { [file]: raises('NOTICE') }, code: 0 },
  { title: 'a WARNING of a migration', line: 'up', files: { [file]: raises('WARNING') }, code: 0 },
  {
    title: 'an error message with its excerpt',
    line: 'up',
    files: { [file]: raises('EXCEPTION') },
    code: 65,
  },
  {
    title: 'a syntax error at such a name',
    line: 'up',
    files: { [file]: `SELEKT ${quoted(hostile)};` },
    code: 65,
  },
  {
    title: 'the name of a migration',
    line: 'plan',
    files: { [`migrations/${version}_${hostile}.sql`]: 'SELECT 1;' },
    code: 65,
  },
  {
    title: 'the name of a file that is none',
    line: 'plan',
    files: { ...plain, [`migrations/${hostile}.sql`]: 'SELECT 1;' },
    code: 65,
  },
  {
    title: 'names of relations',
    line: 'up',
    files: plain,
    sql: `CREATE TABLE ${quoted(hostile)} (x int)`,
    code: 80,
  },
  {
    title: 'names of objects in a drift',
    line: 'up',
    files: plain,
    before: ['check --write', 'up'],
    sql: lost,
    code: 85,
  },
  {
    title: 'names of objects in status --drift',
    line: 'status --drift',
    files: plain,
    before: ['check --write', 'up'],
    sql: lost,
    code: 0,
  },
  {
    title: 'texts of objects in status --drift',
    line: 'status --drift',
    files: plain,
    before: ['check --write', 'up'],
    sql: `ALTER TABLE a ALTER x SET DEFAULT length(${literal(hostile)})`,
    code: 0,
  },
  {
    title: "another tool's rows",
    line: 'status',
    files: plain,
    sql: `CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES (${literal(hostile)}), ('b')`,
    code: 0,
  },
  {
    title: 'a name in the ledger',
    line: 'status --all',
    files: plain,
    before: ['up'],
    sql: `UPDATE slipway.ledger SET name = ${literal(hostile)}, applied_by = ${literal(hostile)}`,
    code: 0,
  },
  {
    title: 'a finding of repair',
    line: 'repair',
    files: plain,
    before: ['check --write', 'up'],
    sql: `ALTER TABLE a ALTER x SET DEFAULT length(${literal(hostile)})`,
    code: 1,
  },
  { title: 'an error of check', line: 'check --write', files: { [file]: raises('EXCEPTION') }, code: 65 },
  {
    title: 'a decision of squash',
    line: 'squash --carried-by 1',
    files: {
      [file]: `CREATE TABLE ${quoted(hostile)} (x timestamptz); INSERT INTO ${quoted(hostile)} VALUES (clock_timestamp());`,
    },
    before: ['check --write'],
    code: 1,
  },
  { title: 'an unknown option', line: `plan --${hostile}`, files: plain, code: 64 },
  { title: 'an unknown command', line: hostile, files: plain, code: 64 },
  { title: 'the output of a command that fails', line: '', files: plain, code: 66 },
];

describe('Hostile and odd: text that would steer a terminal', () => {
  const scene = useScenes();
  const made = async ({ files, before = [], sql }: Case): Promise<Scene> => {
    const site = await scene({});
    for (const [path, text] of Object.entries(files)) writeFileSync(join(site.project.directory, path), text);
    for (const line of before) expectSuccess(await site.run(line, { SLIPWAY_SHADOW_URL: site.database.url }));
    if (sql !== undefined) await site.database.query(sql);
    return site;
  };
  const tried = (site: Scene, { line }: Case, more = {}, env = {}): Promise<SlipwayResult> =>
    slipway(
      line === '' ? ['new', 'x', '--from-command', `printf '${hostile}' >&2; exit 1`] : line.split(' '),
      {
        cwd: site.project.directory,
        env: {
          ...site.database.env,
          SLIPWAY_SHADOW_URL: site.database.url,
          SLIPWAY_LOG_FORMAT: 'pretty',
          ...env,
        },
        ...more,
      },
    );

  test.each(cases)('$title: shown escaped, and obeyed by nobody', async (kind) => {
    const site = await made(kind);
    const json = await tried(site, kind, {}, { SLIPWAY_LOG_FORMAT: 'json' });
    const pretty =
      kind.code === 0 && kind.line === 'up' ? await tried(await made(kind), kind) : await tried(site, kind);
    expect({ json: json.code, pretty: pretty.code }).toEqual({ json: kind.code, pretty: kind.code });
    expect(pretty.stdout + pretty.stderr).toMatch(/\\(?:x|u00)1b\[2J/);
    for (const text of [json.stdout, json.stderr, pretty.stdout, pretty.stderr])
      expect(text).not.toMatch(obeyed);
  });

  test('a message of several lines cannot pass for a line of the log', async () => {
    const forged = '\n[00:00:00.000] • the database is at 20990101000000';
    const site = await made({
      title: '',
      line: '',
      code: 0,
      files: { [file]: `DO $$ BEGIN RAISE NOTICE 'a%', ${literal(forged)}; END $$;` },
    });
    const { stderr } = await tried(site, { title: '', line: 'up', code: 0, files: {} });
    expect(stderr).toMatch(/^ {4}\[00:00:00\.000\] • the database is at 20990101000000$/m);
  });

  test('our own colours stay, on a terminal and where they are asked for', async () => {
    const kind = cases.find(({ line }) => line === 'status --drift') as Case;
    const site = await made(kind);
    const onTerminal = await tried(site, kind, {
      beneath: ['/bin/sh', '-c', 'TERM=xterm exec script -qec "$*" /dev/null', 'sh'],
    });
    const red = '\u001b[31m-\u001b[39m';
    expect(onTerminal.stdout).toContain(`${red} table public.a: missing`);
    expect(onTerminal.stdout).not.toContain('\u001b[2J');
    expect((await tried(site, kind)).stdout).toContain('- table public.a: missing');
    const forced = await tried(site, kind, {}, { FORCE_COLOR: '1' });
    expect(forced.stdout).toContain(`${red} table public.a: missing`);
    expect((await tried(site, kind, {}, { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(red);
  });

  test('the termination log: escaped, line by line', async () => {
    const log = terminationLogOrSay();
    if (log === null) return;
    try {
      const kind = cases.find(({ title }) => title === 'names of objects in a drift') as Case;
      expect((await tried(await made(kind), kind, { beneath: log.beneath })).code).toBe(85);
      expect(log.read()).toMatch(/^the schema does not match 20250101000000/);
      expect(log.read()).toContain(shown.slice(0, 20));
      expect(log.read()).not.toMatch(obeyed);
    } finally {
      log.destroy();
    }
  });
});
