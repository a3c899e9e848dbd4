/** Ends the servers that the set-up started. */
export default async function serversDown(): Promise<void> {
  await Promise.all((globalThis.slipwayTestServers ?? []).map((server) => server.stop('immediate')));
}
