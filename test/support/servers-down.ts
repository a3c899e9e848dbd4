import { stopCounting } from './leaks.ts';

/** Ends the servers that the set-up started. @throws Error where a secret was seen anywhere in the whole run. */
export default async function serversDown(): Promise<void> {
  const servers = globalThis.slipwayTestServers ?? [];
  const records = await Promise.all(servers.map((server) => server.searchLog()));
  await Promise.all(servers.map((server) => server.stop('immediate')));
  const { runs, failed, leaks } = stopCounting();
  const [all, bad, statements] = [runs, failed, records.reduce((sum, n) => sum + n, 0)].map((n) =>
    n.toLocaleString('en'),
  );
  process.stderr.write(
    `secrets: ${all} runs searched, ${bad} of them failed; ${statements} records of their sessions; ${leaks.length} hits\n`,
  );
  if (leaks.length > 0) throw new Error(leaks.join('\n'));
}
