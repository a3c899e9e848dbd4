import { literal } from '../../../postgres/index.ts';
import { clausesOf } from '../alter/clauses.ts';
import { withoutBrackets } from './display.ts';
import { split } from './names.ts';

/** The name and the argument list of a routine, of its name in the snapshot. */
export function splitRoutine(name: string): { readonly own: string; readonly args: string } {
  const [, own = name, args = ''] = /^((?:"(?:[^"]|"")*"|[^"(])+)\((.*)\)$/s.exec(name) ?? [];
  return { own, args };
}

/** A routine as GRANT, ALTER and DROP take it: they know no ORDER BY among the arguments of an aggregate. */
export function routineTarget(name: string): string {
  const { own, args } = splitRoutine(name);
  const [direct = '', ordered] = args.split(/ ?ORDER BY /);
  const list = ordered === undefined || ordered.startsWith('VARIADIC ') ? [direct] : [direct, ordered];
  return `${own}(${list.filter((part) => part !== '').join(', ')})`;
}

/** A function or procedure, as the server prints it. */
export const createRoutine = (text: string): string =>
  text.trimEnd().replace(/^CREATE OR REPLACE /, 'CREATE ');

const finalModes: Readonly<Record<string, string>> = { s: 'SHAREABLE', w: 'READ_WRITE' };
const parallelModes: Readonly<Record<string, string>> = { s: 'SAFE', r: 'RESTRICTED' };
/** A routine's name, of how it is printed with the types of its arguments. */
const bare = (signature: string): string => splitRoutine(signature).own;

/** An aggregate, of its description line by line. */
export function createAggregate(name: string, text: string): string {
  const lines = new Map(
    text.split('\n').map((line): [string, string] => {
      const [, word = '', rest = ''] =
        /^(direct arguments|sort operator|moving (?:transition|inverse|final|initial)|\w+) ?(.*)$/.exec(
          line,
        ) ?? [];
      return [word, rest];
    }),
  );
  const get = (word: string): string | undefined => lines.get(word);
  const isMoving = get('moving transition') !== undefined;
  const [, movingFunction = '', movingState = ''] =
    /^(.*\)) (.+)$/s.exec(get('moving transition') ?? '') ?? [];
  const [, finalFunction, extra, mode = ''] = /^(.*\)) (true|false) (\w)$/s.exec(get('final') ?? '') ?? [];
  const space = get('space');
  const isHypothetical = get('kind') === 'h';
  const ordinary = get('kind') === 'n' ? 'r' : 'w';
  const settings = [
    `SFUNC = ${bare(get('transition') ?? '')}`,
    `STYPE = ${get('state')}`,
    ...(space === undefined || space === '0' ? [] : [`SSPACE = ${space}`]),
    ...(finalFunction === undefined ? [] : [`FINALFUNC = ${bare(finalFunction)}`]),
    ...(extra === 'true' ? ['FINALFUNC_EXTRA'] : []),
    ...(mode === '' || mode === ordinary || finalModes[mode] === undefined
      ? mode === 'r' && ordinary === 'w'
        ? ['FINALFUNC_MODIFY = READ_ONLY']
        : []
      : [`FINALFUNC_MODIFY = ${finalModes[mode]}`]),
    ...functionSetting('COMBINEFUNC', get('combine')),
    ...functionSetting('SERIALFUNC', get('serialize')),
    ...functionSetting('DESERIALFUNC', get('deserialize')),
    ...(get('initial') === undefined ? [] : [`INITCOND = ${literal(get('initial') ?? '')}`]),
    ...(isMoving ? [`MSFUNC = ${bare(movingFunction)}`, `MSTYPE = ${movingState}`] : []),
    ...functionSetting('MINVFUNC', get('moving inverse')),
    ...functionSetting('MFINALFUNC', get('moving final')),
    ...(get('moving initial') === undefined ? [] : [`MINITCOND = ${literal(get('moving initial') ?? '')}`]),
    ...(get('sort operator') === undefined
      ? []
      : [`SORTOP = ${operatorReference(get('sort operator') ?? '')}`]),
    ...(parallelModes[get('parallel') ?? ''] === undefined
      ? []
      : [`PARALLEL = ${parallelModes[get('parallel') ?? '']}`]),
    ...(isHypothetical ? ['HYPOTHETICAL'] : []),
  ];
  const { own, args } = splitRoutine(name);
  return `CREATE AGGREGATE ${own}(${args === '' ? '*' : args}) (\n${settings.map((setting) => `  ${setting}`).join(',\n')}\n)`;
}

const functionSetting = (word: string, signature: string | undefined): string[] =>
  signature === undefined ? [] : [`${word} = ${bare(signature)}`];

/** `s.<#(a,b)` -> `OPERATOR(s.<#)`. */
export const operatorReference = (signature: string): string =>
  `OPERATOR(${signature.slice(0, signature.lastIndexOf('('))})`;

const switches: Readonly<Record<string, string>> = {
  DISABLED: 'DISABLE',
  'ENABLE REPLICA': 'ENABLE REPLICA',
  'ENABLE ALWAYS': 'ENABLE ALWAYS',
};

/** A definition without the word at its end that says when it fires; that word as ALTER takes it. */
function switchOf(text: string): { readonly definition: string; readonly state: string | null } {
  const [, definition = text, word = ''] =
    /^([\s\S]*?);?(?: (DISABLED|ENABLE REPLICA|ENABLE ALWAYS))?$/.exec(text) ?? [];
  return { definition, state: switches[word] ?? null };
}

/** A trigger. */
export function createTrigger(name: string, text: string): readonly string[] {
  const { parent, own } = split(name);
  const { definition, state } = switchOf(text);
  return [definition, ...(state === null ? [] : [`ALTER TABLE ${parent} ${state} TRIGGER ${own}`])];
}

/** A rule. */
export function createRule(name: string, text: string): readonly string[] {
  const { parent, own } = split(name);
  const { definition, state } = switchOf(text);
  return [definition, ...(state === null ? [] : [`ALTER TABLE ${parent} ${state} RULE ${own}`])];
}

/** An event trigger. */
export function createEventTrigger(name: string, text: string): readonly string[] {
  const { definition, state } = switchOf(text);
  const [, event, tags, call = ''] =
    /^on (\S+)(?: when tag in \((.*?)\))? execute (.*)$/s.exec(definition) ?? [];
  const when =
    tags === undefined
      ? ''
      : ` WHEN TAG IN (${tags
          .split(', ')
          .map((tag) => literal(tag))
          .join(', ')})`;
  return [
    `CREATE EVENT TRIGGER ${name} ON ${event}${when} EXECUTE FUNCTION ${call}`,
    ...(state === null ? [] : [`ALTER EVENT TRIGGER ${name} ${state}`]),
  ];
}

/** A row security policy. */
export function createPolicy(name: string, text: string): string {
  const { parent, own } = split(name);
  const parts = clausesOf(text, ['permissive', 'restrictive', 'for', 'to', 'using', 'with check']);
  return [
    `CREATE POLICY ${own} ON ${parent}`,
    ...(parts.restrictive === undefined ? [] : ['AS RESTRICTIVE']),
    ...(parts.for === 'all' ? [] : [`FOR ${parts.for?.toUpperCase()}`]),
    ...(parts.to === 'public' ? [] : [`TO ${parts.to}`]),
    ...(parts.using === undefined ? [] : [`USING (${withoutBrackets(parts.using)})`]),
    ...(parts['with check'] === undefined ? [] : [`WITH CHECK (${withoutBrackets(parts['with check'])})`]),
  ].join(' ');
}
