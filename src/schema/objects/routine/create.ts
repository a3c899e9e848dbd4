import { literal } from '../../../postgres/index.ts';
import { operatorReference, splitRoutine } from '../common/signatures.ts';

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
