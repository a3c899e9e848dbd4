import { traitsOf } from '../kinds.ts';
import { split, unquote } from '../objects/common/names.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { splitRoutine } from '../objects/common/signatures.ts';
import { namesIn } from './names-in.ts';

/** What the body of a routine names, which pg_depend does not know: PostgreSQL checks it when the routine is made. */
export interface Mentions {
  /** Routine -> the objects of the schema that its body names with their schema. */
  readonly needs: ReadonlyMap<string, ReadonlySet<string>>;
  /** Routine -> what its body may name without a schema, by the name alone. */
  readonly maybe: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether a body names something without its schema, so that it can only be found with some search_path. */
  readonly hasUnqualified: boolean;
}

/** What stands before the name of a relation or type; a name before a bracket is that of a routine. */
const beforeNames = new Set(['from', 'join', 'into', 'update', 'table', 'only', 'using', ',', ':', 'setof']);

/**
 * The text of a routine that PostgreSQL checks when it is made: the whole body of a SQL function, of PL/pgSQL the
 * declarations; null where nothing is.
 */
function checkedText(definition: string): string | null {
  const [, head = '', , body = ''] = /^([\s\S]*?)\nAS (\$[a-z_]*\$)([\s\S]*)\2\s*$/.exec(definition) ?? [];
  if (body === '') return null;
  if (/\n LANGUAGE sql\b/.test(head)) return body;
  if (!/\n LANGUAGE plpgsql\b/.test(head)) return null;
  const declared = /\bDECLARE\b([\s\S]*?)\bBEGIN\b/i.exec(body)?.[1] ?? '';
  const typed = [
    ...body.matchAll(
      /((?:"(?:[^"]|"")*"|[\w$])+\s*\.\s*(?:"(?:[^"]|"")*"|[\w$])+)[\w$."]*\s*%\s*(?:ROW)?TYPE/gi,
    ),
  ];
  return [declared, ...typed.map(([, name]) => name)].join('\n');
}

const isRoutine = (kind: string): boolean => traitsOf(kind).is === 'routine';

/** Reads what the bodies of routines name. */
export function mentionsOf({ snapshot }: SchemaGraph): Mentions {
  const qualified = new Map<string, string[]>();
  const bare = new Map<string, string[]>();
  for (const [object, { kind, name }] of snapshot) {
    if (!traitsOf(kind).isNamedInBodies) continue;
    const { parent, own } = split(isRoutine(kind) ? splitRoutine(name).own : name);
    const key = `${unquote(parent)}\n${unquote(own)}`;
    qualified.set(key, [...(qualified.get(key) ?? []), object]);
    bare.set(unquote(own), [...(bare.get(unquote(own)) ?? []), object]);
  }
  const needs = new Map<string, ReadonlySet<string>>();
  const maybe = new Map<string, ReadonlySet<string>>();
  for (const [object, { kind, text }] of snapshot) {
    if (!traitsOf(kind).hasBody) continue;
    const checked = checkedText(text);
    if (checked === null) continue;
    const found = new Set<string>();
    const likely = new Set<string>();
    for (const { path, before, after } of namesIn(checked)) {
      const [first = '', second] = path;
      if (second === undefined) {
        if (beforeNames.has(before) || after === '(')
          for (const one of bare.get(first) ?? []) likely.add(one);
      } else
        for (const needed of qualified.get(`${first}\n${second}`) ?? [])
          if (needed !== object) found.add(needed);
    }
    if (found.size > 0) needs.set(object, found);
    if (likely.size > 0) maybe.set(object, likely);
  }
  return { needs, maybe, hasUnqualified: maybe.size > 0 };
}
