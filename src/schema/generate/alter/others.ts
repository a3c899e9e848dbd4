import { literal } from '../../../postgres/index.ts';
import { alterOptionList, readLiteral } from '../foreign-options.ts';
import { operatorMembers } from '../operator-members.ts';
import { type Alteration, left, type ObjectChange, recreate, type Step, step, steps } from './alteration.ts';
import { clausesOf, compareOptions, insideBrackets, splitOuter } from './clauses.ts';

/** An extension that stands in another schema; its version is not for a migration to choose. */
export const alterExtension = ({ name, after }: ObjectChange): Alteration =>
  steps(
    step(
      `ALTER EXTENSION ${name} SET SCHEMA ${after.text.slice('in '.length)}`,
      'fails where the extension cannot be moved',
    ),
  );

const operatorKeywords = [
  'returns',
  'by',
  'commutator',
  'negator',
  'restrict',
  'join',
  'hashes',
  'merges',
] as const;

/** An operator: its estimators can be changed, all else is what it is. */
export function alterOperator({ name, before, after }: ObjectChange): Alteration {
  const was = clausesOf(before.text, operatorKeywords);
  const is = clausesOf(after.text, operatorKeywords);
  const changed = operatorKeywords.filter((key) => was[key] !== is[key]);
  if (changed.some((key) => key !== 'restrict' && key !== 'join')) return recreate;
  const settings = changed.map((key) => `${key.toUpperCase()} = ${is[key] ?? 'NONE'}`);
  return steps(`ALTER OPERATOR ${operatorName(name)} SET (${settings.join(', ')})`);
}

/** `s.<#(a,b)`, as the server prints an operator -> `s.<# (a, b)`, as ALTER and DROP take it. */
export function operatorName(name: string): string {
  const open = name.indexOf('(');
  return `${name.slice(0, open)} (${splitOuter(insideBrackets(name.slice(open))).join(', ')})`;
}

/** The token types of the default parser, by number (PostgreSQL documentation, 12.5 Parsers). */
const tokenTypes = [
  'asciiword',
  'word',
  'numword',
  'email',
  'url',
  'host',
  'sfloat',
  'version',
  'hword_numpart',
  'hword_part',
  'hword_asciipart',
  'blank',
  'tag',
  'protocol',
  'numhword',
  'asciihword',
  'hword',
  'url_path',
  'file',
  'float',
  'int',
  'uint',
  'entity',
];

/** The dictionaries of a text search configuration by token type, in their order. */
const mappingsOf = (text: string): ReadonlyMap<string, string> => {
  const mappings = new Map<string, string>();
  for (const pair of splitOuter(splitOuter(text, ';')[1] ?? '')) {
    const [, token = '', dictionary = ''] = /^(\d+) ([\s\S]*)$/.exec(pair) ?? [];
    mappings.set(token, mappings.has(token) ? `${mappings.get(token)}, ${dictionary}` : dictionary);
  }
  return mappings;
};

/** A text search configuration's mappings; another parser makes another configuration. */
export function alterTextSearchConfiguration({ name, before, after }: ObjectChange): Alteration {
  const [was] = splitOuter(before.text, ';');
  const [is] = splitOuter(after.text, ';');
  if (was !== is || is !== 'parser default') return recreate;
  const own = mappingsOf(before.text);
  const { set, gone } = compareOptions(own, mappingsOf(after.text));
  const token = (number: string): string => tokenTypes[Number(number) - 1] ?? number;
  const alter = (change: string): string => `ALTER TEXT SEARCH CONFIGURATION ${name} ${change}`;
  return steps(
    ...gone.map((number) => alter(`DROP MAPPING FOR ${token(number)}`)),
    ...set.map(([number, dictionaries]) =>
      alter(`${own.has(number) ? 'ALTER' : 'ADD'} MAPPING FOR ${token(number)} WITH ${dictionaries}`),
    ),
  );
}

const dictionaryOptions = (text: string | undefined): ReadonlyMap<string, string> =>
  new Map(
    splitOuter(text ?? '').map((option) => {
      const [, name = '', value = ''] = /^("(?:[^"]|"")*"|\w+)\s*=\s*([\s\S]*)$/.exec(option) ?? [];
      return [name, value] as const;
    }),
  );

/** A text search dictionary's options; another template makes another dictionary. */
export function alterTextSearchDictionary({ name, before, after }: ObjectChange): Alteration {
  const [, was, wasOptions] = /^template (\S+)(?: ([\s\S]*))?$/.exec(before.text) ?? [];
  const [, is, isOptions] = /^template (\S+)(?: ([\s\S]*))?$/.exec(after.text) ?? [];
  if (was !== is) return recreate;
  const { set, gone } = compareOptions(dictionaryOptions(wasOptions), dictionaryOptions(isOptions));
  const options = [...gone, ...set.map(([option, value]) => `${option} = ${value}`)];
  return steps(`ALTER TEXT SEARCH DICTIONARY ${name} (${options.join(', ')})`);
}

/** A foreign data wrapper's functions and options. */
export function alterForeignDataWrapper({ name, before, after }: ObjectChange): Alteration {
  const keywords = ['handler', 'validator', 'options'] as const;
  const was = clausesOf(before.text, keywords);
  const is = clausesOf(after.text, keywords);
  const options = alterOptionList(insideBrackets(was.options), insideBrackets(is.options));
  const changes = [
    ...(['handler', 'validator'] as const)
      .filter((key) => was[key] !== is[key])
      .map((key) => (is[key] === undefined ? `NO ${key.toUpperCase()}` : `${key.toUpperCase()} ${is[key]}`)),
    ...(options === null ? [] : [options]),
  ];
  return steps(`ALTER FOREIGN DATA WRAPPER ${name} ${changes.join(' ')}`);
}

/** A foreign server's version and options; user mappings hang on it, so that it is never made again. */
export function alterForeignServer({ name, before, after }: ObjectChange): Alteration {
  const keywords = ['wrapper', 'type', 'version', 'options'] as const;
  const was = clausesOf(before.text, keywords);
  const is = clausesOf(after.text, keywords);
  if (was.wrapper !== is.wrapper || was.type !== is.type)
    return left(
      "a server's wrapper and type cannot be changed, and to make it again would lose its user mappings",
    );
  if (was.version !== is.version && is.version === undefined)
    return left("a server's version cannot be taken away");
  const options = alterOptionList(insideBrackets(was.options), insideBrackets(is.options));
  const list: Step[] = [
    ...(was.version === is.version
      ? []
      : [step(`ALTER SERVER ${name} VERSION ${literal(readLiteral(is.version ?? "''"))}`)]),
    ...(options === null ? [] : [step(`ALTER SERVER ${name} ${options}`)]),
  ];
  return { way: 'steps', steps: list };
}

/** What was added to an operator family, and what was taken out of it. */
export function alterOperatorFamily({ name, before, after }: ObjectChange): Alteration {
  const [was, is] = [before, after].map(({ text }) => operatorMembers(text.replace(/^family ?/, '')));
  const isIn = (list: typeof was, added: string): boolean =>
    list?.some((one) => one.added === added) ?? false;
  const dropped = (was ?? []).filter(({ added }) => !isIn(is, added)).map((member) => member.dropped);
  const added = (is ?? []).filter((member) => !isIn(was, member.added)).map((member) => member.added);
  return steps(
    ...(dropped.length > 0 ? [`ALTER OPERATOR FAMILY ${name} DROP ${dropped.join(', ')}`] : []),
    ...(added.length > 0 ? [`ALTER OPERATOR FAMILY ${name} ADD ${added.join(', ')}`] : []),
  );
}
