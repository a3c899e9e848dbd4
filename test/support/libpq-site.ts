import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Authority, makeAuthority } from './certificates.ts';
import { type Instance, makeInstance } from './instance.ts';
import { makeProject, type Project } from './project.ts';
import type { Env } from './psql.ts';
import { newSecret } from './secrets.ts';
import { freePort } from './tcp-port.ts';

/** Two servers and the files that a client may have of them. */
export interface Site {
  readonly authority: Authority;
  /** Speaks TLS as `localhost`. */
  readonly secure: Instance;
  /** Does not speak TLS. */
  readonly plain: Instance;
  /** Nobody listens there. */
  readonly deadPort: number;
  /** The password of every role. */
  readonly word: string;
  /** The same, as a password file has it. */
  readonly line: string;
  readonly wrong: string;
  /** An empty home. */
  readonly home: string;
  /** The path of a file. */
  file(name: string, content: string, mode?: number): string;
  /** A home with these files, e.g. `.pgpass`. */
  homeWith(files: Readonly<Record<string, string>>, mode?: number): string;
  /** A role of the secure server, in a home that is empty. */
  as(user: string, more?: Env): Record<string, string>;
  destroy(): Promise<void>;
}

/** Who has to log in how, on the server that speaks TLS. */
export const roles = {
  onlytls: 'hostssl all onlytls 127.0.0.1/32 scram-sha-256',
  onlyplain: 'hostnossl all onlyplain 127.0.0.1/32 scram-sha-256',
  clear: 'host all clear 127.0.0.1/32 password',
  old: 'host all old 127.0.0.1/32 md5',
  scram: 'host all scram 127.0.0.1/32 scram-sha-256',
  certonly: 'hostssl all certonly 127.0.0.1/32 cert',
  certscram: 'hostssl all certscram 127.0.0.1/32 scram-sha-256 clientcert=verify-ca',
  rejected: 'host all rejected 127.0.0.1/32 reject',
  trusted: 'host all trusted 127.0.0.1/32 trust',
} as const;

export async function makeSite(): Promise<Site> {
  const authority = makeAuthority();
  const project: Project = makeProject();
  const [secure, plain] = await Promise.all([makeInstance(), makeInstance()]);
  const [word, wrong] = [newSecret(), newSecret()];
  const { certificate, key } = authority.issue('localhost');
  secure.writeFile('server.crt', certificate);
  secure.writeFile('server.key', key);
  secure.writeFile('clients.crt', authority.root);
  const everybody = 'host all postgres,nobody 127.0.0.1/32 scram-sha-256';
  secure.writeHba(...Object.values(roles), everybody);
  plain.writeHba(...Object.values(roles).filter((line) => line.startsWith('host ')), everybody);
  await Promise.all([secure.start({ ssl: 'on', ssl_ca_file: 'clients.crt' }), plain.start()]);
  const create = Object.keys(roles)
    .map(
      (role) => `SET password_encryption = '${role === 'old' ? 'md5' : 'scram-sha-256'}';
      CREATE ROLE ${role} LOGIN PASSWORD '${word}';`,
    )
    .join('\n');
  await Promise.all([secure.query(create), plain.query(create)]);
  let count = 0;
  const place = (): string => {
    count += 1;
    const directory = join(project.directory, `${count}`);
    mkdirSync(directory);
    return directory;
  };
  const home = place();
  const write = (path: string, content: string, mode: number): string => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  return {
    authority,
    secure,
    plain,
    deadPort: await freePort(),
    word,
    line: word.replaceAll(/[\\:]/g, '\\$&'),
    wrong,
    home,
    file: (name, content, mode = 0o600) => write(join(place(), name), content, mode),
    homeWith(files, mode = 0o600) {
      const made = place();
      for (const [name, content] of Object.entries(files)) write(join(made, name), content, mode);
      return made;
    },
    as: (user, more = {}) => ({
      HOME: home,
      PGHOST: 'localhost',
      PGHOSTADDR: '127.0.0.1',
      PGPORT: String(secure.port),
      PGUSER: user,
      PGDATABASE: 'postgres',
      ...more,
    }),
    async destroy() {
      await Promise.all([secure.destroy(), plain.destroy()]);
      authority.destroy();
      project.destroy();
    },
  };
}

/** The same key, opened by this word alone. */
export const encrypted = (key: string, word: string): string =>
  execFileSync('openssl', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-passout', 'stdin'], {
    input: `${word}\n${key}`,
    encoding: 'utf8',
  });
