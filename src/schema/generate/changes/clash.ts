import { type SnapshotObject, splitPart } from '../../catalog/index.ts';
import { traitsOf } from '../../kinds.ts';

/** What no two objects may share, whatever their kinds: two relations of a schema a name, two routines their types. */
export function clash({ kind, name, text }: Pick<SnapshotObject, 'kind' | 'name' | 'text'>): string {
  const { is, rightsAs } = traitsOf(kind);
  if (rightsAs === 'relation') return `relation ${name}`;
  if (is === 'index') return `relation ${indexRelation(name)}`;
  if (kind === 'constraint' && /^(?:PRIMARY KEY|UNIQUE|EXCLUDE)/.test(text))
    return `relation ${indexRelation(name)}`;
  if (is === 'routine') return `routine ${routineTypes(name)}`;
  return `${kind} ${name}`;
}

const indexRelation = (name: string): string => {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  return `${splitPart(parent)?.parent ?? ''}.${own}`;
};

/** `s.f(a integer, VARIADIC b text[])` -> `s.f(integer, text[])`, as far as names can be told from types. */
function routineTypes(name: string): string {
  const open = name.indexOf('(');
  const args = name
    .slice(open + 1, -1)
    .split(', ')
    .map((argument) => argument.replace(/^(?:IN|INOUT|VARIADIC) /, ''))
    .map((argument) =>
      argument.replace(
        /^(?:"(?:[^"]|"")*"|[a-z_][\w$]*) (?=\S)(?!precision\b|varying\b|with\b|without\b)/,
        '',
      ),
    );
  return `${name.slice(0, open)}(${args.join(', ')})`;
}
