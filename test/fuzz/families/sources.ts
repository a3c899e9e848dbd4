import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { maskSecrets } from '../../../src/core/redact-sql.ts';
import { prepareScript } from '../../../src/migrate/prepare-script.ts';
import type { Migration } from '../../../src/migrations/migration.ts';
import { assemble, type FoundFile } from '../../../src/migrations/read.ts';
import { decodeSource } from '../../../src/migrations/source.ts';
import { excerptAt, placeAt } from '../../../src/sql/place.ts';
import { parseSql, type SqlScript } from '../../../src/sql/script.ts';
import type { Source } from '../../../src/sql/source.ts';
import {
  createdExtensions,
  createdRelations,
  destructiveStatements,
  namedConcurrentIndex,
} from '../../../src/sql/statements.ts';
import { tokenDigest } from '../../../src/sql/token-digest.ts';
import { canary } from '../canary.ts';
import type { Family, Observed } from '../family.ts';
import { anyText, longText, mutated, mutatedBytes } from '../texts.ts';

interface Input {
  /** The file's bytes, a character each. */
  readonly latin1: string;
  readonly as: 'baseline' | 'migration' | 'down' | 'module';
}

/** SQL that somebody wrote or pg_dump did: the project's own, and what its tests hold. */
const realSql = (root: string): string[] =>
  ['sql', 'migrations', 'test/fixtures'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.sql'))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  );

const statements = [
  'CREATE TABLE a (x int);',
  'CREATE TABLE "a""b"."c" (x text DEFAULT \'it\'\'s\');',
  "SELECT E'\\'', U&'\\0041', U&\"d\\0061t\\+000061\", N'n', B'1', X'f';",
  'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;',
  'CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2);',
  'DO $$ BEGIN RAISE NOTICE $q$x;$q$; END $$;',
  'COPY a (x) FROM stdin;\n1\t2\n\\N\n\\.\n',
  'COPY a FROM STDIN WITH (FORMAT csv);\n"a;\n\\.\n',
  'COPY (SELECT 1) TO STDOUT;',
  'CREATE INDEX CONCURRENTLY i ON a (x);',
  'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS U&"\\+ffffff" ON ONLY s.a (x);',
  'BEGIN; COMMIT;',
  'ROLLBACK TO SAVEPOINT s;',
  'VACUUM;',
  'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";',
  'REINDEX (CONCURRENTLY) TABLE a;',
  `CREATE ROLE r PASSWORD '${canary}';`,
  `CREATE SUBSCRIPTION s CONNECTION 'host=h password=${canary}' PUBLICATION p;`,
  '\\restrict abc\n',
  '\\unrestrict abc\n',
  '\\i x.sql\n',
  '\\connect db\n',
  '\\set a b',
  '/* a /* b */ c */',
  '-- comment\n',
  'select 1::int, $1, a.b.c, 1.5e10, 1..2, .5;',
  '-- slipway: version 20250101000000\n',
  '-- slipway: no-transaction\n',
  '-- slipway: lock-timeout 5s\n',
];
const pieces = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...statements) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "'",
      '"',
      '$',
      '$$',
      '$a$',
      '$a',
      '/*',
      '*/',
      '--',
      '\\',
      '\\.',
      '\n\\.\n',
      ';',
      '(',
      ')',
      "E'",
      "E'\\",
      "U&'",
      'U&"',
      '\r',
      '\n',
      '\r\n',
      '\t',
      '\v',
      '\u00a0',
      '\uFEFF',
      '\0',
      '<<<<<<< HEAD\n',
      '=======\n',
      '>>>>>>> x\n',
      'CREATE ',
      'BEGIN ATOMIC ',
      'CASE ',
      'END ',
      'COPY x FROM stdin;\n',
      '::',
      '://a:',
      'password=',
      "password '",
      '😀',
      '\ud800',
    ),
  },
  { weight: 1, arbitrary: anyText },
);
const modules = [
  "export async function up({ client }) {\n  await client.query('SELECT 1');\n}\n",
  "import { join } from 'node:path';\nexport const up = () => join('a');\nexport function down() {}\n",
  "import x from 'left-pad';\n",
  'const x = await import("a" + 1);\n',
  'throw new Error("no");\n',
  'export default 1;\n',
  "import 'node:absent';\n",
];

