import { history, type Step } from './history.ts';

/** What stands in a database, read without any of Slipway's code. */
export interface Facts {
  /** version -> state, of the ledger's rows. */
  readonly ledger: ReadonlyMap<string, string>;
  /** The relations of the schema `public`, and whether each is there whole: an index may be invalid. */
  readonly relations: ReadonlyMap<string, boolean>;
  /** What `public.trace` holds. */
  readonly traces: readonly number[];
}

/** One statement that reads the facts; `ledger` is null where there is no such table, as `traces` is. */
export const factsQuery = `SELECT
  (SELECT json_object_agg(c.relname, coalesce(i.indisvalid, true)) FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i')) AS relations,
  CASE WHEN to_regclass('slipway.ledger') IS NOT NULL THEN
    query_to_xml('SELECT version, state FROM slipway.ledger ORDER BY version', false, true, '')::text END AS ledger,
  CASE WHEN to_regclass('public.trace') IS NOT NULL THEN
    query_to_xml('SELECT step FROM public.trace ORDER BY step', false, true, '')::text END AS traces`;

/** Makes facts of the one row that `factsQuery` gives. */
export function readFacts(row: {
  relations: Record<string, boolean> | null;
  ledger: string | null;
  traces: string | null;
}): Facts {
  const all = (text: string | null, pattern: RegExp): RegExpMatchArray[] => [
    ...(text ?? '').matchAll(pattern),
  ];
  return {
    relations: new Map(Object.entries(row.relations ?? {})),
    ledger: new Map(
      all(row.ledger, /<version>(.*?)<\/version>\s*<state>(.*?)<\/state>/gs).map(([, version, state]) => [
        String(version),
        String(state),
      ]),
    ),
    traces: all(row.traces, /<step>(\d+)<\/step>/g).map(([, step]) => Number(step)),
  };
}

/** What is half done in a database, a line each; none where it stands at a version. */
export function halfDone(facts: Facts): string[] {
  const problems: string[] = [];
  const known = new Set(history.map(({ version }) => version));
  for (const version of facts.ledger.keys()) {
    if (!known.has(version)) problems.push(`the ledger has ${version}, which no file has`);
  }
  let isOver = false;
  for (const step of history) {
    const state = facts.ledger.get(step.version);
    if (isOver && state !== undefined)
      problems.push(`${step.version} is ${state} after one that is not done`);
    problems.push(...problemsOf(step, state, facts));
    if (state !== 'done') isOver = true;
  }
  return problems;
}

function problemsOf(step: Step, state: string | undefined, facts: Facts): string[] {
  const { version, kind } = step;
  const isTransactional = kind === 'transactional' || kind === 'baseline';
  const relation = step.relation === null ? undefined : facts.relations.get(step.relation);
  const written = facts.traces.filter((trace) => step.traces.includes(trace));
  if (state === 'done') {
    if (step.relation !== null && relation !== true) return [`${version} is done without ${step.relation}`];
    return written.join() === step.traces.join() ? [] : [`${version} is done with the rows ${written}`];
  }
  if (state === undefined) {
    if (relation !== undefined) return [`${step.relation} is there without ${version}`];
    return written.length === 0 ? [] : [`rows ${written} are there without ${version}`];
  }
  if (state !== 'running' || isTransactional) return [`${version} is ${state}`];
  // It was begun: any part of it may be there, in its order, and none twice.
  const isPart = written.every((trace, n) => trace === step.traces[n]);
  return isPart ? [] : [`${version} is running with the rows ${written}`];
}

/** Whether every version is done. */
export const isAtHead = ({ ledger }: Facts): boolean =>
  history.every(({ version }) => ledger.get(version) === 'done');

/** Whether what holds the database up is a step that only a person can judge: 84 is right then. */
export function needsPerson({ ledger }: Facts): boolean {
  return history.some(
    ({ version, kind }) => kind === 'committing block' && ledger.get(version) === 'running',
  );
}
