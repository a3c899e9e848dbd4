import { join } from 'node:path';
import type { Verdict } from '../../bench/engines/judge.ts';
import { readScores, type Scores } from '../../bench/engines/scores.ts';
import { unavailable } from '../../bench/engines/unavailable.ts';
import { markdownTable } from './text.ts';

/** What a verdict is called, in the singular and the plural. */
const names: Readonly<Record<Exclude<Verdict, 'right' | 'said'>, string>> = {
  rows: 'values lost',
  positions: 'a sequence set back',
  differs: 'another schema than desired',
  silent: 'nothing written',
  refused: 'SQL that the server refuses',
  crashed: 'no answer',
};
const wrong: readonly Verdict[] = ['rows', 'positions', 'differs', 'silent'];
const failed: readonly Verdict[] = ['refused', 'crashed'];

type Engine = Scores['engines'][number];

/** The tables of docs/autogenerate.md on how engines score, from bench/engines/scores.json. */
export function engineScores(root: string): string {
  const scores = readScores(join(root, 'bench/engines/scores.json'));
  if (scores === null) throw new Error('bench/engines/scores.json is not there');
  const engines = [...scores.engines].sort((a, b) => rightOf(scores, b) - rightOf(scores, a));
  const notes = engines.filter(({ note }) => note !== undefined);
  return [
    howMany(scores, engines),
    wholeTable(scores, engines),
    groupTable(scores, engines),
    ...engines.flatMap((engine) => lossesOf(scores, engine)),
    `Of these must be known:\n\n${notes.map(({ name, note }) => `- ${name} ${note}.\n`).join('')}`,
    `Not scored:\n\n${unavailable.map(({ name, reason }) => `- ${name}: ${reason}.\n`).join('')}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const groupsOf = ({ mutations }: Scores): readonly string[] => [
  ...new Set(mutations.map(({ group }) => group)),
];

/** How many changes there are, and which engines were asked about fewer: those that know nothing of a whole group. */
function howMany(scores: Scores, engines: readonly Engine[]): string {
  const lacks = (engine: Engine): readonly string[] =>
    groupsOf(scores).filter((group) => verdictsOf(scores, engine, group).length === 0);
  const earlier = engines.filter((engine) => lacks(engine).length > 0);
  const lacking = groupsOf(scores).filter((group) => earlier.some((engine) => lacks(engine).includes(group)));
  const whole = `The list has ${scores.mutations.length} changes; what is newer than an engine's server is not asked for.`;
  return earlier.length === 0
    ? `${whole}\n`
    : `${whole} Scored earlier, when the list had no ${lacking.join(', ')}: ${earlier.map(({ name }) => name).join(', ')}.\n`;
}

const verdictsOf = ({ mutations }: Scores, { name }: Engine, group?: string): Verdict[] =>
  mutations
    .filter((mutation) => group === undefined || mutation.group === group)
    .flatMap(({ verdicts }) => verdicts[name] ?? []);

const countOf = (verdicts: readonly Verdict[], wanted: readonly Verdict[]): number =>
  verdicts.filter((verdict) => wanted.includes(verdict)).length;

const rightOf = (scores: Scores, engine: Engine): number => countOf(verdictsOf(scores, engine), ['right']);

const wholeTable = (scores: Scores, engines: readonly Engine[]): string =>
  markdownTable(
    ['engine', 'PostgreSQL', 'right', 'says what it left', 'wrong', 'failed', 'of', 'wrong or failed by'],
    engines.map((engine) => {
      const verdicts = verdictsOf(scores, engine);
      return [
        `${engine.name} ${engine.version}`,
        engine.postgresql,
        `**${countOf(verdicts, ['right'])}**`,
        String(countOf(verdicts, ['said'])),
        String(countOf(verdicts, wrong)),
        String(countOf(verdicts, failed)),
        String(verdicts.length),
        Object.entries(names)
          .map(([verdict, text]) => ({ text, count: countOf(verdicts, [verdict as Verdict]) }))
          .filter(({ count }) => count > 0)
          .map(({ text, count }) => `${text}: ${count}`)
          .join(', '),
      ];
    }),
  );

function groupTable(scores: Scores, engines: readonly Engine[]): string {
  const groups = groupsOf(scores);
  return markdownTable(
    ['right, of', ...groups],
    engines.map((engine) => [
      engine.name,
      ...groups.map((group) => {
        const verdicts = verdictsOf(scores, engine, group);
        return verdicts.length === 0 ? 'not asked' : `${countOf(verdicts, ['right'])} of ${verdicts.length}`;
      }),
    ]),
  );
}

/** Where an engine's SQL lost what the tables held, or set a sequence back. */
function lossesOf({ mutations }: Scores, { name }: Engine): string[] {
  const lost = mutations.filter(({ verdicts }) => ['rows', 'positions'].includes(verdicts[name] ?? ''));
  if (lost.length === 0) return [];
  return [
    `${name} lost what was in the tables with:\n\n${lost.map(({ apply }) => `- \`${apply}\`\n`).join('')}`,
  ];
}
