import { literal } from '../../connection/session.ts';
import { insideBrackets, optionsOf } from '../alter/clauses.ts';
import { quote } from './names.ts';

/** `(a=b, c=d)` or the same without brackets, as the catalog keeps a foreign object's options -> `OPTIONS (...)`. */
export function foreignOptionList(text: string | undefined): string[] {
  const list = [...optionsOf(insideBrackets(text ?? ''))].map(
    ([name, value]) => `${quote(name)} ${literal(value)}`,
  );
  return list.length > 0 ? [`OPTIONS (${list.join(', ')})`] : [];
}

/** `a=b, c=d`, as the catalog keeps a relation's options -> `a = b, c = d`; a value is quoted where it must be. */
export const storageOptionList = (text: string, except: readonly string[] = []): string =>
  [...optionsOf(text)]
    .filter(([name]) => !except.includes(name))
    .map(([name, value]) => `${name} = ${/^[\w.-]+$/.test(value) ? value : literal(value)}`)
    .join(', ');
