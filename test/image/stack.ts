import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { SchemaReport } from '../../examples/app/server.ts';
import { freePort, get, images, type Ran, root, run } from '../support/containers.ts';
import { newSecret } from '../support/secrets.ts';

/** Something that reads compose.yaml, and the engine whose containers it starts. */
export interface Composer {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly engine: 'docker' | 'podman';
  /** What its version command is; fails where it is not installed. */
  readonly probe: string;
}

export const composeV2: Composer = {
  name: 'docker compose',
  command: ['docker', 'compose'],
  engine: 'docker',
  probe: 'docker compose version',
};
export const composeV1: Composer = {
  name: 'docker-compose',
  command: ['docker-compose'],
  engine: 'docker',
  probe: 'docker-compose version',
};
export const podmanCompose: Composer = {
  name: 'podman-compose',
  command: ['podman-compose'],
  engine: 'podman',
  probe: 'podman-compose --version',
};

export interface ContainerState {
  readonly started: boolean;
  /** `created`, `running`, `exited`, ... */
  readonly status: string;
  readonly exitCode: number;
  /** Milliseconds since the epoch; before 1970 when it never happened. */
  readonly startedAt: number;
  readonly finishedAt: number;
}

/** YAML that the older composers read as it is meant: to them an unquoted `no` is false. */
export function toYaml(document: object): string {
  return stringify(document, { version: '1.1' });
}

let stacks = 0;

export interface StackOptions {
  /** The compose file, where it is another than compose.yaml. */
  readonly file?: string;
  /** What its paths are relative to, where that is not its own folder; podman-compose knows no other. */
  readonly folder?: string;
  /** What differs from it, merged over it by the composer itself. */
  readonly override?: object;
  /** Variables that the file takes from the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The passwords of its two secrets; new ones where nothing is said. */
  readonly passwords?: { readonly owner: string; readonly app: string };
}

/** The services of a compose file, as one composer runs them, with the images under test. */
export class Stack {
  readonly project: string;
  readonly composer: Composer;
  readonly port: number;
  private files: readonly string[];
  private readonly directory: string;
  private readonly folder: string;
  private readonly env: Readonly<Record<string, string>>;

  private constructor(composer: Composer, port: number, options: StackOptions) {
    const {
      file = join(root, 'compose.yaml'),
      folder = dirname(file),
      override,
      env = {},
      passwords,
    } = options;
    this.folder = folder;
    stacks += 1;
    this.project = `slipway${process.pid}s${stacks}`;
    this.composer = composer;
    this.port = port;
    this.directory = mkdtempSync(join(tmpdir(), 'slipway-stack-'));
    const overriding = join(this.directory, 'override.yaml');
    // Without services the old composer takes the file for one of its first version.
    const secrets = {
      owner_password: this.secret('owner', passwords?.owner ?? newSecret()),
      app_password: this.secret('app', passwords?.app ?? newSecret()),
    };
    writeFileSync(overriding, toYaml({ services: { migrate: {} }, ...override, secrets }));
    this.files = [file, overriding];
    this.env = env;
  }

  static async create(composer: Composer, options: StackOptions = {}): Promise<Stack> {
    return new Stack(composer, await freePort(), options);
  }

  /** What is started from now on differs by this too, as after a release. */
  change(override: object): void {
    const file = join(this.directory, `change-${this.files.length}.yaml`);
    writeFileSync(file, toYaml(override));
    this.files = [...this.files, file];
  }

  /** A secret of the compose file, whose own passwords are known to everybody. */
  private secret(name: string, password: string): { file: string } {
    const file = join(this.directory, name);
    writeFileSync(file, password);
    return { file };
  }

  up(): Promise<Ran> {
    return this.compose(this.composer.engine === 'docker' ? ['up', '-d', '--no-build'] : ['up', '-d']);
  }

  async down(): Promise<void> {
    await this.compose(['down', '-v', '-t', '5']);
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** How the service's container is; undefined when there is none. */
  async state(service: string): Promise<ContainerState | undefined> {
    const id = await this.container(service);
    if (id === undefined) return undefined;
    const { code, stdout } = await run(this.composer.engine, ['inspect', '-f', '{{json .State}}', id]);
    return code === 0 ? readState(JSON.parse(stdout)) : undefined;
  }

  /** Runs a command in the application's container. */
  async execute(args: readonly string[]): Promise<Ran> {
    const id = await this.container('app');
    if (id === undefined) throw new Error('the application has no container');
    return run(this.composer.engine, ['exec', id, ...args]);
  }

  async logs(service: string): Promise<string> {
    const id = await this.container(service);
    if (id === undefined) return '';
    const { stdout, stderr } = await run(this.composer.engine, ['logs', id]);
    return stdout + stderr;
  }

  /** What the application answers to `GET /`; undefined while it does not. */
  async report(): Promise<SchemaReport | undefined> {
    const answer = await get(`http://127.0.0.1:${this.port}/`);
    return answer?.status === 200 ? (answer.body as SchemaReport) : undefined;
  }

  /** Runs one command of the composer, with the stack's files. */
  compose(args: readonly string[]): Promise<Ran> {
    const [command, ...rest] = this.composer.command;
    const files = this.files.flatMap((file) => ['-f', file]);
    const prefix = this.composer.engine === 'podman' ? 'localhost/' : '';
    const folder = this.composer.engine === 'docker' ? ['--project-directory', this.folder] : [];
    return run(command, [...rest, ...folder, '-p', this.project, ...files, ...args], {
      env: {
        POSTGRES_IMAGE: `${prefix}postgres:18`,
        SLIPWAY_IMAGE: `${prefix}${images.example}`,
        APP_IMAGE: `${prefix}${images.app}`,
        WORKER_IMAGE: `${prefix}${images.worker}`,
        APP_PORT: String(this.port),
        ...this.env,
      },
    });
  }

  private async container(service: string): Promise<string | undefined> {
    const labels = { 'com.docker.compose.project': this.project, 'com.docker.compose.service': service };
    const filters = Object.entries(labels).flatMap(([name, value]) => ['--filter', `label=${name}=${value}`]);
    const { stdout } = await run(this.composer.engine, ['ps', '-a', '-q', ...filters]);
    return stdout.trim().split('\n')[0] || undefined;
  }
}

/** Docker's and podman's `.State`. */
export function readState(state: {
  Status: string;
  ExitCode: number;
  StartedAt: string;
  FinishedAt: string;
}): ContainerState {
  const startedAt = Date.parse(state.StartedAt);
  return {
    started: startedAt > 0,
    status: state.Status,
    exitCode: state.ExitCode,
    startedAt,
    finishedAt: Date.parse(state.FinishedAt),
  };
}

/** Throws when the application was started, however briefly, although its schema is not there. */
export function assertHeldBack(app: ContainerState | undefined): void {
  if (app?.started) throw new Error(`the application was started (it is ${app.status})`);
}

/** Throws unless the application was started after the sidecar had ended well. */
export function assertOrder(migrate: ContainerState | undefined, app: ContainerState | undefined): void {
  if (migrate?.status !== 'exited' || migrate.exitCode !== 0) {
    throw new Error(`the sidecar has not ended well: ${JSON.stringify(migrate)}`);
  }
  if (!app?.started) throw new Error(`the application was not started: ${JSON.stringify(app)}`);
  if (app.startedAt < migrate.finishedAt) {
    throw new Error(`the application was started ${migrate.finishedAt - app.startedAt} ms too early`);
  }
}
