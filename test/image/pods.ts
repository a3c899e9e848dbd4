import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { eventually, freePort, images, must, type Ran, root, run } from '../support/containers.ts';
import { newSecret } from '../support/secrets.ts';
import { type ContainerState, readState } from './stack.ts';
import type { Workspace } from './workspace.ts';

const ownerPassword = newSecret();
const appPassword = newSecret();

interface Container {
  name: string;
  image: string;
  imagePullPolicy?: string;
  env: { name: string; value: string }[];
  ports?: { containerPort: number; hostPort?: number }[];
  volumeMounts: { name: string }[];
}

interface Pod {
  metadata: { name: string; annotations?: Record<string, string> };
  spec: {
    restartPolicy: string;
    initContainers: Container[];
    containers: Container[];
    volumes: { name: string; secret?: object }[];
  };
}

export interface PlayedPod {
  readonly played: Ran;
  /** Where the application listens on this machine. */
  readonly port: number;
  state(container: 'migrate' | 'app'): Promise<ContainerState | undefined>;
  down(): Promise<void>;
}

/** A PostgreSQL pod, and deploy/kubernetes/pod.yaml played beside it. */
export class Pods {
  private readonly workspace: Workspace;
  private readonly network = `slipway${process.pid}`;
  private readonly server = `slipway${process.pid}-postgres`;

  private constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  /** @param workspace where manifests are written. */
  static async create(workspace: Workspace): Promise<Pods> {
    const pods = new Pods(workspace);
    await must('podman', ['network', 'create', pods.network]);
    const manifest = pods.write('server', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: pods.server },
      spec: {
        containers: [
          {
            name: 'server',
            image: 'localhost/postgres:18',
            imagePullPolicy: 'Never',
            env: [{ name: 'POSTGRES_PASSWORD', value: ownerPassword }],
          },
        ],
      },
    });
    await must('podman', ['kube', 'play', '--network', pods.network, manifest]);
    await eventually('the server answers over TCP', 30_000, async () => {
      const { code } = await pods.psql('select 1');
      return code === 0 ? true : undefined;
    });
    await must('podman', pods.psqlArguments(`create role trading_app login password '${appPassword}'`));
    return pods;
  }

  async stop(): Promise<void> {
    await run('podman', ['pod', 'rm', '-f', '-t', '2', this.server]);
    await run('podman', ['network', 'rm', '-f', this.network]);
  }

  /** Plays the manifest on a new database; `migrate` are settings of the init container that differ from it. */
  async play({
    database,
    migrate = {},
  }: {
    database: string;
    migrate?: Readonly<Record<string, string>>;
  }): Promise<PlayedPod> {
    await must('podman', this.psqlArguments(`create database ${database}`));
    const port = await freePort();
    const name = `${this.server}-${database}`;
    const pod = adapt(parse(readFileSync(join(root, 'deploy/kubernetes/pod.yaml'), 'utf8')) as Pod, port);
    pod.metadata.name = name;
    const common = { PGHOST: this.server, PGDATABASE: database };
    for (const container of pod.spec.initContainers) {
      set(container, { ...common, PGUSER: 'postgres', PGPASSWORD: ownerPassword, ...migrate });
    }
    for (const container of pod.spec.containers) set(container, { ...common, PGPASSWORD: appPassword });
    const manifest = this.write(database, pod);
    const played = await run('podman', ['kube', 'play', '--network', this.network, manifest]);
    return {
      played,
      port,
      state: async (container) => {
        const { code, stdout } = await run('podman', [
          'inspect',
          '-f',
          '{{json .State}}',
          `${name}-${container}`,
        ]);
        return code === 0 ? readState(JSON.parse(stdout)) : undefined;
      },
      down: async () => {
        await run('podman', ['pod', 'rm', '-f', '-t', '5', name]);
      },
    };
  }

  private psqlArguments(text: string): string[] {
    return ['exec', `${this.server}-server`, 'psql', '-h', '127.0.0.1', '-U', 'postgres', '-w', '-qc', text];
  }

  private psql(text: string): Promise<Ran> {
    return run('podman', this.psqlArguments(text));
  }

  private write(name: string, manifest: object): string {
    return this.workspace.file(`${name}.yaml`, stringify(manifest));
  }
}

/**
 * What this engine needs to differ: local images, no Secrets (podman 4.3 fails on them), and an end: with
 * `Always` it starts an init container that succeeded over and over.
 */
function adapt(pod: Pod, port: number): Pod {
  const { spec, metadata } = pod;
  spec.restartPolicy = 'Never';
  // Keeps the init container, so that its exit code can be read.
  metadata.annotations = { 'io.podman.annotations.init.container.type': 'always' };
  const secrets = new Set(spec.volumes.filter((volume) => volume.secret).map((volume) => volume.name));
  spec.volumes = spec.volumes.filter((volume) => !secrets.has(volume.name));
  for (const container of [...spec.initContainers, ...spec.containers]) {
    container.image = `localhost/${container.name === 'app' ? images.app : images.example}`;
    container.imagePullPolicy = 'Never';
    container.volumeMounts = container.volumeMounts.filter((mount) => !secrets.has(mount.name));
    container.env = container.env.filter((variable) => variable.name !== 'PGPASSWORD_FILE');
    for (const exposed of container.ports ?? []) exposed.hostPort = port;
  }
  return pod;
}

/** Sets environment variables, in place of those of the same name. */
function set(container: Container, variables: Readonly<Record<string, string>>): void {
  container.env = [
    ...container.env.filter((variable) => !(variable.name in variables)),
    ...Object.entries(variables).map(([name, value]) => ({ name, value })),
  ];
}
