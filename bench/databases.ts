import pg from 'pg';
import type { Embedded } from '../src/shadow/embedded.ts';
import type { Target } from './peer.ts';

/** Databases of one server, made for a measurement and thrown away. */
export class Databases {
  readonly #server: Embedded;
  #made = 0;

  constructor(server: Embedded) {
    this.#server = server;
  }

  /** Makes an empty database. */
  make(): Promise<Target> {
    return this.#make('');
  }

  /** Makes a copy of one that nobody is connected to. */
  copy({ database }: Target): Promise<Target> {
    return this.#make(` TEMPLATE ${database} STRATEGY file_copy`);
  }

  async #make(how: string): Promise<Target> {
    this.#made += 1;
    const database = `bench_${this.#made}`;
    await this.#administer(`CREATE DATABASE ${database}${how}`);
    const { host, port, user, password } = this.#server;
    return { host, port, user, password, database };
  }

  drop({ database }: Target): Promise<void> {
    return this.#administer(`DROP DATABASE ${database} WITH (FORCE)`);
  }

  async #administer(sql: string): Promise<void> {
    await query({ ...this.#server, database: 'postgres' }, sql);
  }
}

/** Asks a database something over a connection of its own; the rows of the last statement. */
export async function query(target: Target, sql: string): Promise<Record<string, unknown>[]> {
  const { host, port, user, password, database } = target;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** The variables of libpq, which Slipway, pg and psql read alike. */
export const pgVariables = ({ host, port, user, password, database }: Target): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  PGHOST: host,
  PGPORT: String(port),
  PGUSER: user,
  PGPASSWORD: password,
  PGDATABASE: database,
  PGSSLMODE: 'disable',
});
