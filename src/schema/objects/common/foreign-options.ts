import { literal } from '../../../postgres/index.ts';
import { compareOptions, splitOuter } from './clauses.ts';
import { quoteName, unquote } from './names.ts';

/** A literal of a description, in which backslashes escape nothing -> its text. */
export const readLiteral = (written: string): string => written.slice(1, -1).replaceAll("''", "'");

/**
 * Options of a foreign object as `foreign-options-sql.ts` describes them, `host 'db1', port '5433'`: by name,
 * in their order; the value is null where it is not told.
 */
export const readForeignOptions = (list: string | undefined): ReadonlyMap<string, string | null> =>
  new Map(
    splitOuter(list ?? '').map((option) => {
      const [, name = option, value] = /^("(?:[^"]|"")*"|\S+)(?: ('.*'))?$/s.exec(option) ?? [];
      return [unquote(name), value === undefined ? null : readLiteral(value)] as const;
    }),
  );

/** The list as CREATE takes it: `OPTIONS (...)`; nothing where there are none. */
export function createOptions(list: string | undefined): readonly string[] {
  const options = [...readForeignOptions(list)].map(
    ([name, value]) => `${quoteName(name)} ${literal(value ?? '')}`,
  );
  return options.length > 0 ? [`OPTIONS (${options.join(', ')})`] : [];
}

/** ADD, SET and DROP of what differs between two lists, of values that are told; null where nothing does. */
export function alterOptionList(before: string | undefined, after: string | undefined): string | null {
  const told = (list: string | undefined): ReadonlyMap<string, string> =>
    new Map(
      [...readForeignOptions(list)].flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    );
  const own = told(before);
  const { set, gone } = compareOptions(own, told(after));
  const parts = [
    ...gone.map((name) => `DROP ${quoteName(name)}`),
    ...set.map(([name, value]) => `${own.has(name) ? 'SET' : 'ADD'} ${quoteName(name)} ${literal(value)}`),
  ];
  return parts.length > 0 ? `OPTIONS (${parts.join(', ')})` : null;
}
