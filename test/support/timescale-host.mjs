// A server with TimescaleDB, for timescale.ts: PostgreSQL as WebAssembly, one for each database, behind one port. It is a
// process of its own, since the engine computes on the thread that calls it.
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';

const [, , pglite, timescale] = process.argv;
const { PGlite } = await import(pathToFileURL(pglite));
const { timescaledb } = await import(pathToFileURL(timescale));

/** Databases by name. Each is one session, which one client after another is given. */
const databases = new Map();

/** The engine would tell a client what only its developers want to know. */
const quiet = 'SET client_min_messages = notice';

async function makeDatabase() {
  const engine = await PGlite.create({ extensions: { timescaledb } });
  // As shared_preload_libraries does.
  await engine.exec(`LOAD 'timescaledb'; ${quiet}`);
  return { engine, free: Promise.resolve() };
}

function databaseOf(name) {
  if (!databases.has(name)) databases.set(name, makeDatabase());
  return databases.get(name);
}

async function forget(name) {
  const database = databases.get(name);
  databases.delete(name);
  await (await database)?.engine.close().catch(() => {});
}

/** Codes that stand in the place of a protocol version (PostgreSQL docs, 54.7). */
const [cancelRequest, sslRequest, gssRequest] = [80877102, 80877103, 80877104];
const query = 'Q'.charCodeAt(0);
const terminate = 'X'.charCodeAt(0);
/** Messages that the server answers at once: Query, Sync, Flush, PasswordMessage, CopyDone, CopyFail. */
const answered = new Set([...'QSHpcf'].map((letter) => letter.charCodeAt(0)));

/** The first whole message of what has come, or null; a client's first messages have no type. */
function firstMessage(bytes, hasType) {
  const head = hasType ? 1 : 0;
  if (bytes.length < head + 4) return null;
  const length = head + bytes.readUInt32BE(head);
  return bytes.length < length ? null : bytes.subarray(0, length);
}

function databaseIn(startup) {
  const words = startup.subarray(8).toString('utf8').split('\0');
  return words[words.findIndex((word, at) => at % 2 === 0 && word === 'database') + 1];
}

/** The database that a Query drops, or undefined. */
const droppedBy = (message) =>
  message[0] === query
    ? /^DROP DATABASE (?:IF EXISTS )?"?([^\s";]+)/.exec(message.subarray(5).toString('utf8'))?.[1]
    : undefined;

/** The messages of a connection, whole. */
async function* messagesOf(socket) {
  let bytes = Buffer.alloc(0);
  let isStarted = false;
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    for (let message = firstMessage(bytes, isStarted); message; message = firstMessage(bytes, isStarted)) {
      bytes = bytes.subarray(message.length);
      isStarted ||= ![sslRequest, gssRequest].includes(message.readUInt32BE(4));
      yield message;
    }
  }
}

/** Serves one client, from its first message to its last. */
async function serve(socket) {
  let database = null;
  let release = () => {};
  let batch = [];
  try {
    for await (const message of messagesOf(socket)) {
      if (database === null) {
        const code = message.readUInt32BE(4);
        if (code === cancelRequest) return;
        if (code === sslRequest || code === gssRequest) {
          socket.write('N');
          continue;
        }
        database = await databaseOf(databaseIn(message));
        const free = database.free;
        database.free = new Promise((resolve) => {
          release = resolve;
        });
        await free;
        socket.write(await database.engine.execProtocolRaw(message));
        continue;
      }
      if (message[0] === terminate) return;
      batch.push(message);
      if (!answered.has(message[0])) continue;
      socket.write(await database.engine.execProtocolRaw(Buffer.concat(batch)));
      batch = [];
      const dropped = droppedBy(message);
      if (dropped !== undefined) await forget(dropped);
    }
  } catch (error) {
    if (error.code !== 'ECONNRESET') throw error;
  } finally {
    socket.destroy();
    // What a session has set, prepared or begun ends with it.
    await database?.engine.exec(`ROLLBACK; DISCARD ALL; ${quiet}`).catch(() => {});
    release();
  }
}

const server = createServer((socket) => {
  socket.on('error', () => {});
  void serve(socket);
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
