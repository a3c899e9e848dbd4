import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { smallHistory, versionAt } from '../../../bench/history.ts';
import { exampleFiles } from '../../support/example.ts';
import { expectSuccess, type Scene, useScenes } from '../../support/scene.ts';
import { tapWire } from '../../support/wire-tap.ts';

const scene = useScenes();
const root = join(import.meta.dirname, '..', '..', '..');
const locked = Object.fromEntries(
  ['sql/schema.lock.json', 'sql/schema.snapshot.json'].map((path) => [path, readFileSync(join(root, path))]),
);
const migrations = 12;
const pending = Object.fromEntries(
  smallHistory(migrations).map(({ version, name, sql }) => [`migrations/${version}_${name}.sql`, sql]),
);

/** What V8 writes of the functions that ran (NODE_V8_COVERAGE). */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

const parts = join(root, 'dist', 'program');

/** The files of which a part of the program ran some function, by its map. */
function filesThatRan({ url, functions }: Coverage['result'][number]): string[] {
  const path = fileURLToPath(url);
  const bundle = readFileSync(path, 'utf8');
  const map = new SourceMap(JSON.parse(gunzipSync(readFileSync(`${path}.map.gz`)).toString()));
  const lines = [0, ...[...bundle.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const files = new Set<string>();
  const ran = functions.flatMap(({ ranges: [whole] }) =>
    whole !== undefined && whole.count > 0 ? [whole] : [],
  );
  for (const { startOffset, endOffset } of ran) {
    // The part as a whole holds every file.
    if (endOffset - startOffset > bundle.length / 2) continue;
    let line = lines.findLastIndex((start) => start <= startOffset);
    for (let at = startOffset; at < endOffset; at += 1) {
      if (at === lines[line + 1]) line += 1;
      const entry = map.findEntry(line, at - (lines[line] ?? 0));
      if (!('originalSource' in entry)) continue;
      const isInside = (lines[entry.generatedLine] ?? 0) + entry.generatedColumn >= startOffset;
      if (isInside) files.add(entry.originalSource.replace(/^(?:\.\.\/)+/, ''));
    }
  }
  return [...files];
}

/** How many round trips a run of `up` takes, each with a query or several. */
async function roundTripsOf({ run, database }: Scene, env: Record<string, string> = {}): Promise<number> {
  const tap = await tapWire(Number(database.env.PGPORT));
  try {
    expectSuccess(await run('up', { PGPORT: String(tap.port), ...env }));
    return tap.roundTrips;
  } finally {
    await tap.close();
  }
}

describe('round trips to the server', () => {
  test('at head it is one, with a lock file and without', async () => {
    const example = await scene(exampleFiles());
    expectSuccess(await example.run('up'));
    expect(await roundTripsOf(example)).toBe(1);
    const plain = await scene(pending);
    expectSuccess(await plain.run('up'));
    expect(await roundTripsOf(plain)).toBe(1);
    const readers = { SLIPWAY_READERS: 'pg_monitor,no_such_role' };
    for (const asked of [example, plain]) {
      expectSuccess(await asked.run('up', readers));
      // The grant has changed the catalog: what the example is known by is taken anew.
      expectSuccess(await asked.run('up', readers));
      expect(await roundTripsOf(asked, readers)).toBe(1);
      expect(await roundTripsOf(asked, { ...readers, SLIPWAY_FINGERPRINT: 'off' })).toBe(1);
    }
  });

  // Beside the migrations: the first inspection (two where there is no lock file to tell an empty database by), and the
  // last one, which where each is proved comes with the end of the last migration.
  test('a migration takes one, also where it is proved', async () => {
    const plain = await scene(pending);
    const alone = await roundTripsOf(plain);
    const locked = await scene(pending);
    expectSuccess(await locked.run('check --write'));
    const proved = await roundTripsOf(locked);
    // Four more where another database of the server was written to after the first inspection: it is inspected again.
    expect([migrations + 3, migrations + 7]).toContain(alone);
    // And one more that keeps the fingerprint of the catalog; and one more of the short query where it is inspected again.
    expect(proved).toBeGreaterThanOrEqual(migrations + 3);
    expect(proved).toBeLessThanOrEqual(migrations + 8);
  });

  // The first inspection; three transactional steps, the first ended beside the second and the others by themselves, the
  // last together with the last inspection; four for the index outside of a transaction: lock, ledger, whether it is there
  // and row; index; whether it is valid, and proof; completed row; and one that keeps the fingerprint. Five more on a busy
  // machine, as above.
  test('the example on an empty database takes eleven', async () => {
    const asked = await roundTripsOf(await scene({ ...exampleFiles(), ...locked }));
    expect(asked).toBeGreaterThanOrEqual(11);
    expect(asked).toBeLessThanOrEqual(16);
  });

  test('what a step asks does not grow with the versions that are there', async () => {
    const many = await scene(pending);
    expectSuccess(await many.run('up'));
    many.project.write(`migrations/${versionAt(migrations)}_one_more.sql`, 'CREATE TABLE one_more ();');
    // Of a run that has just ended it would be asked whether it goes on.
    await many.database.query(`UPDATE slipway.ledger SET finished_at = finished_at - interval '1 hour'`);
    expect(await roundTripsOf(many)).toBe(4);
  });
});

test('a server without TLS is connected to once, as libpq does', async () => {
  const plain = await scene(pending);
  const tap = await tapWire(Number(plain.database.env.PGPORT));
  try {
    expectSuccess(await plain.run('up', { PGPORT: String(tap.port), PGSSLMODE: 'prefer' }));
    expect(tap.connections).toBe(1);
  } finally {
    await tap.close();
  }
});

describe('an inspection of the whole schema', () => {
  /**
   * The settings of each inspection that a run takes: those that its message, or one before it, has made for its
   * transaction.
   */
  async function looksOf({ run, database }: Scene, command: string): Promise<string[]> {
    const tap = await tapWire(Number(database.env.PGPORT));
    try {
      expectSuccess(await run(command, { PGPORT: String(tap.port) }));
      return tap.queries.filter((query) => query.includes('member AS MATERIALIZED'));
    } finally {
      await tap.close();
    }
  }
  const compiles = (inspection: string): boolean =>
    !/\bjit = off|'jit', 'off'/.test(inspection.slice(0, inspection.indexOf('member AS MATERIALIZED')));

  test.each([
    ['up', '', 2],
    ['adopt', '', 2],
    ['repair --apply', `UPDATE slipway.ledger SET checksum = repeat('0', 64)`, 2],
    ['up', 'CREATE INDEX ON trading.users (created_at)', 1],
  ])('%s after "%s" has none compiled', async (command, change, least) => {
    const example = await scene({ ...exampleFiles(), ...locked });
    if (change === '') await example.database.query(exampleFiles()['sql/baseline.sql'] ?? '');
    else expectSuccess(await example.run('up'));
    await example.database.query(change);
    const looks = await looksOf(example, command);
    expect(looks.length).toBeGreaterThanOrEqual(least);
    expect(looks.filter(compiles)).toEqual([]);
  });
});

describe('what a start at head loads and reads', () => {
  const meter = `
    const fs = require('node:fs');
    const read = fs.readFileSync;
    let bytes = 0;
    let isWhole = false;
    fs.readFileSync = (...args) => {
      let content;
      isWhole = true;
      try {
        content = read(...args);
      } finally {
        isWhole = false;
      }
      if (!String(args[0]).startsWith(${JSON.stringify(join(root, 'dist'))})) bytes += Buffer.byteLength(content);
      return content;
    };
    const readSync = fs.readSync;
    fs.readSync = (...args) => {
      const length = readSync(...args);
      if (!isWhole) bytes += length;
      return length;
    };
    process.on('exit', () => {
      const modules = process.moduleLoadList.map((name) => name.split(' ').at(-1));
      fs.writeFileSync(process.env.METER, JSON.stringify({ bytes, modules }));
    });
  `;

  async function metered(
    { run, project }: Scene,
    sslmode: string,
  ): Promise<{ bytes: number; modules: string[] }> {
    const [code, result] = ['meter.cjs', 'meter.json'].map((name) => join(project.directory, name)) as [
      string,
      string,
    ];
    writeFileSync(code, meter);
    expectSuccess(await run('up', { NODE_OPTIONS: `--require ${code}`, METER: result, PGSSLMODE: sslmode }));
    return JSON.parse(readFileSync(result, 'utf8'));
  }

  test.each(['disable', 'prefer'])(
    'its own files, once each, and not the readable snapshot; nothing that it does not need (sslmode=%s)',
    async (sslmode) => {
      const example = await scene(exampleFiles());
      expectSuccess(await example.run('up'));
      const { bytes, modules } = await metered(example, sslmode);
      const files = Object.keys(exampleFiles()).filter((path) => !path.endsWith('schema.snapshot.json'));
      expect(bytes).toBe(
        files.reduce((sum, path) => sum + statSync(join(example.project.directory, path)).size, 0),
      );
      const unwanted = ['tls', 'worker_threads', 'child_process', 'http', 'readline'];
      expect(unwanted.filter((name) => modules.includes(name))).toEqual([]);
    },
  );

  test('the lock, once the server was told who is there, and the files, once it was asked', async () => {
    const example = await scene({ ...exampleFiles(), ...locked });
    expectSuccess(await example.run('up'));
    const [code, result] = ['order.cjs', 'order.json'].map((name) =>
      join(example.project.directory, name),
    ) as [string, string];
    writeFileSync(code, inOrder);
    expectSuccess(await example.run('up', { NODE_OPTIONS: `--require ${code}`, ORDER: result }));
    expect(JSON.parse(readFileSync(result, 'utf8'))).toEqual(['startup', 'lock', 'query', 'baseline']);
  });
  const inOrder = `
    const fs = require('node:fs');
    const { Socket } = require('node:net');
    const order = [];
    const names = { 'schema.lock.json': 'lock', 'baseline.sql': 'baseline' };
    const open = fs.openSync;
    fs.openSync = (path, ...rest) => {
      const name = names[String(path).split('/').at(-1)];
      if (name !== undefined) order.push(name);
      return open(path, ...rest);
    };
    // On a machine that is busy no time is over either.
    const later = globalThis.setTimeout;
    globalThis.setTimeout = (work, ms, ...rest) => later(work, ms * 100, ...rest);
    const write = Socket.prototype.write;
    Socket.prototype.write = function (bytes, ...rest) {
      // Protocol 3.0, and the type of a simple query (PostgreSQL docs 55.7).
      if (bytes[4] === 0 && bytes[5] === 3) order.push('startup');
      if (bytes[0] === 0x51) order.push('query');
      return write.call(this, bytes, ...rest);
    };
    process.on('exit', () => fs.writeFileSync(process.env.ORDER, JSON.stringify(order)));
  `;

  test('the queries of the catalogs, and nothing of what makes, changes and drops objects', async () => {
    const example = await scene(exampleFiles());
    expectSuccess(await example.run('up'));
    const folder = join(example.project.directory, 'coverage');
    expectSuccess(await example.run('up', { NODE_V8_COVERAGE: folder }));
    const [file = ''] = readdirSync(folder);
    const { result }: Coverage = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const loaded = result.filter(({ url }) => url.startsWith(pathToFileURL(parts).href));
    expect(loaded).toHaveLength(1);
    const ran = loaded.flatMap(filesThatRan);
    expect(ran).toEqual(expect.arrayContaining(['src/schema/catalog/snapshot.ts', 'src/schema/kinds.ts']));
    const writing =
      /^src\/schema\/(?:generate\/|objects\/(?:index|[\w-]+\/(?:index|create|alter|write))\.ts$|objects\/[\w-]+\.ts$)/;
    expect(ran.filter((name) => writing.test(name))).toEqual([]);
  });
});
