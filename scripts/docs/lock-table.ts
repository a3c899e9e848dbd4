import type { LockMode } from '../../src/core/index.ts';
import { blockedBy, parseImpact, sqlOfMode } from '../../src/impact/index.ts';
import recorded from '../../test/fixtures/locks/recorded.json' with { type: 'json' };
import { lockStatements } from '../../test/fixtures/locks/statements.ts';
import { markdownTable } from './text.ts';

/** What squawk says of each file, whatever is in it: Slipway sets both itself. */
const everywhere = new Set(['require-lock-timeout', 'require-statement-timeout']);

/** What each statement of the record locks and does, and what squawk says of it: a table for each group. */
export function lockTable(): string {
  const records = new Map<string, (typeof recorded.statements)[number]>(
    recorded.statements.map((statement) => [statement.sql, statement]),
  );
  const groups = [...new Set(lockStatements.map(({ group }) => group))];
  return groups
    .map((group) => {
      const rows = lockStatements
        .filter((statement) => statement.group === group)
        .map(({ sql, from }) => {
          const { impact = {}, squawk = [] } = records.get(sql) ?? {};
          const since = from === undefined ? '' : ` (PostgreSQL ${from})`;
          return [
            `\`${sql}\`${since}`,
            ...cellsOf(impact),
            squawk.filter((rule) => !everywhere.has(rule)).join(', '),
          ];
        });
      const header = ['statement', 'takes', 'blocks', 'the rows meanwhile', 'squawk'];
      return `### ${group}\n\n${markdownTable(header, rows)}`;
    })
    .join('\n');
}

/** What it takes, whom that blocks, and what it does with the rows. */
function cellsOf(impact: Readonly<Record<string, string | undefined>>): [string, string, string] {
  const known = Object.entries(impact).map(([relation, text]) => [relation, text ?? ''] as const);
  const relations = [...(parseImpact(Object.fromEntries(known)) ?? [])];
  const modes = [...new Set(relations.map(([, { mode }]) => mode))];
  const takes = modes.map((mode) => {
    const on = relations.filter(([, taken]) => taken.mode === mode);
    return `${sqlOfMode(mode)} on ${on.map(([name]) => name).join(', ')}`;
  });
  const works = relations.flatMap(([name, { work }]) =>
    work === 'none' ? [] : [`${work === 'scan' ? 'reads' : 'rewrites'} ${name}`],
  );
  return [takes.join('; '), blocked(relations.map(([, { mode }]) => mode)), works.join('; ')];
}

function blocked(modes: readonly LockMode[]): string {
  const all = modes.map(blockedBy);
  if (all.some(({ reads }) => reads)) return 'reads and writes';
  return all.some(({ writes }) => writes) ? 'writes' : '';
}

/** How many statements there are, and which versions were asked. */
export const lockTableFacts = (): string =>
  `${recorded.statements.length} statements, on PostgreSQL ${recorded.postgres}, beside the findings of squawk ${recorded.squawk}.\n`;
