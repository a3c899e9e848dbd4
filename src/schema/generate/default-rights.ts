import {
  kindOf,
  nameOf,
  objectsOfKind,
  type SnapshotObject,
  splitPart,
  splitSort,
} from '../catalog/index.ts';
import { kindsNamed, traitsOf } from '../kinds.ts';
import { type AlterContext, type AlterStep, step } from '../objects/common/alteration.ts';
import type { SchemaGraph } from '../objects/common/schema-graph.ts';
import { alterPrivileges } from '../objects/privileges/alter.ts';
import { builtInRights, grantsOf, targetOf } from '../objects/privileges/text.ts';
import { sequencesOwnedBy } from '../objects/sequence/create.ts';
import { columnsOf } from '../objects/table/origin.ts';

/**
 * What everybody may with a new thing from the start: what PostgreSQL gives, or what the maker's defaults for all schemas
 * say in its place (PostgreSQL docs, ALTER DEFAULT PRIVILEGES).
 */
export function everybodysRights(name: string, side: SchemaGraph, { before }: AlterContext): string {
  const wide = defaultsFor(name, side, before).find(({ name: one }) => !isInSchema(one));
  if (wide === undefined) return builtInRights(name);
  return wide.text
    .split('\n')
    .filter((line) => line.startsWith('public: '))
    .join('\n');
}

/**
 * What takes from a thing that is made the rights that default privileges of its maker give, and it is not to have.
 *
 * @param name as in the snapshot: `relation s.t`, `routine s.f(a integer)`.
 * @param side has the rights that it is to have; none are taken where it says nothing of rights.
 */
export function revokeGiven(name: string, side: SchemaGraph, { before }: AlterContext): readonly AlterStep[] {
  const { snapshot } = side;
  const owner = snapshot.get(`owner ${name}`)?.text;
  if (owner === undefined) return [];
  const given = defaultsFor(name, side, before).flatMap(({ text }) => linesOf(text));
  const { on, everybody } = targetOf(name, snapshot);
  // What everybody has from the start is taken with the thing itself.
  const isTold = (role: string): boolean => role === 'public' && everybody !== null;
  const others = given.filter(({ role }) => role !== owner && role !== before.role && !isTold(role));
  const rights = snapshot.get(`privileges ${name}`) ?? { text: '', facets: {} };
  const has = new Set(grantsOf(rights.text).map(({ role }) => role));
  const wholly = [...new Set(others.map(({ role }) => role))].filter((role) => !has.has(role)).sort();
  const partly = others.filter(({ role }) => has.has(role));
  const kept = alterPrivileges(
    name,
    { text: partly.map(({ line }) => line).join('\n'), facets: {} },
    { text: rights.text, facets: {} },
    snapshot,
  );
  return [
    ...wholly.map((role) => step(`REVOKE ALL ON ${on} FROM ${role === 'public' ? 'PUBLIC' : role}`)),
    ...kept.filter(({ sql }) => sql.startsWith('REVOKE ')),
  ];
}

/** The same for an object that is made, and for the sequences that its columns bring, where no object tells their rights. */
export function revokeUntold(object: string, side: SchemaGraph, context: AlterContext): readonly AlterStep[] {
  const kind = kindOf(object);
  const name = nameOf(object);
  const columns = kind === 'table' ? columnsOf(name, side) : kind === 'column' ? [name] : [];
  const brought = columns.flatMap((column) => sequencesOwnedBy(column, side));
  const { defaults, rightsAs = kind } = traitsOf(kind);
  return [
    ...(defaults === undefined ? [] : [`${rightsAs} ${name}`]),
    ...brought.map((one) => `relation ${one.name}`),
  ]
    .filter((one) => !side.snapshot.has(`privileges ${one}`))
    .flatMap((one) => revokeGiven(one, side, context));
}

/** The default privileges that hold for a thing as the role of the changes makes it. */
function defaultsFor(
  name: string,
  side: SchemaGraph,
  { snapshot, role, defaults }: SchemaGraph,
): readonly SnapshotObject[] {
  const { sort, own } = splitSort(name);
  const kinds = kindsNamed(sort);
  const kind = kinds.find((one) => side.snapshot.has(`${one} ${own}`)) ?? kinds.at(-1);
  const letter = traitsOf(String(kind)).defaults;
  const schema = splitPart(own.replace(/\(.*$/s, ''))?.parent;
  const names = [`${role} ${letter}`, `${role} in ${schema} ${letter}`];
  return (defaults ?? objectsOfKind(snapshot, 'default privileges')).filter((one) =>
    names.includes(one.name),
  );
}

const isInSchema = (name: string): boolean => / in .* \w$/s.test(name);
const linesOf = (text: string): { readonly role: string; readonly line: string }[] =>
  text.split('\n').flatMap((line) => grantsOf(line).map(({ role }) => ({ role, line })));
