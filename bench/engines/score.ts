import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Embedded } from '../../src/shadow/embedded.ts';
import { hardRows } from '../../test/support/hard-rows.ts';
import { startServer } from '../../test/support/servers.ts';
import { type Database, makeDatabase } from './databases.ts';
import type { Engine, Written } from './engine.ts';
import { findEngine } from './engines.ts';
import {
  applyUnits,
  type Case,
  differences,
  inspection,
  type Judgement,
  judge,
  judgeNothing,
  type Seen,
  type Verdict,
} from './judge.ts';
import { type Mutation, mutations } from './mutations.ts';
import { readScores, type ScoredMutation, writeScores } from './scores.ts';
import { Worker } from './worker.ts';

/**
 * Scores engines on every change, and writes what it finds into scores.json; the engines that are not asked keep the
 * scores they have there.
 *
 * @param root of the repository.
 * @param words names of engines; all, where there are none. With `--new`, an engine of the version that was scored keeps
 * its scores, and is asked about what came to the list since.
 */
export async function score(root: string, words: readonly string[]): Promise<void> {
  const names = words.filter((word) => word !== '--new');
  const folder = join(root, 'bench', 'engines');
  const path = join(folder, 'scores.json');
  const details = join(root, '.cache', 'engines', 'details');
  mkdirSync(details, { recursive: true });
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  for (const name of names.length === 0 ? Object.keys(findEngine) : names) {
    const engine = findEngine[name]?.(folder, own);
    if (!engine)
      throw new Error(`no engine is called ${name}; there are ${Object.keys(findEngine).join(', ')}`);
    const server = await startServer(engine.major);
    const worker = new Worker(folder, adapterUrl(root, engine));
    const log = join(details, `${name}.txt`);
    rmSync(log, { force: true });
    try {
      const { engines: scored = [], mutations: known = [] } = readScores(path) ?? {};
      const isScored = scored.some((other) => other.name === engine.name && other.version === engine.version);
      const isKept = ({ apply }: Mutation): boolean =>
        words.includes('--new') && isScored && standingOf(known, apply)[engine.name] !== undefined;
      const asked = mutations.filter((mutation) => !isKept(mutation));
      const told = await scoreOne(
        { root, asked, worker, log: (text) => appendFileSync(log, text) },
        engine,
        server,
      );
      const verdicts = mutations.map((mutation) =>
        isKept(mutation) ? standingOf(known, mutation.apply)[engine.name] : told[asked.indexOf(mutation)],
      );
      // Another run may have written meanwhile.
      const { engines: others = [], mutations: standing = [] } = readScores(path) ?? {};
      const line = {
        name: engine.name,
        version: engine.version,
        postgresql: server.version,
        ...(engine.note === undefined ? {} : { note: engine.note }),
      };
      writeScores(path, {
        engines: [...others.filter(({ name: other }) => other !== engine.name), line],
        mutations: mutations.map(({ group, apply }, index) => ({
          group,
          apply,
          verdicts: { ...standingOf(standing, apply), ...verdictOf(engine, verdicts[index]) },
        })),
      });
      const right = verdicts.filter((verdict) => verdict === 'right').length;
      const all = verdicts.filter((verdict) => verdict !== undefined).length;
      process.stdout.write(`${engine.name} ${engine.version}: ${right} of ${all} right\n`);
    } finally {
      worker.end();
      await server.stop('immediate');
    }
  }
}

const adapterUrl = (root: string, { adapter }: Engine): string =>
  pathToFileURL(
    adapter === 'slipway'
      ? join(root, '.cache', 'engines', 'slipway.mjs')
      : join(root, 'bench', 'engines', 'adapters', `${adapter}.mjs`),
  ).href;

const standingOf = (standing: readonly ScoredMutation[], apply: string): ScoredMutation['verdicts'] =>
  standing.find((mutation) => mutation.apply === apply)?.verdicts ?? {};

const verdictOf = ({ name }: Engine, verdict: Verdict | undefined): ScoredMutation['verdicts'] =>
  verdict === undefined ? {} : { [name]: verdict };

/** What one engine is asked, and how. */
interface Round {
  readonly root: string;
  readonly asked: readonly Mutation[];
  readonly worker: Worker;
  readonly log: (text: string) => void;
}

/** Asks one engine about every change that its server has; undefined for the others. */
async function scoreOne(
  { root, asked, worker, log }: Round,
  { name, major, without }: Engine,
  server: Embedded,
): Promise<readonly (Verdict | undefined)[]> {
  const template = await makeDatabase(server);
  const hardSchema = readFileSync(join(root, 'test', 'fixtures', 'hard-schema.sql'), 'utf8');
  await template.session.run(hardSchema);
  await template.session.run(hardRows);
  if (without) await template.session.run(without);
  await template.close();
  const copy = (): Promise<Database> => makeDatabase(server, template.place.database);
  const before = await copy();
  const seenBefore = await inspection(before.session);
  const verdicts: (Verdict | undefined)[] = [];
  for (const [index, { group, apply, since }] of asked.entries()) {
    if (since > major) {
      verdicts.push(undefined);
      continue;
    }
    const wished = await copy();
    try {
      const seenWished = await makeChange(wished, apply, without);
      if (seenWished === null || differences(seenBefore.snapshot, seenWished.snapshot).length === 0) {
        verdicts.push('crashed');
        log(`=== ${group} ${index}: crashed\n${apply}\n--- it was spared what this changes\n`);
        continue;
      }
      const of = { before: before.session, wished: wished.session, seenBefore, seenWished };
      const { verdict, detail, written } = await tryOne(worker, before, wished, copy, of);
      verdicts.push(verdict);
      const sql = written?.units.map((unit) => unit.sql.trimEnd()).join('\n-- next\n') ?? '';
      log(`=== ${group} ${index}: ${verdict}\n${apply}\n--- ${detail}\n${sql}\n`);
      if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${index + 1} of ${asked.length} `);
    } finally {
      await wished.drop();
    }
  }
  return verdicts;
}

/**
 * Makes the change.
 *
 * @returns what is there then; null where it cannot be made, since an engine was spared what it changes.
 * @throws pg.DatabaseError where it cannot be made though nothing was spared.
 */
async function makeChange({ session }: Database, apply: string, without?: string): Promise<Seen | null> {
  try {
    await session.run(apply);
  } catch (error) {
    if (without === undefined) throw error;
    return null;
  }
  return inspection(session);
}

/** Asks for one change, runs the answer on a database of its own, and judges it. */
async function tryOne(
  worker: Worker,
  before: Database,
  wished: Database,
  copy: () => Promise<Database>,
  of: Case,
): Promise<Judgement & { readonly written?: Written }> {
  const answer = await worker.ask(before.place, wished.place);
  if (answer.kind === 'crashed') return { verdict: 'crashed', detail: answer.reason };
  const { written } = answer;
  if (written.units.length === 0) return { ...judgeNothing(written, of), written };
  const trial = await copy();
  try {
    const refusal = await applyUnits(trial.session, written.units);
    if (refusal !== null) return { verdict: 'refused', detail: refusal, written };
    return { ...(await judge(trial.session, written, of)), written };
  } finally {
    await trial.drop();
  }
}
