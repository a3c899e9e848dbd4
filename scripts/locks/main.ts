import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { fileImpact, formatImpact, type ImpactText } from '../../src/impact/index.ts';
import { Session } from '../../src/postgres/index.ts';
import { type Embedded, startEmbedded } from '../../src/shadow/embedded.ts';
import { measureBody } from '../../src/shadow/index.ts';
import { parseSql } from '../../src/sql/index.ts';
import { lockSchema } from '../../test/fixtures/locks/schema.ts';
import { type LockStatement, lockStatements } from '../../test/fixtures/locks/statements.ts';

/** The version of squawk whose findings are recorded. */
const squawk = '2.66.0';

/** The statements that the record is of, as the documentation shows them and a test measures them again. */
interface RecordedStatement {
  readonly sql: string;
  readonly impact: ImpactText;
  /** The rules of squawk that object. */
  readonly squawk: readonly string[];
}

/**
 * npm run locks: measures what each statement of the table locks, on the embedded PostgreSQL, asks squawk, which npm
 * fetches, for its findings, and writes both as the record that the documentation is made of.
 *
 * @returns the exit code.
 */
export async function main(root: string): Promise<number> {
  const findings = squawkFindings(root);
  const server = await startEmbedded();
  try {
    const statements: RecordedStatement[] = [];
    for (const [at, statement] of lockStatements.entries()) {
      const { sql } = statement;
      statements.push({
        sql,
        impact: await measureStatement(server, statement),
        squawk: findings.get(at) ?? [],
      });
    }
    const record = { postgres: majorOf(await versionOf(server)), squawk, statements };
    const path = join(root, 'test/fixtures/locks/recorded.json');
    writeFileSync(path, `${JSON.stringify(record, null, 1)}\n`);
    console.log(path);
    return 0;
  } finally {
    await server.stop('immediate');
  }
}

const majorOf = (version: string): number => Number.parseInt(version, 10);

async function versionOf(server: Embedded): Promise<string> {
  const client = clientOf(server, 'postgres');
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? '';
}

const clientOf = ({ host, port, user, password }: Embedded, database: string): pg.Client =>
  new pg.Client({ host, port, user, password, database });

/** Each in a database of its own. */
async function measureStatement(server: Embedded, { sql, isOutside }: LockStatement): Promise<ImpactText> {
  const administrator = clientOf(server, 'postgres');
  await administrator.connect();
  await administrator.query('CREATE DATABASE measured');
  const client = clientOf(server, 'measured');
  await client.connect();
  try {
    await client.query(lockSchema);
    const greeting = {
      host: { host: server.host, port: server.port },
      database: 'measured',
      user: server.user,
      applicationName: 'slipway',
      tls: false,
      version: await versionOf(server),
      isStandby: false,
      isReadOnly: false,
    };
    if (!isOutside) await client.query('BEGIN');
    const script = parseSql({ path: 'statement.sql', text: sql, checksum: '' });
    const measured = await measureBody(new Session(client, greeting, new Map()), { kind: 'sql', script });
    if (measured.kind === 'unknown') throw new Error(`${sql}: ${measured.reason}`);
    return formatImpact(fileImpact(measured.statements));
  } finally {
    await client.end();
    await administrator.query('DROP DATABASE measured WITH (FORCE)');
    await administrator.end();
  }
}

/** What squawk objects to, by the place of the statement in the table; each is a file of its own, in a transaction. */
function squawkFindings(root: string): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, Set<string>>();
  const folder = mkdtempSync(join(tmpdir(), 'slipway-squawk-'));
  try {
    for (const isOutside of [false, true]) {
      const own = join(folder, String(isOutside));
      mkdirSync(own);
      for (const [at, statement] of lockStatements.entries())
        if ((statement.isOutside ?? false) === isOutside)
          writeFileSync(join(own, `${at}.sql`), `${statement.sql};\n`);
      const words = [
        ...(isOutside ? [] : ['--assume-in-transaction']),
        '--pg-version',
        '18',
        '--reporter',
        'json',
      ];
      for (const { file, rule_name: rule } of runSquawk(root, [...words, `${own}/*.sql`])) {
        const at = Number.parseInt(basename(file), 10);
        found.set(at, (found.get(at) ?? new Set()).add(rule));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return new Map([...found].map(([at, rules]) => [at, [...rules].sort()]));
}

interface SquawkFinding {
  readonly file: string;
  readonly rule_name: string;
}

/** It ends with 1 where it objects to anything. */
function runSquawk(root: string, words: readonly string[]): readonly SquawkFinding[] {
  const all = ['exec', '--yes', `--package=squawk-cli@${squawk}`, '--', 'squawk', ...words];
  try {
    return JSON.parse(execFileSync('npm', all, { cwd: root, encoding: 'utf8', stdio: 'pipe' }));
  } catch (error) {
    const { status, stdout } = error as { readonly status?: number; readonly stdout?: string };
    if (status !== 1 || stdout === undefined) throw error;
    return JSON.parse(stdout);
  }
}
