import { insideBrackets, splitOuter } from './clauses.ts';

/** `s.<#(a,b)`, as the server prints an operator -> `s.<# (a, b)`, as ALTER and DROP take it. */
export function operatorName(name: string): string {
  const open = name.indexOf('(');
  return `${name.slice(0, open)} (${splitOuter(insideBrackets(name.slice(open))).join(', ')})`;
}

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

/** `s.<#(a,b)` -> `OPERATOR(s.<#)`. */
export const operatorReference = (signature: string): string =>
  `OPERATOR(${signature.slice(0, signature.lastIndexOf('('))})`;
