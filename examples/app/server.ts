import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { Pool } from 'pg';

/** What `GET /` answers: proof that the schema is there. */
export interface SchemaReport {
  readonly schema: 'trading';
  readonly tables: number;
  /** The newest version in the ledger. */
  readonly head: string;
}

const passwordFile = process.env.PGPASSWORD_FILE;
const pool = new Pool({
  max: 4,
  ...(passwordFile && { password: readFileSync(passwordFile, 'utf8').replace(/\r?\n$/, '') }),
});
pool.on('error', (error) => console.error(`idle connection lost: ${error.message}`));

async function readSchema(): Promise<SchemaReport> {
  const { rows } = await pool.query<{ tables: number; head: string }>(`
    select (select count(*)::int from pg_catalog.pg_tables where schemaname = 'trading') as tables,
           (select max(version) from slipway.ledger where app = 'default' and state = 'done') as head`);
  const [row] = rows;
  if (!row) throw new Error('the query gave no row');
  return { schema: 'trading', ...row };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

const server = createServer((request, response) => {
  if (request.url === '/healthz') return answer(response, 200, { status: 'ok' });
  if (request.url !== '/') return answer(response, 404, { error: 'not found' });
  readSchema().then(
    (report) => answer(response, 200, report),
    (error: Error) => {
      console.error(error.message);
      answer(response, 503, { error: 'the database does not answer' });
    },
  );
});

server.listen(Number(process.env.PORT ?? 8080), () => console.log('listening'));

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => void pool.end());
    server.closeIdleConnections();
  });
}
