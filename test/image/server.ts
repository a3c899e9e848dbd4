import { Client, type QueryResultRow } from 'pg';
import {
  GenericContainer,
  Network,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';
import { newSecret } from '../support/secrets.ts';
import { type RanInContainer, runContainer } from './termination.ts';

export const password = newSecret();

/** A PostgreSQL server in a container, on a network of its own, where it is called `postgres`. */
export class Server {
  readonly network: StartedNetwork;
  readonly container: StartedTestContainer;

  private constructor(network: StartedNetwork, container: StartedTestContainer) {
    this.network = network;
    this.container = container;
  }

  static async start(image: string): Promise<Server> {
    const network = await new Network().start();
    const container = await new GenericContainer(image)
      .withNetwork(network)
      .withNetworkAliases('postgres')
      .withEnvironment({ POSTGRES_PASSWORD: password })
      // Autovacuum takes transaction ids of its own, and a test counts them.
      .withCommand(['postgres', '-c', 'autovacuum=off'])
      .withExposedPorts(5432)
      // The first time it is the temporary server of the initialisation that says so.
      .withWaitStrategy(
        Wait.forAll([
          Wait.forLogMessage(/database system is ready to accept connections/, 2),
          Wait.forListeningPorts(),
        ]),
      )
      .start();
    return new Server(network, container);
  }

  async stop(): Promise<void> {
    await this.container.stop();
    await this.network.stop();
  }

  /** Runs one query from this machine; resolves to its rows. */
  async query<Row extends QueryResultRow>(database: string, text: string): Promise<Row[]> {
    const client = new Client({
      host: this.container.getHost(),
      port: this.container.getMappedPort(5432),
      user: 'postgres',
      password,
      database,
    });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  /** How many tables the schema has. */
  async tables(database: string, schema = 'trading'): Promise<number> {
    const rows = await this.query<{ n: number }>(
      database,
      `select count(*)::int as n from pg_tables where schemaname = '${schema}'`,
    );
    return rows[0]?.n ?? 0;
  }

  /** `docker run` arguments that put a container beside this server, with the settings to reach it. */
  reaching(database: string): string[] {
    return [
      `--network=${this.network.getName()}`,
      ...environment({ ...settings(database), PGPASSWORD: password }),
    ];
  }

  /** Runs a container of `image` beside this server to its end. */
  slipway(
    image: string,
    database: string,
    options: readonly string[],
    args: readonly string[] = [],
  ): Promise<RanInContainer> {
    return runContainer([...this.reaching(database), ...options, image, ...args]);
  }
}

/** How a container on the server's network reaches it, without the password. */
export function settings(database: string): Record<string, string> {
  return { PGHOST: 'postgres', PGUSER: 'postgres', PGDATABASE: database };
}

/** `docker run` arguments for environment variables. */
export function environment(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
}