/** What this family is given; begins with the SQL of the project at `root`. */
export const sourceInputs = (root: string): fc.Arbitrary<Input> => {
  const real = fc.constantFrom(...realSql(root));
  const made = fc.array(pieces, { maxLength: 8 }).map((all) => all.join(''));
  const variants = fc
    .tuple(fc.oneof(made, real), fc.boolean(), fc.boolean())
    .map(
      ([text, hasBom, hasCrlf]) =>
        (hasBom ? '\uFEFF' : '') + (hasCrlf ? text.replaceAll('\n', '\r\n') : text),
    );
  const cut = fc
    .tuple(real, fc.integer({ min: 0, max: 1000 }))
    .map(([text, at]) => text.slice(0, (text.length * at) / 1000));
  const sql = fc.oneof(
    { weight: 40, arbitrary: mutatedBytes(fc.oneof(made, real), pieces) },
    { weight: 30, arbitrary: fc.oneof(variants, cut, made).map((text) => Buffer.from(text, 'utf8')) },
    { weight: 2, arbitrary: longText(pieces).map((text) => Buffer.from(text, 'utf8')) },
    { weight: 5, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 2, arbitrary: made.map((text) => Buffer.from(`\uFEFF${text}`, 'utf16le')) },
  );
  const code = mutated(
    fc.constantFrom(...modules),
    fc.oneof(anyText, fc.constantFrom('{', '}', "'", '`', '/*', '\0')),
  );
  return fc.oneof(
    {
      weight: 60,
      arbitrary: fc.record({
        latin1: sql.map((bytes) => bytes.toString('latin1')),
        as: fc.constantFrom('baseline', 'migration', 'down'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        latin1: code.map((text) => Buffer.from(text, 'utf8').toString('latin1')),
        as: fc.constant('module'),
      }),
    },
  );
};

const up: FoundFile = {
  path: 'migrations/20250102000000_a.sql',
  name: '20250102000000_a.sql',
  bytes: Buffer.from('SELECT 1;'),
};
const dated = Buffer.from('-- slipway: version 20250101000000\n');

const filesOf = ({ latin1, as }: Input): { baseline: FoundFile | null; files: FoundFile[] } => {
  const bytes = Buffer.from(latin1, 'latin1');
  const file = (name: string): FoundFile => ({ path: `migrations/${name}`, name, bytes });
  switch (as) {
    case 'baseline':
      return {
        baseline: { path: 'sql/baseline.sql', name: '', bytes: Buffer.concat([dated, bytes]) },
        files: [up],
      };
    case 'migration':
      return { baseline: null, files: [up, file('20250103000000_b.sql')] };
    case 'down':
      return { baseline: null, files: [up, file('20250102000000_a.down.sql')] };
    case 'module':
      return { baseline: null, files: [up, file('20250103000000_b.mjs')] };
  }
};

/** The bytes of migrations, down files, baselines and modules, read as far as it goes without a server. */
export const sources = (root: string): Family<Input> => ({
  name: 'sources',
  share: 0.16,
  isPure: true,
  inputs: sourceInputs(root),
  async run(input): Promise<Observed> {
    const broken: string[] = [];
    const said: string[] = [];
    try {
      const { baseline, files } = filesOf(input);
      const set = assemble(baseline, files);
      for (const migration of [set.baseline, ...set.migrations])
        if (migration) broken.push(...judgeSource(migration, said));
      for (const migration of [set.baseline, ...set.migrations]) {
        if (migration) await prepareScript(migration, migration.kind);
        if (migration?.down) await prepareScript(migration.down, migration.kind, 'down');
      }
      return { error: null, said, broken };
    } catch (error) {
      return { error, said, broken };
    }
  },
});

/** Reads a source in every way that there is, and says which promise about it does not hold. */
function judgeSource({ source, format, directives }: Migration, said: string[]): string[] {
  const broken: string[] = [];
  const whole = source.text.toString();
  for (const text of [`\uFEFF${whole}`, whole.replaceAll(/(?<!\r)\n/g, '\r\n')]) {
    // A BOM after a BOM, and a CR that a CRLF left, are text.
    if (text.startsWith('\uFEFF\uFEFF') || whole.includes('\r\n')) continue;
    if (decodeSource(source.path, Buffer.from(text, 'utf8')).checksum !== source.checksum)
      broken.push('its checksum depends on a BOM or on line ends');
  }
  maskSecrets(whole);
  const { line = 0, column = 0 } = placeAt(source, whole.length >> 1);
  if (line < 1 || column < 1 || line > whole.split('\n').length) broken.push(`a place at ${line}:${column}`);
  said.push(...excerptAt(source, whole.length >> 1, 5).filter((line) => line.includes('undefined')));
  if (format !== 'sql') return broken;
  tokenDigest({ source, format, directives });
  const script = parseSql(source);
  createdExtensions(script);
  createdRelations(script);
  destructiveStatements(script);
  namedConcurrentIndex(script.statements);
  return [...broken, ...judgeSplit(source, script)];
}

/** Split and joined again nothing is lost: what is between statements is blank, comment or `;`, and each is one by itself. */
function judgeSplit(source: Source, { text, statements, segments }: SqlScript): string[] {
  const broken: string[] = [];
  if (text.length !== source.text.length) broken.push('the text has another length than its source');
  let end = 0;
  for (const { start, end: next } of statements) {
    if (start < end || next <= start || next > text.length)
      broken.push(`a statement from ${start} to ${next}`);
    end = next;
  }
  const parts = segments.flatMap((segment) =>
    segment.kind === 'sql' ? [...segment.statements] : [segment.statement],
  );
  if (parts.length !== statements.length) broken.push('segments and statements are not the same');
  let rest = text;
  for (const segment of [...segments].reverse()) {
    if (segment.kind === 'copy')
      rest = `${rest.slice(0, segment.dataStart)}${rest.slice(segment.dataEnd).replace('\\.', '')}`;
    const ofSegment = segment.kind === 'sql' ? segment.statements : [segment.statement];
    for (const { start, end } of [...ofSegment].reverse()) rest = rest.slice(0, start) + rest.slice(end);
  }
  if (parseSql({ ...source, text: rest }).statements.length > 0) broken.push('a statement was overlooked');
  for (const { start, end, words } of statements.slice(0, 50)) {
    if (words[0] === 'COPY') continue;
    const alone = parseSql({ ...source, text: text.slice(start, end) }).statements;
    if (alone.length !== 1 || JSON.stringify(alone.at(0)?.words) !== JSON.stringify(words))
      broken.push(`a statement is not the same by itself: ${words.join(' ')}`);
  }
  return broken;
}
