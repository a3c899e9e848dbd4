/** What a version of the history under test is: how it is applied decides what may be left of it. */
type StepKind = 'baseline' | 'transactional' | 'concurrent index' | 'committing block' | 'repeated';

/** One version of the history under test, and what it leaves, for a judge that knows nothing of Slipway. */
export interface Step {
  readonly version: string;
  readonly kind: StepKind;
  readonly sql: string;
  /** The rows of `public.trace` that it writes, each once. */
  readonly traces: readonly number[];
  /** The relation that it makes, in the schema `public`. */
  readonly relation: string | null;
}

const versionOf = (n: number): string => `2025010${n}000000`;

const transactional = (n: number): Step => ({
  version: versionOf(n),
  kind: 'transactional',
  sql: `CREATE TABLE public.t${n} (id integer PRIMARY KEY, note text DEFAULT 'none');
INSERT INTO public.t${n} SELECT g, 'row' FROM generate_series(1, 20) AS g;
INSERT INTO public.trace VALUES (${n});
`,
  traces: [n],
  relation: `t${n}`,
});

/** One baseline, five transactional migrations, two that are not, and one that is repeated. */
export const history: readonly Step[] = [
  {
    version: versionOf(1),
    kind: 'baseline',
    sql: `-- slipway: version ${versionOf(1)}
CREATE TABLE public.trace (step integer NOT NULL);
CREATE TABLE public.t1 (id integer PRIMARY KEY);
INSERT INTO public.trace VALUES (1);
`,
    traces: [1],
    relation: 't1',
  },
  transactional(2),
  transactional(3),
  {
    version: versionOf(4),
    kind: 'concurrent index',
    sql: '-- slipway: no-transaction\nCREATE INDEX CONCURRENTLY trace_step ON public.trace (step);\n',
    traces: [],
    relation: 'trace_step',
  },
  transactional(5),
  {
    version: versionOf(6),
    kind: 'committing block',
    sql: `-- slipway: no-transaction
DO $$ BEGIN INSERT INTO public.trace VALUES (61); COMMIT; INSERT INTO public.trace VALUES (62); END $$;
`,
    traces: [61, 62],
    relation: null,
  },
  transactional(7),
  {
    version: versionOf(8),
    kind: 'repeated',
    sql: `-- slipway: repeat 1 pause 0
INSERT INTO public.trace SELECT n FROM (VALUES (81), (82)) AS left_over (n)
 WHERE n NOT IN (SELECT step FROM public.trace) ORDER BY n LIMIT current_setting('slipway.batch')::int;
`,
    traces: [81, 82],
    relation: null,
  },
  transactional(9),
];

/** The files of the history: path -> content. */
export const historyFiles: Readonly<Record<string, string>> = Object.fromEntries(
  history.map(({ version, kind, sql }) => [
    kind === 'baseline' ? 'sql/baseline.sql' : `migrations/${version}_step.sql`,
    sql,
  ]),
);
