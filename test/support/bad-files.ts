/** The first migration of each of these projects. */
export const early = 'migrations/20250101000000_a.sql';
/** A project in which nothing is bad. */
export const first: Readonly<Record<string, string>> = { [early]: 'CREATE TABLE a (x int);' };
const bad = 'migrations/20250102000000_bad.sql';
/** The first migration, and a second of this text. */
export const withSql = (text: string | Buffer) => ({ ...first, [bad]: text });
const withModule = (text: string) => ({ ...first, [mjs]: text });
const mjs = 'migrations/20250102000000_bad.mjs';
export const baseline = 'sql/baseline.sql';
/** What a baseline begins with. */
export const dated = '-- slipway: version 20250101000000\n';

export interface BadFiles {
  readonly what: string;
  readonly files: Readonly<Record<string, string | Buffer>>;
  /** 65 where it is not said. */
  readonly code?: number;
  readonly names: RegExp;
  readonly place?: string;
  readonly remedy: RegExp;
}

/** Projects that are refused, each with what is to be said of it. */
export const badFiles: readonly BadFiles[] = [
  {
    what: 'an empty file',
    files: withSql(''),
    names: /the file is empty/,
    place: `${bad}:1:1`,
    remedy: /delete the file/,
  },
  {
    what: 'white space alone',
    files: withSql(' \n\t\n'),
    names: /the file is empty/,
    place: `${bad}:1:1`,
    remedy: /delete the file/,
  },
  {
    what: 'comments alone',
    files: withSql('-- to do\n/* later */\n'),
    names: /comments but no statement/,
    place: `${bad}:1:1`,
    remedy: /delete the file/,
  },
  {
    what: 'an empty baseline',
    files: { [baseline]: dated },
    names: /comments but no statement/,
    place: `${baseline}:1:1`,
    remedy: /Write its SQL/,
  },
  {
    what: 'invalid UTF-8',
    files: withSql(
      Buffer.concat([Buffer.from("SELECT 1;\nSELECT 'é"), Buffer.from([0xe9]), Buffer.from("';")]),
    ),
    names: /not UTF-8: byte 0xe9 at offset 20/,
    place: `${bad}:2:10`,
    remedy: /Save it as UTF-8/,
  },
  {
    what: 'UTF-16',
    files: withSql(Buffer.from('\uFEFFSELECT 1;', 'utf16le')),
    names: /UTF-16/,
    place: bad,
    remedy: /Save it as UTF-8/,
  },
  {
    what: 'a NUL byte',
    files: withSql('SELECT 1;\n  \0SELECT 2;'),
    names: /NUL byte/,
    place: `${bad}:2:3`,
    remedy: /Remove it/,
  },
  {
    what: 'an unfinished merge',
    files: withSql('<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> main\n'),
    code: 66,
    names: /unfinished merge/,
    place: `${bad}:1:1`,
    remedy: /Resolve the merge/,
  },
  {
    what: 'a name without version',
    files: { ...first, 'migrations/add_fee.sql': 'SELECT 1;' },
    names: /no version/,
    place: 'migrations/add_fee.sql',
    remedy: /20251204093000_add_fee_tier\.sql/,
  },
  {
    what: 'two files with one version',
    files: { ...first, 'migrations/20250101000000_b.sql': 'SELECT 1;' },
    names: /20250101000000 is already taken by migrations\/20250101000000_a\.sql/,
    place: 'migrations/20250101000000_b.sql',
    remedy: /--restamp migrations\/20250101000000_b\.sql/,
  },
  {
    what: 'a COMMIT',
    files: withSql('CREATE TABLE b ();\nCOMMIT;'),
    names: /COMMIT in a file that runs in a transaction/,
    place: `${bad}:2:1`,
    remedy: /Remove it/,
  },
  {
    what: 'a COMMIT and a BEGIN around what is to escape',
    files: withSql('CREATE TABLE b ();\n/* x */ COMMIT; CREATE TABLE c ();\nBEGIN;\nCREATE TABLE d ();'),
    names: /COMMIT in a file that runs in a transaction/,
    place: `${bad}:2:9`,
    remedy: /commits both together/,
  },
  {
    what: 'a COMMIT in a DO block',
    files: withSql('CREATE TABLE b ();\nDO $$ BEGIN\n  COMMIT;\nEND $$;'),
    names: /invalid transaction termination/,
    place: `${bad}:3:3`,
    remedy: /-- slipway: no-transaction/,
  },
  {
    what: 'a ROLLBACK in the baseline',
    files: { [baseline]: `${dated}CREATE TABLE b ();\nROLLBACK;` },
    names: /ROLLBACK in a file that runs in a transaction/,
    place: `${baseline}:3:1`,
    remedy: /Remove it/,
  },
  {
    what: 'CREATE INDEX CONCURRENTLY without the directive',
    files: withSql('-- fast\nCREATE INDEX CONCURRENTLY i ON a (x);'),
    names: /CREATE INDEX CONCURRENTLY cannot run inside a transaction/,
    place: `${bad}:2:1`,
    remedy: /first line of the file: -- slipway: no-transaction/,
  },
  {
    what: 'VACUUM in the baseline',
    files: { [baseline]: `${dated}CREATE TABLE b ();\nVACUUM b;` },
    names: /VACUUM cannot run inside a transaction/,
    place: `${baseline}:3:1`,
    remedy: /Leave it out: in a new database there is nothing to tidy up/,
  },
  {
    what: 'a repeated file with two statements',
    files: withSql('-- slipway: repeat\nUPDATE a SET x = 1;\nUPDATE a SET x = 2;'),
    names: /a file that is repeated has 2 statements/,
    place: `${bad}:3:1`,
    remedy: /Make one file of each/,
  },
  {
    what: 'a no-transaction file with a level of isolation',
    files: withSql('-- slipway: no-transaction\n-- slipway: isolation serializable\nVACUUM;'),
    names: /a no-transaction file asks for a level of isolation/,
    place: `${bad}:2:1`,
    remedy: /Remove the directive/,
  },
  {
    what: 'a migration that is to commit in its midst',
    files: withSql('CREATE TABLE b ();\n-- slipway: commit\nCREATE TABLE c ();'),
    names: /`-- slipway: commit` in a file that is no fix/,
    place: `${bad}:2:1`,
    remedy: /Remove the line/,
  },
  {
    what: 'something that cannot be allowed',
    files: withSql('-- slipway: allow everything\nDROP TABLE a;'),
    names: /"everything" is nothing that can be allowed/,
    place: `${bad}:1`,
    remedy: /access-exclusive/,
  },
  {
    what: 'a no-transaction baseline',
    files: { [baseline]: `${dated}-- slipway: no-transaction\nCREATE TABLE b ();` },
    names: /the baseline asks for no-transaction/,
    place: `${baseline}:1:1`,
    remedy: /Remove the directive/,
  },
  {
    what: 'an unknown directive',
    files: withSql('-- slipway: no-transactions\nVACUUM;'),
    names: /unknown directive "no-transactions"/,
    place: `${bad}:1`,
    remedy: /Known are: no-transaction/,
  },
  {
    what: 'a baseline without its version',
    files: { [baseline]: 'CREATE TABLE b ();' },
    names: /does not name its version/,
    place: `${baseline}:1`,
    remedy: /-- slipway: version/,
  },
  {
    what: 'a psql command in a migration',
    files: withSql('CREATE TABLE b ();\n\\i other.sql\n'),
    names: /\\i is a command of psql/,
    place: `${bad}:2:1`,
    remedy: /Put the content of that file here/,
  },
  {
    what: 'a psql command in the baseline',
    files: { [baseline]: `${dated}\\connect other\nCREATE TABLE b ();` },
    names: /\\connect is a command of psql/,
    place: `${baseline}:2:1`,
    remedy: /Dump without --create/,
  },
  {
    what: 'a psql command at the end of a statement',
    files: withSql(`SELECT 'CREATE TABLE b ()' \\gexec`),
    names: /\\gexec is a command of psql/,
    place: `${bad}:1:28`,
    remedy: /DO block with EXECUTE/,
  },
  {
    what: 'COPY data without an end',
    files: withSql('COPY a FROM stdin;\n1\n2\n'),
    names: /without the line \\\. that ends its data/,
    place: `${bad}:1:1`,
    remedy: /as pg_dump writes it/,
  },
  {
    what: 'a quote that is never closed',
    files: withSql("SELECT 1;\nSELECT 'x;\nSELECT 2;\n"),
    names: /never closed|not closed|no end/,
    place: `${bad}:2:8`,
    remedy: /./,
  },
  {
    what: 'a module without up',
    files: withModule('export function down() {}'),
    names: /does not export a function "up"/,
    place: mjs,
    remedy: /export async function up\(\{ client \}\)/,
  },
  {
    what: 'a module that throws',
    files: withModule(
      "export async function up({ client }) {\n  await client.query('CREATE TABLE b ()');\n  throw new Error('no such fee');\n}",
    ),
    names: /no such fee/,
    place: `${mjs}:3:9`,
    remedy: /Correct the migration/,
  },
  {
    what: 'a module that throws when it is loaded',
    files: withModule("\nthrow new Error('early');"),
    names: /cannot be loaded: early/,
    place: `${mjs}:2:7`,
    remedy: /import only `node:` modules/,
  },
  {
    what: 'a module that imports a relative path',
    files: {
      ...withModule("import { x } from './lib.js';\nexport function up() {}"),
      'migrations/lib/lib.js': '',
    },
    names: /it imports ".\/lib.js"/,
    place: `${mjs}:1:20`,
    remedy: /would escape its checksum/,
  },
  {
    what: 'a module that imports a package',
    files: withModule("// why\nimport pg from 'pg';\nexport function up() {}"),
    names: /it imports "pg"/,
    place: `${mjs}:2:17`,
    remedy: /only `node:` modules/,
  },
  {
    what: 'a module that imports later',
    files: withModule("export async function up() {\n  await import('./lib.js');\n}"),
    names: /it imports ".\/lib.js"/,
    place: `${mjs}:2:16`,
    remedy: /only `node:` modules/,
  },
  {
    what: 'a module that imports what it computes',
    files: withModule("export async function up() {\n  await import('./' + 'lib.js');\n}"),
    names: /it computes the name of an import/,
    remedy: /only `node:` modules/,
  },
  {
    what: 'a module with a syntax error',
    files: withModule('export function up() {\n  return (;\n}'),
    names: /cannot be loaded: Unexpected token|syntax error/,
    remedy: /./,
  },
  {
    what: 'a module that is CommonJS',
    files: withModule('module.exports.up = () => {};'),
    names: /cannot be loaded: module is not defined/,
    remedy: /ECMAScript module/,
  },
  {
    what: 'a no-transaction module',
    files: withModule('// slipway: no-transaction\nexport function up() {}'),
    names: /a module cannot be no-transaction/,
    place: mjs,
    remedy: /as \.sql/,
  },
  {
    what: 'a folder instead of a migration',
    files: { ...first, [`${bad}/x`]: '' },
    code: 66,
    names: /a directory stands where a file should be/,
    place: bad,
    remedy: /bind mount/,
  },
  {
    what: 'a folder instead of the baseline',
    files: { [`${baseline}/x`]: '' },
    code: 66,
    names: /a directory stands where a file should be/,
    place: baseline,
    remedy: /bind mount/,
  },
];
