import { literal } from '../../../postgres/index.ts';
import { optionsOf } from './clauses.ts';

/** `a=b, c=d`, as the catalog keeps a relation's options -> `a = b, c = d`; a value is quoted where it must be. */
export const storageOptionList = (text: string, except: readonly string[] = []): string =>
  [...optionsOf(text)]
    .filter(([name]) => !except.includes(name))
    .map(([name, value]) => `${name} = ${/^[\w.-]+$/.test(value) ? value : literal(value)}`)
    .join(', ');
