/** What came of one family. */
export interface FamilySummary {
  readonly family: string;
  readonly cases: number;
  /** How many cases ended in which exit, by its name. */
  readonly exits: ReadonlyMap<string, number>;
  readonly problems: number;
}

/** The summary as a table in Markdown, with the sum in its last line. */
export function tableOf(summaries: readonly FamilySummary[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  const exits = new Map<string, number>();
  for (const summary of summaries)
    for (const [exit, count] of summary.exits) exits.set(exit, (exits.get(exit) ?? 0) + count);
  const row = ({ family, cases, exits: ended, problems }: FamilySummary): string =>
    line([family, cases, inOrder(ended), problems]);
  const sum = (key: 'cases' | 'problems'): number => summaries.reduce((all, one) => all + one[key], 0);
  return [
    line(['input', 'cases', 'how they ended', 'problems']),
    line(['---', '--:', '---', '--:']),
    ...summaries.map(row),
    row({ family: 'all', cases: sum('cases'), exits, problems: sum('problems') }),
  ].join('\n');
}

const inOrder = (exits: ReadonlyMap<string, number>): string =>
  [...exits]
    .sort(([, a], [, b]) => b - a)
    .map(([exit, count]) => `${exit} ${count}`)
    .join(', ');
