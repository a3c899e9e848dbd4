import { type Alteration, type AlterStep, type ObjectChange, recreate, step } from '../common/alteration.ts';
import { compareOptions, splitOuter } from '../common/clauses.ts';
import { setAndReset } from '../table/storage.ts';

const lineOf = (text: string, keyword: string): string | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${keyword} `));
  return line?.slice(keyword.length + 1);
};

/** A view's column defaults; only the last lines of the description can break, since they hold expressions. */
function defaultsOf(text: string): ReadonlyMap<string, string> {
  const [, list = ''] = /(?:^|\n)defaults ([\s\S]*?)(?:\nwith |$)/.exec(text) ?? [];
  return new Map(
    splitOuter(list).map((one) => {
      const [, name = '', expression = ''] = /^("(?:[^"]|"")*"|\S+)\s+([\s\S]*)$/.exec(one) ?? [];
      return [name, expression] as const;
    }),
  );
}

const definitionOf = ({ facets }: ObjectChange['before']): [string, string] | undefined =>
  Object.entries(facets).find(([facet]) => facet.startsWith('definition'));

/**
 * A view: only its options or defaults, or replaced where its columns stay and others come after them; else made
 * again. A materialized view that reads otherwise is always made again.
 *
 * @param createOrReplace the statements that make the view as it is to be, with OR REPLACE.
 */
export function alterView(
  { name, before, after }: ObjectChange,
  createOrReplace: readonly string[] | null,
): Alteration {
  const was = definitionOf(before);
  const is = definitionOf(after);
  const isSameQuery =
    lineOf(before.text, 'returns') === lineOf(after.text, 'returns') &&
    lineOf(before.text, 'reads') === lineOf(after.text, 'reads') &&
    (was?.[0] !== is?.[0] || was?.[1] === is?.[1]);
  const changes = isSameQuery
    ? [...optionSteps(name, before.text, after.text), ...defaultSteps(name, before.text, after.text)]
    : [];
  if (isSameQuery && after.kind === 'view') return { way: 'steps', steps: changes };
  const returnsMore = (lineOf(after.text, 'returns') ?? '').startsWith(`${lineOf(before.text, 'returns')}, `);
  const returnsSame = lineOf(after.text, 'returns') === lineOf(before.text, 'returns');
  if (after.kind !== 'view' || createOrReplace === null || !(returnsMore || returnsSame)) return recreate;
  return {
    way: 'steps',
    steps: [
      ...createOrReplace.map((sql) => step(sql)),
      ...[...defaultsOf(before.text).keys()]
        .filter((column) => !defaultsOf(after.text).has(column))
        .map((column) => step(`ALTER VIEW ${name} ALTER COLUMN ${column} DROP DEFAULT`)),
    ],
  };
}

const optionSteps = (name: string, before: string, after: string): AlterStep[] =>
  setAndReset(lineOf(before, 'with'), lineOf(after, 'with')).map((change) =>
    step(`ALTER VIEW ${name} ${change}`),
  );

function defaultSteps(name: string, before: string, after: string): AlterStep[] {
  const { set, gone } = compareOptions(defaultsOf(before), defaultsOf(after));
  return [
    ...set.map(([column, expression]) =>
      step(`ALTER VIEW ${name} ALTER COLUMN ${column} SET DEFAULT ${expression}`),
    ),
    ...gone.map((column) => step(`ALTER VIEW ${name} ALTER COLUMN ${column} DROP DEFAULT`)),
  ];
}
