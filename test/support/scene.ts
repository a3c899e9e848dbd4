import { administer, createDatabase, newestMajor, type TestDatabase } from './database.ts';
import { makeProject, type Project } from './project.ts';
import { newSecret } from './secrets.ts';
import { type LogLine, type SlipwayOptions, type SlipwayResult, slipway } from './slipway.ts';

/** A database and a project's files, to run the bundle on. */
export interface Scene {
  readonly database: TestDatabase;
  readonly project: Project;
  /** Runs the bundle in the project's folder against the database. */
  run(line: string, env?: SlipwayOptions['env']): Promise<SlipwayResult>;
  /** What a run that refuses must not change: the catalogs' sizes, and the ledger's rows with their xmin. */
  fingerprint(): Promise<object>;
  /** The ledger's rows of all apps. */
  ledger(): Promise<LedgerLine[]>;
  /** What a run that has nothing to do must not change: as `fingerprint`, but for what it keeps of the catalog. */
  contents(): Promise<object>;
  /** Makes a role that may log in, e.g. with the attribute `CREATEDB`; it is gone after the test. */
  role(attributes?: string): Promise<Role>;
}

export interface Role {
  readonly name: string;
  /** PGUSER and PGPASSWORD, to run the bundle as this role. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LedgerLine {
  readonly app: string;
  readonly version: string;
  readonly name: string;
  readonly kind: string;
  readonly origin: string;
  readonly state: string;
  readonly checksum: string;
  readonly applied_by: string;
  readonly accepted: unknown;
}

/**
 * Makes scenes whose databases and folders are gone after each test.
 *
 * @param cleanUp `afterAll` where the tests of a file share them.
 */
export function useScenes(
  cleanUp = afterEach,
): (
  files: Readonly<Record<string, string | Buffer>>,
  options?: { readonly major?: number },
) => Promise<Scene> {
  // On a busy machine each start of the bundle can take a second.
  jest.setTimeout(60_000);
  const open: { database: TestDatabase; project: Project; roles: string[] }[] = [];
  cleanUp(async () => {
    for (const { database, project, roles } of open.splice(0)) {
      project.destroy();
      await database.drop();
      if (roles.length > 0) await administer(database.major, `DROP ROLE IF EXISTS ${roles}`);
    }
  });
  return async (files, { major = newestMajor } = {}) => {
    const database = await createDatabase(major);
    const project = makeProject(files);
    const roles: string[] = [];
    open.push({ database, project, roles });
    return sceneOf(database, project, roles);
  };
}

/** A scene of a database and a project that others remove, and the roles it makes as well: they are added to the list. */
export function sceneOf(database: TestDatabase, project: Project, roles: string[] = []): Scene {
  const ledger = async () =>
    (await hasLedger(database))
      ? database.query<LedgerLine>('SELECT xmin, l.* FROM slipway.ledger l ORDER BY l::text')
      : [];
  const sizes = () =>
    database.query(`SELECT ${catalogs.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}`)}`);
  return {
    database,
    project,
    run: (line, env = {}) =>
      slipway(line === '' ? [] : line.split(' '), {
        cwd: project.directory,
        env: { ...database.env, SLIPWAY_WAIT_TIMEOUT: '5s', ...env },
      }),
    ledger,
    async role(attributes = '') {
      const name = `${database.name}_role${roles.length + 1}`;
      roles.push(name);
      const password = newSecret();
      await administer(database.major, `CREATE ROLE ${name} LOGIN PASSWORD '${password}' ${attributes}`);
      return { name, env: { PGUSER: name, PGPASSWORD: password } };
    },
    fingerprint: async () => ({ catalogs: await sizes(), ledger: await ledger() }),
    contents: async () => ({
      catalogs: await sizes(),
      ledger: (await ledger()).map(({ accepted, ...row }) => {
        const { fingerprint: _, ...rest } = (accepted ?? {}) as { readonly fingerprint?: object };
        return { ...row, xmin: null, accepted: rest };
      }),
    }),
  };
}

const catalogs = [
  'pg_class',
  'pg_attribute',
  'pg_namespace',
  'pg_proc',
  'pg_constraint',
  'pg_trigger',
  'pg_rewrite',
  'pg_extension',
  'pg_default_acl',
];

async function hasLedger(database: TestDatabase): Promise<boolean> {
  const [row] = await database.query<{ kind: string | null }>(
    `SELECT (SELECT relkind FROM pg_class WHERE oid = to_regclass('slipway.ledger')) AS kind`,
  );
  return row?.kind === 'r';
}

export interface ExpectedFailure {
  readonly code: number;
  /** The message: it names the thing. */
  readonly names: RegExp;
  readonly remedy: RegExp;
  /** `file:line:column`, or as much of it as is known. */
  readonly place?: string;
}

/** Checks how a run failed: exit code, what its one message names, where, the remedy; no stack trace. */
export function expectFailure(
  result: SlipwayResult,
  { code, names, remedy, place }: ExpectedFailure,
): LogLine {
  const failures = result.logs.filter(({ event }) => event === 'failed');
  const [failure] = failures;
  if (!failure) throw new Error(`exit ${result.code} without a message\n${result.stdout}${result.stderr}`);
  expect(failures).toHaveLength(1);
  expect(failure.msg).toMatch(names);
  expect(failure.remedy).toMatch(remedy);
  if (place !== undefined) {
    const { file, line, column } = failure;
    expect([file, line, column].filter((part) => part !== undefined).join(':')).toBe(place);
  }
  expect({ code: result.code, exitCode: failure.exitCode }).toEqual({ code, exitCode: code });
  expect(result.stdout + result.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(failure).not.toHaveProperty('stack');
  return failure;
}

/** Checks that a run ended with 0; shows all that it wrote where it did not. */
export function expectSuccess(result: SlipwayResult): SlipwayResult {
  if (result.code !== 0) throw new Error(`exit ${result.code}\n${result.stdout}${result.stderr}`);
  return result;
}
