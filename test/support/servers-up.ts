import { writeFileSync } from 'node:fs';
import { startCounting } from './leaks.ts';
import { scratchFolder } from './scratch.ts';
import {
  describeServer,
  type StartedServer,
  serversVariable,
  startServer,
  type TestServer,
  wantedServers,
} from './servers.ts';

declare global {
  /** The servers of this run, for the teardown, which runs in the same process. */
  var slipwayTestServers: StartedServer[] | undefined;
}

/**
 * Starts every wanted PostgreSQL. One that cannot be had is left out of the tests with a warning on a person's machine,
 * and is a failure where CI is set. Their versions are said, and written into the file that SLIPWAY_TEST_VERSIONS_FILE
 * names.
 */
export default async function serversUp(): Promise<void> {
  process.env.TMPDIR = scratchFolder();
  startCounting();
  const all = wantedServers(process.env);
  const results = await Promise.allSettled(all.map(startServer));
  const servers: TestServer[] = [];
  globalThis.slipwayTestServers = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const failures: unknown[] = [];
  for (const [index, result] of results.entries()) {
    const wanted = all[index];
    if (wanted === undefined) continue;
    if (result.status === 'fulfilled') {
      servers.push(describeServer(wanted, result.value));
    } else {
      failures.push(result.reason);
      process.stderr.write(
        `\nPostgreSQL ${wanted} IS NOT TESTED: ${result.reason}\n${result.reason.cause ?? ''}\n`,
      );
    }
  }
  if (servers.length === 0 || (failures.length > 0 && process.env.CI)) {
    await Promise.all(globalThis.slipwayTestServers.map((server) => server.stop('immediate')));
    throw new AggregateError(failures, 'Not every PostgreSQL can be tested; the reasons stand above.');
  }
  const versions = servers.sort((a, b) => a.major - b.major).map(({ version }) => version);
  process.stderr.write(`PostgreSQL ${versions.join(' ')}\n`);
  if (process.env.SLIPWAY_TEST_VERSIONS_FILE)
    writeFileSync(process.env.SLIPWAY_TEST_VERSIONS_FILE, versions.join(' '));
  process.env[serversVariable] = JSON.stringify(servers);
}
