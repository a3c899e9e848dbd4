import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { buffer, text } from 'node:stream/consumers';
import { isUrl } from '../config/conninfo/url.ts';
import type { ConnInfo } from '../config/index.ts';
import { SlipwayError } from '../core/index.ts';
import { readStandardInput } from '../core/standard-input.ts';
import { describe } from '../inspect/describe.ts';
import { withRun } from '../migrate/index.ts';
import { readHeader } from '../migrations/directives.ts';
import type { Migration, MigrationSet } from '../migrations/index.ts';
import { readSource } from '../migrations/read.ts';
import { decodeSource } from '../migrations/source.ts';
import type { SchemaGraph } from '../schema/generate/index.ts';
import { onShadow, type Shadow } from '../shadow/index.ts';
import { parseSql, type Source } from '../sql/index.ts';
import { transactionControl } from '../sql/lint.ts';
import type { GenerateRequest } from './request.ts';
/** Where a desired schema comes from; `name` is what the person called it, without a secret. */
export type DesiredSchema =
  | {
      readonly kind: 'sql';
      readonly name: string;
      readonly source: Source;
      /** It holds no statement: the desired schema is empty. */
      readonly isEmpty: boolean;
    }
  | { readonly kind: 'database'; readonly name: string; readonly connection: ConnInfo };

/**
 * Finds what --from and --from-command name: the text of a file, the output of a command, or a database to inspect.
 *
 * @throws SlipwayError (64) for both, (66) for a file or a command that gives nothing to read, (78) for a URL.
 */
export async function findDesiredSchema(app: GenerateRequest): Promise<DesiredSchema> {
  const { from, 'from-command': command } = app.flags;
  if (from !== undefined && command !== undefined) {
    throw new SlipwayError({
      exit: 'usage',
      message: '--from and --from-command both say where the desired schema comes from',
      remedy: 'Give one of them.',
    });
  }
  if (command !== undefined) {
    const source = decodeSource('--from-command', await outputOf(command, app.signal));
    return { kind: 'sql', name: command, source, isEmpty: saysEmpty(source) };
  }
  const named = String(from);
  if (named === '-') {
    const bytes = await readStandardInput(app.signal, mostInput, 'Give it the schema alone, without rows.');
    const source = decodeSource('standard input', bytes);
    return { kind: 'sql', name: 'the standard input', source, isEmpty: saysEmpty(source) };
  }
  if (!isUrl(named)) {
    const source = readSource(named);
    return { kind: 'sql', name: named, source, isEmpty: holdsNothing(source) };
  }
  const connection = app.connectionOf('--from', named);
  const [host] = connection.hosts;
  return { kind: 'database', name: `${connection.database} on ${host?.host}:${host?.port}`, connection };
}

const holdsNothing = (source: Source): boolean => parseSql(source).statements.length === 0;

/** What a command printed may be nothing because it failed: there it must be said. */
const saysEmpty = (source: Source): boolean =>
  holdsNothing(source) && readHeader(source).directives.isEmpty === true;

/** The image has no shell. */
const isWithoutShell = ({ code, path }: NodeJS.ErrnoException): boolean =>
  code === 'ENOENT' && path !== undefined && !existsSync(path);

const noShell = (cause: unknown): SlipwayError =>
  new SlipwayError(
    {
      exit: 'usage',
      message: '--from-command needs a shell, and there is none here',
      remedy:
        'Run the command where it is installed, and hand its output on: COMMAND | slipway new NAME --from -',
    },
    { cause },
  );

/** Mebibytes. */
const mostInput = 256;

/** What a command writes to stdout, run by the shell. @throws SlipwayError (66) where it does not end with 0. */
async function outputOf(command: string, signal: AbortSignal): Promise<Buffer> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[number | null, string | null]>;
  closed.catch(() => undefined);
  await once(child, 'spawn').catch((error) => {
    throw isWithoutShell(error) ? noShell(error) : error;
  });
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const [output, said, [code, killedBy]] = await Promise.all([
      buffer(child.stdout),
      text(child.stderr),
      closed,
    ]);
    signal.throwIfAborted();
    if (code === 0) return output;
    throw new SlipwayError({
      exit: 'files',
      message: `--from-command ended with ${code ?? killedBy}: ${command}`,
      detail: said.trimEnd().split('\n').slice(-20),
      remedy: 'Run it by itself: it must write the desired schema to stdout as SQL, and end with 0.',
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * Describes a desired schema: SQL is run on one more shadow, as a baseline is; a database is only inspected.
 *
 * @throws SlipwayError (65) with the place in the SQL; (75, 77, 78) where the database cannot be inspected.
 */
export async function describeDesiredSchema(
  app: GenerateRequest,
  desired: DesiredSchema,
  shadow: Shadow,
  withPrivileges: boolean,
): Promise<SchemaGraph> {
  if (desired.kind === 'database') {
    const inside = { ...app, config: { ...app.config, connection: desired.connection, role: null } };
    const bundled = { set: { baseline: null, migrations: [], superseded: [], head: '' }, lock: null };
    return withRun(inside, { isWriter: false, bundled }, (run) => describe(run, withPrivileges));
  }
  const set = fromSql(desired);
  return shadow.another((other) =>
    onShadow(app, other, set, async ({ describe, bring }) => {
      await bring(set);
      return describe(withPrivileges);
    }),
  );
}

/** What a desired schema is built from on a shadow; null where it is a database, which is only inspected. */
export const setOf = (desired: DesiredSchema): MigrationSet | null =>
  desired.kind === 'database' ? null : fromSql(desired);

function fromSql(desired: Extract<DesiredSchema, { kind: 'sql' }>): MigrationSet {
  const baseline = asBaseline(desired);
  return { baseline, migrations: [], superseded: [], head: baseline.version };
}

const asBaseline = ({ source, isEmpty }: Extract<DesiredSchema, { kind: 'sql' }>): Migration => ({
  kind: 'baseline',
  version: '00000000000000',
  name: 'desired',
  format: 'sql',
  source: withoutTransactions(source),
  directives: {
    noTransaction: false,
    lockTimeoutMs: null,
    irreversible: false,
    ...(isEmpty ? { isEmpty } : {}),
  },
  down: null,
});

/** Tools that print SQL put BEGIN and COMMIT around it. They are blanked: places stay what they are. */
function withoutTransactions(source: Source): Source {
  let { text: sql } = source;
  for (const statement of parseSql(source).statements) {
    const control = transactionControl(statement);
    if (control === null || !['BEGIN', 'START TRANSACTION', 'COMMIT', 'END'].includes(control)) continue;
    const { start, end } = statement;
    sql = sql.slice(0, start) + sql.slice(start, end).replaceAll(/[^\n]/g, ' ') + sql.slice(end);
  }
  return { ...source, text: sql };
}
