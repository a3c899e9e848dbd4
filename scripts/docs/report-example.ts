import { readFileSync } from 'node:fs';
import { copyExample, type RecordingServer, recordOne, type Take } from './recordings.ts';

/** The moments and durations that the ledger is given, so that each recording is the same. */
const steps = [
  ['20251127101038', '2025-11-27 10:21:07+00', 184],
  ['20251204093000', '2025-12-04 09:44:52+00', 12],
  ['20251211140500', '2025-12-11 14:18:30+00', 96],
  ['20251218101500', '2025-12-18 10:31:15+00', 9],
] as const;

/** Each page with how it comes about. */
const pages: Readonly<Record<string, (take: Take, root: string) => Promise<void>>> = {
  async 'docs/report-example.md'({ project, run, keep }, root) {
    copyExample(root, project);
    project.write('base.lock.json', baseOf(readFileSync(project.path('sql/schema.lock.json'), 'utf8')));
    await run('check --against base.lock.json --report report.md --log-level silent');
    keep('report.md');
  },
  async 'docs/report-example.html'({ project, run, sql, keep }, root) {
    copyExample(root, project);
    await run('up --log-level silent');
    for (const [version, at, ms] of steps)
      await sql(
        `UPDATE slipway.ledger SET started_at = '${at}', finished_at = '${at}', duration_ms = ${ms} WHERE version = '${version}'`,
      );
    await sql('DROP INDEX trading.idx_position_status');
    await run('status --drift --report report.html --log-level silent');
    keep('report.html');
  },
};

/** The lock of the branch that the example is to be merged into: it has the baseline alone. */
const baseOf = (lock: string): string => JSON.stringify({ ...JSON.parse(lock), migrations: {} });

/** The pages that `reportExamples` makes. */
export const reportPages: readonly string[] = Object.keys(pages);

/**
 * The reports of the bundled example, as the program writes them.
 *
 * @param bundle the program to run, `dist/slipway.js`.
 * @returns page -> text; the moment at which it was written is always the same.
 */
export async function reportExamples(
  server: RecordingServer,
  bundle: string,
  root: string,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const [page, take] of Object.entries(pages)) {
    const recorded = await recordOne(server, bundle, (stage) => take(stage, root));
    texts.set(page, `${reportIn(recorded)}\n`);
  }
  return texts;
}

/** The report alone, without the commands that led to it. */
const reportIn = (recorded: string): string =>
  recorded
    .slice(recorded.search(/^(?:## |<!doctype html>)/m))
    .replace(/(Written by slipway \S+, )[\d-]+ [\d:]+ UTC/, '$12026-01-05 09:00:00 UTC');
