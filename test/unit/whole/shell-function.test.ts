import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/tree.ts';

const section =
  /## Without Node\n([\s\S]*?)\n## /.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';
const definition = /```sh\n(slipway\(\) \([\s\S]*?\n\)\n)/.exec(section)?.[1] ?? '';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'slipway-function-'));
  mkdirSync(join(home, 'a:b c'));
  mkdirSync(join(home, 'socket'));
  writeFileSync(join(home, 'ca.pem'), '');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** What the function hands to an engine: each argument in brackets. */
function handed(shell: string, env: Readonly<Record<string, string>>, command = 'up'): string {
  const engine = 'engine() { printf "[%s]" "$@"; }; engine=engine';
  return execFileSync(shell, ['-ec', `${definition}\n${engine}; cd "$HOME/a:b c"; slipway ${command}`], {
    env: { PATH: process.env.PATH, HOME: home, ...env },
    encoding: 'utf8',
  });
}

const shells = ['/bin/sh', '/bin/bash', '/usr/bin/zsh'].filter((path) => existsSync(path));

describe.each(shells)("the README's function in %s", (shell) => {
  test('mounts the folder whatever its name is, and keeps the words of the command apart', () => {
    const said = handed(shell, {}, 'new "a b"');
    expect(said).toContain(`[--mount][type=bind,source=${home}/a:b c,target=/slipway]`);
    expect(said).toMatch(/\[slipway\]\[new\]\[a b\]$/);
    expect(said).not.toContain('PGPASSFILE');
  });

  test('hands on each variable by its name, and no value', () => {
    const names = [
      ...['PGHOST', 'PGPASSWORD', 'PGPASSWORD_FILE', 'DATABASE_URL', 'DATABASE_URL_FILE', 'ENVIRONMENT'],
      ...['SLIPWAY_VAR_v2', 'SLIPWAY_VAR_Role_1', 'SLIPWAY_LOG_FORMAT'],
    ];
    const said = handed(shell, Object.fromEntries([...names, 'OTHER'].map((name) => [name, 's3cret'])));
    for (const name of names) expect(said).toContain(`[-e][${name}]`);
    expect(said).not.toMatch(/s3cret|OTHER/);
  });

  test('mounts what libpq is told by an absolute path, where it is there', () => {
    writeFileSync(join(home, '.pgpass'), '');
    const said = handed(shell, {
      PGHOST: `${home}/socket`,
      PGSSLROOTCERT: `${home}/ca.pem`,
      PGSSLKEY: `${home}/absent`,
      PGSSLCERT: 'relative.pem',
    });
    rmSync(join(home, '.pgpass'));
    for (const path of ['socket', 'ca.pem', '.pgpass']) {
      expect(said).toContain(`[--mount][type=bind,source=${home}/${path},target=${home}/${path},readonly]`);
    }
    expect(said).toContain(`[-e][PGPASSFILE=${home}/.pgpass]`);
    expect(said).not.toMatch(/absent|relative/);
  });
});
