import pg from 'pg';
import { backoffMs, pause, SlipwayError } from '../core/index.ts';
import { relationKey, relationsQuery } from '../inspect/relations.ts';
import type { Log } from '../log/index.ts';
import type { Run } from '../migrate/index.ts';
import {
  type Body,
  BodyFailure,
  bodySettings,
  ExtensionLacking,
  prepareScript,
  runBody,
  setVariables,
} from '../migrate/own-script.ts';
import { readHeader } from '../migrations/directives.ts';
import { readSourceIfThere } from '../migrations/read.ts';
import { literal } from '../postgres/index.ts';
import { takeSnapshot } from '../schema/catalog/index.ts';
import { foldName, parseSql, type Script, type Statement } from '../sql/index.ts';
import { blankParts, type LeftOut } from '../sql/left-out.ts';
import { refuseStatementsBeyond } from './beyond.ts';
import { madeBetween, type Platform, platformFile } from './platform.ts';
import { withRoles } from './roles.ts';
import type { Shadow } from './shadow.ts';

/**
 * Runs `sql/shadow.sql` on a shadow that is empty yet, in one transaction, and finds what it made; null where there is no
 * such file, or no statement in it. Roles that it makes belong to the server: those that are there already are left as
 * they are, and on a server that is not ours those that it makes stay, which the log says.
 *
 * @param log of the command: that of the run on the shadow is quieter.
 * @throws SlipwayError (65, 66) for the file; BodyFailure with the place of the statement that fails.
 */
export async function makePlatform(run: Run, shadow: Shadow, log: Log): Promise<Platform | null> {
  const script = readScript(platformFile(run.config));
  if (script === null) return null;
  const body = (await prepareScript(script, 'platform')) as Body & { kind: 'sql' };
  const { session, ledger } = run;
  const options = { ledger, withPrivileges: true };
  const before = await takeSnapshot(session, options);
  const roles = await withRoles(run, shadow, () => runWithRetries({ run, script, body, shadow }));
  if (shadow.server !== 'own') tell(roles, log);
  // What the file has set of its session ends here, what it has set of roles and of the database begins.
  await run.reconnect();
  const relations = await run.session.rows(relationsQuery(ledger));
  return {
    file: script.source.path,
    objects: madeBetween(before, await takeSnapshot(run.session, options)),
    relations: new Set(
      relations.map(({ schema, name }) => relationKey({ schema: String(schema), name: String(name) })),
    ),
  };
}

function readScript(path: string): Script | null {
  const source = readSourceIfThere(path);
  if (source === null || parseSql(source).statements.length === 0) return null;
  return { format: 'sql', source, directives: readHeader(source).directives };
}

const mostTries = 10;

interface Making {
  readonly run: Run;
  readonly script: Script;
  readonly body: Body & { kind: 'sql' };
  readonly shadow: Shadow;
}

/** Runs it in one transaction, again where another session was at the same roles. Returns the roles that it made. */
async function runWithRetries(platform: Making): Promise<string[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await runOnce(platform);
    } catch (error) {
      if (!(error instanceof BodyFailure)) throw error;
      if (tries === mostTries || !(error.again !== null || isRoleMeanwhile(error))) throw onShadow(error);
      await pause(backoffMs('session', { tries }), platform.run.signal);
    }
  }
}

/** CREATE ROLE of one that another session made since it was searched for. */
const isRoleMeanwhile = ({ cause }: BodyFailure): boolean =>
  cause instanceof pg.DatabaseError && cause.code === '42710' && cause.routine === 'CreateRole';

async function runOnce({ run, script, body, shadow }: Making): Promise<string[]> {
  const { session } = run;
  const named = body.script.statements.flatMap((statement) => roleMadeBy(statement) ?? []);
  const there = await rolesAmong(run, named);
  const isThere = (statement: Statement): boolean => there.has(roleMadeBy(statement) ?? '');
  if (shadow.server === 'same')
    refuseStatementsBeyond(
      script.source,
      body.script.statements.filter((statement) => !isThere(statement)),
    );
  const leftOut = body.script.statements
    .filter(isThere)
    .map(({ start, end }): LeftOut => ({ start, end, reason: null }));
  await session.run(['BEGIN', ...bodySettings(run, script, 'LOCAL')].join('; '));
  try {
    await setVariables(run, 'LOCAL');
    await runBody(session, { kind: 'sql', script: blankParts(body.script, leftOut) });
    await session.run('COMMIT');
  } catch (error) {
    if (!session.isLost) await session.run('ROLLBACK');
    throw error;
  }
  return named.filter((role) => !there.has(role));
}

/** The role that a statement makes; null where it makes none. */
function roleMadeBy({ words }: Pick<Statement, 'words'>): string | null {
  const [first, second = '', name = ''] = words;
  if (first !== 'CREATE' || !['ROLE', 'USER', 'GROUP'].includes(second) || name === 'MAPPING') return null;
  return foldName(name);
}

async function rolesAmong({ session }: Run, named: readonly string[]): Promise<ReadonlySet<string>> {
  if (named.length === 0) return new Set();
  const rows = await session.rows(
    `SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolname IN (${named.map(literal).join(', ')})`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

function tell(roles: readonly string[], log: Log): void {
  for (const role of roles) {
    log.info(
      { event: 'roleMade', role },
      `the role "${role}" was made on the server of SLIPWAY_SHADOW_URL, and stays there: roles belong to the server, not to one database`,
    );
  }
}

/** undefined_table, undefined_function, undefined_object, invalid_schema_name (PostgreSQL docs, appendix A). */
const notThere = ['42P01', '42883', '42704', '3F000'];

/**
 * Calls `work`, which runs the project's files on a shadow. A statement that names what is not there may depend on what
 * the database's image or cloud brings, and a shadow lacks: the failure then names the file that makes it. So does an
 * extension that the shadow's server does not have: the failure then names the variable for another server.
 *
 * @throws what `work` throws.
 */
export async function explaining<T>({ config }: Pick<Run, 'config'>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ExtensionLacking) throw error.ofShadow();
    if (!(error instanceof BodyFailure) || !notThere.includes(error.failure.sqlstate ?? '')) throw error;
    const remedy = `${error.failure.remedy} If the database's image or cloud provides it (a schema, a role, an extension), the shadow lacks it: make it in ${platformFile(config)}, which runs on shadows alone.`;
    throw new BodyFailure({ ...error.failure, remedy }, error.again, error.cause);
  }
}

/** What helps where a statement fails on a shadow, for the reasons that are the server's. */
function onShadow(error: BodyFailure): SlipwayError {
  const { failure } = error;
  const remedy = remedies[failure.exit];
  return remedy === undefined ? error : new SlipwayError({ ...failure, remedy }, { cause: error });
}

const remedies: Partial<Record<SlipwayError['failure']['exit'], string>> = {
  denied:
    'The role of SLIPWAY_SHADOW_URL may not do that: grant it there (CREATEROLE, to make roles), or make by hand what the file needs: roles that exist are skipped.',
  config:
    'The server of the shadow lacks what this needs: SLIPWAY_SHADOW_URL can name one that has it, such as the same image that runs the database.',
};
