import { startCounting } from './leaks.ts';
import { scratchFolder } from './scratch.ts';
import {
  type StartedServer,
  serversVariable,
  startServer,
  type TestServer,
  wantedMajors,
} from './servers.ts';

declare global {
  /** The servers of this run, for the teardown, which runs in the same process. */
  var slipwayTestServers: StartedServer[] | undefined;
}

/**
 * Starts a real PostgreSQL of every wanted major. One that cannot be had is left out of the tests with a warning on
 * a person's machine, and is a failure where CI is set.
 */
export default async function serversUp(): Promise<void> {
  process.env.TMPDIR = scratchFolder();
  startCounting();
  const majors = wantedMajors(process.env);
  const results = await Promise.allSettled(majors.map(startServer));
  const servers: TestServer[] = [];
  globalThis.slipwayTestServers = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  const failures: unknown[] = [];
  for (const [index, result] of results.entries()) {
    const major = majors[index];
    if (major === undefined) continue;
    if (result.status === 'fulfilled') {
      const { host, port, user, password } = result.value;
      servers.push({ major, host, port, user, password });
    } else {
      failures.push(result.reason);
      process.stderr.write(
        `\nPostgreSQL ${major} IS NOT TESTED: ${result.reason}\n${result.reason.cause ?? ''}\n`,
      );
    }
  }
  if (servers.length === 0 || (failures.length > 0 && process.env.CI)) {
    await Promise.all(globalThis.slipwayTestServers.map((server) => server.stop('immediate')));
    throw new AggregateError(failures, 'Not every PostgreSQL major can be tested; the reasons stand above.');
  }
  process.env[serversVariable] = JSON.stringify(servers);
}
