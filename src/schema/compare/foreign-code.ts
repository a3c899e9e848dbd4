import { kindOf, nameOf, type SnapshotObject } from '../catalog/index.ts';
import { traitsOf } from '../kinds.ts';

type Schema = ReadonlyMap<string, SnapshotObject>;
type IsExpected = (object: string) => boolean;

const literals = /'(?:[^']|'')*'/g;
const part = String.raw`(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)`;
/** What the server prints as `schema.name(`: a call of anything that is not in pg_catalog. */
const calls = (): RegExp => new RegExp(`(${part}\\.${part})\\(`, 'gu');
const casts = (): RegExp => new RegExp(`::(${part}\\.${part})`, 'gu');
const operators = (): RegExp => new RegExp(String.raw`OPERATOR\((${part}\.[^)]*)\)`, 'gu');
/** Schemas of which a snapshot has nothing. */
const isUnseen = (name: string): boolean => /^"?_?timescaledb_/.test(name);

/**
 * Whether an index, a column, a constraint or a trigger runs a routine that the lock does not know, when a row is
 * written: in an expression, a predicate, a default, or a domain that a value becomes. Whoever may alter the table may have made it,
 * and it runs with the rights of whoever writes. PostgreSQL's own routines and those of extensions are no such code.
 */
export function runsCode({ kind, text }: SnapshotObject, isExpected: IsExpected, schema: Schema): boolean {
  if (!traitsOf(kind).runsCode) return false;
  const bare = text.replace(literals, "''");
  // An index names its table before that, a column its type.
  const expression = kind.endsWith('index') ? bare.slice(bare.indexOf(' USING ')) : bare;
  const type = kind === 'column' ? (new RegExp(`^${part}\\.${part}`, 'u').exec(bare)?.[0] ?? null) : null;
  return (
    isCalling(expression, isExpected, schema) ||
    [type, ...[...expression.matchAll(casts())].map(([, name = '']) => name)].some(
      (name) => name !== null && domainRunsCode(name, isExpected, schema),
    )
  );
}

function isCalling(expression: string, isExpected: IsExpected, schema: Schema): boolean {
  const names = [...expression.matchAll(calls())].map(([, name = '']) => name);
  if (names.some(isUnseen)) return true;
  const made = [...expression.matchAll(operators())].map(([, name = '']) => name);
  if (names.length === 0 && made.length === 0) return false;
  return [...schema.keys()].some((object) => {
    const kind = kindOf(object);
    if (isExpected(object)) return false;
    const name = nameOf(object);
    if (kind === 'operator') return made.some((operator) => name.startsWith(`${operator}(`));
    return Boolean(traitsOf(kind).isCalled) && names.some((called) => name.startsWith(`${called}(`));
  });
}

function domainRunsCode(type: string, isExpected: IsExpected, schema: Schema): boolean {
  const text = schema.get(`type ${type}`)?.text.replace(literals, "''");
  if (!text?.startsWith('domain over ')) return false;
  const base = new RegExp(`^domain over (${part}\\.${part})`, 'u').exec(text)?.[1];
  return (
    isCalling(text, isExpected, schema) ||
    (base !== undefined && base !== type && domainRunsCode(base, isExpected, schema))
  );
}

/** The relation of the lock that one which it does not know is a partition or an heir of, at whatever depth; else null. */
export function heirOf(relation: string | null, isExpected: IsExpected, schema: Schema): string | null {
  const seen = new Set<string>();
  const queue = relation === null ? [] : [relation];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (isExpected(`table ${name}`)) return name;
    queue.push(...parentsIn(schema.get(`table ${name}`)?.text ?? ''));
  }
  return null;
}

/** What a table's description names behind `partition of` and `inherits`. */
function parentsIn(text: string): readonly string[] {
  const found = new RegExp(`(?:^|[ ;])(?:partition of|inherits) ((?:${part}\\.${part}(?:, )?)+)`, 'u').exec(
    text,
  );
  return found?.[1]?.match(new RegExp(`${part}\\.${part}`, 'gu')) ?? [];
}
