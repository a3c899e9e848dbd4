import { literal } from '../../../postgres/index.ts';
import { nameOf } from '../../catalog/index.ts';
import { clausesOf, insideBrackets, splitOuter } from '../alter/clauses.ts';
import { createOptions, readLiteral } from '../foreign-options.ts';
import { hasHeirs } from '../heirs.ts';
import { operatorMembers } from '../operator-members.ts';
import type { Described } from '../schema-graph.ts';
import { displayLists, typesAround } from './lists.ts';
import { split } from './names.ts';
import { operatorReference } from './routine.ts';
import { isOwnIndex } from './timescale.ts';

/** The schema of the extension that an object needs; pg_catalog where it needs none. */
function schemaOfNeeds(object: string, { snapshot, dependencies }: Described): string {
  const extension = [...(dependencies.get(object) ?? [])].find((needed) => needed.startsWith('extension '));
  return snapshot.get(extension ?? '')?.text.replace(/^in /, '') ?? 'pg_catalog';
}

/** A cast. */
export function createCast(name: string, text: string): string {
  const [source = '', target = ''] = splitOuter(name, 'as');
  const [, by = '', context = ''] = /^(.*) (implicit|assignment|explicit)$/s.exec(text) ?? [];
  const how =
    by === 'binary'
      ? 'WITHOUT FUNCTION'
      : by === 'by inout'
        ? 'WITH INOUT'
        : `WITH FUNCTION ${by.slice('by '.length)}`;
  return `CREATE CAST (${source} AS ${target}) ${how}${context === 'explicit' ? '' : ` AS ${context.toUpperCase()}`}`;
}

/** An operator; its commutator and negator are named, and stand once they are made themselves. */
export function createOperator(name: string, text: string): string {
  const open = name.lastIndexOf('(');
  const [left = '', right = ''] = splitOuter(insideBrackets(name.slice(open)));
  const parts = clausesOf(text, [
    'returns',
    'by',
    'commutator',
    'negator',
    'restrict',
    'join',
    'hashes',
    'merges',
  ]);
  const settings = [
    ...(left.toUpperCase() === 'NONE' ? [] : [`LEFTARG = ${left}`]),
    ...(right.toUpperCase() === 'NONE' ? [] : [`RIGHTARG = ${right}`]),
    `FUNCTION = ${parts.by}`,
    ...(parts.commutator === undefined ? [] : [`COMMUTATOR = ${operatorReference(parts.commutator)}`]),
    ...(parts.negator === undefined ? [] : [`NEGATOR = ${operatorReference(parts.negator)}`]),
    ...(parts.restrict === undefined ? [] : [`RESTRICT = ${parts.restrict}`]),
    ...(parts.join === undefined ? [] : [`JOIN = ${parts.join}`]),
    ...(parts.hashes === undefined ? [] : ['HASHES']),
    ...(parts.merges === undefined ? [] : ['MERGES']),
  ];
  return `CREATE OPERATOR ${name.slice(0, open)} (${settings.join(', ')})`;
}

/** An operator class, with what is in the family that is made with it. */
export function createOperatorClass(name: string, text: string): string {
  const [own = '', method = ''] = splitOuter(name, 'using');
  const parts = clausesOf(text, ['default', 'for type', 'family', 'storage']);
  const last = parts.storage ?? parts.family ?? '';
  const [, first = last, members = ''] = /^(.*?)(?: ((?:operator|function) \d+ .*))?$/s.exec(last) ?? [];
  const family = parts.storage === undefined ? first : (parts.family ?? '');
  const lines = [
    ...operatorMembers(members).map(({ added }) => added),
    ...(parts.storage === undefined ? [] : [`STORAGE ${first}`]),
  ];
  return `CREATE OPERATOR CLASS ${own}${parts.default === undefined ? '' : ' DEFAULT'} FOR TYPE ${parts['for type']} USING ${method}${
    family === own ? '' : ` FAMILY ${family}`
  } AS ${lines.join(', ')}`;
}

/** An operator family, and what was added to it and belongs to no class. */
export function createOperatorFamily(name: string, text: string): readonly string[] {
  const members = operatorMembers(text.replace(/^family ?/, '')).map(({ added }) => added);
  return [
    `CREATE OPERATOR FAMILY ${name}`,
    ...(members.length > 0 ? [`ALTER OPERATOR FAMILY ${name} ADD ${members.join(', ')}`] : []),
  ];
}

/** That something goes with an extension, or no more, of its name `function s.f(integer) on extension`. */
export function dependOnExtension(name: string, how: 'DEPENDS' | 'NO DEPENDS'): string {
  const [, sort = '', own = '', extension = ''] =
    /^(function|procedure|trigger|index|materialized view) ([\s\S]*) on ("(?:[^"]|"")*"|\S+)$/.exec(name) ??
    [];
  const target = sort === 'trigger' ? own.replace(/^("(?:[^"]|"")*"|\S+) on /, '$1 ON ') : own;
  return `ALTER ${sort.toUpperCase()} ${target} ${how} ON EXTENSION ${extension}`;
}

/** A collation. */
export function createCollation(name: string, text: string): string {
  const [provider = ''] = text.split(' ', 1);
  const parts = clausesOf(text.slice(provider.length + 1).replace(/^/, 'locale '), [
    'locale',
    'ctype',
    'rules',
    'nondeterministic',
  ]);
  const locale = literal(parts.locale ?? '');
  return `CREATE COLLATION ${name} (${[
    `PROVIDER = ${provider}`,
    ...(parts.ctype === undefined
      ? [`LOCALE = ${locale}`]
      : [`LC_COLLATE = ${locale}`, `LC_CTYPE = ${literal(parts.ctype)}`]),
    ...(parts.rules === undefined ? [] : [`RULES = ${literal(readLiteral(parts.rules))}`]),
    ...(parts.nondeterministic === undefined ? [] : ['DETERMINISTIC = false']),
  ].join(', ')})`;
}

/** A text search dictionary. */
export function createDictionary(name: string, text: string, described: Described): string {
  const [, template = '', options = ''] = /^template (\S+)(?: (.*))?$/s.exec(text) ?? [];
  const schema = schemaOfNeeds(`text search dictionary ${name}`, described);
  const list = [`TEMPLATE = ${schema}.${template}`, ...(options === '' ? [] : [options])];
  return `CREATE TEXT SEARCH DICTIONARY ${name} (${list.join(', ')})`;
}

/** A foreign data wrapper. */
export function createWrapper(name: string, text: string): string {
  const parts = clausesOf(text, ['handler', 'validator', 'options']);
  return [
    `CREATE FOREIGN DATA WRAPPER ${name}`,
    ...(parts.handler === undefined ? [] : [`HANDLER ${parts.handler}`]),
    ...(parts.validator === undefined ? [] : [`VALIDATOR ${parts.validator}`]),
    ...createOptions(insideBrackets(parts.options)),
  ].join(' ');
}

/** A foreign server. */
export function createServer(name: string, text: string): string {
  const parts = clausesOf(text, ['wrapper', 'type', 'version', 'options']);
  return [
    `CREATE SERVER ${name}`,
    ...(parts.type === undefined ? [] : [`TYPE ${literal(readLiteral(parts.type))}`]),
    ...(parts.version === undefined ? [] : [`VERSION ${literal(readLiteral(parts.version))}`]),
    `FOREIGN DATA WRAPPER ${parts.wrapper}`,
    ...createOptions(insideBrackets(parts.options)),
  ].join(' ');
}

/** A publication with its members. */
export function createPublication(name: string, text: string, { snapshot }: Described): string {
  const parts = splitOuter(text, ';');
  const after = (word: string): string[] =>
    splitOuter(parts.find((part) => part.startsWith(`${word} `))?.slice(word.length) ?? '');
  const tables = after('tables').map((table) => {
    const written = table.replace(/ where (?=\()/, ' WHERE ');
    const [own = ''] = /^(?:"(?:[^"]|"")*"|[^"\s])+/.exec(written) ?? [];
    return hasHeirs(own, snapshot) && !snapshot.get(`table ${own}`)?.text.includes('partition by')
      ? `ONLY ${written}`
      : written;
  });
  const members = [
    ...(tables.length > 0 ? [`TABLE ${tables.join(', ')}`] : []),
    ...(after('schemas').length > 0 ? [`TABLES IN SCHEMA ${after('schemas').join(', ')}`] : []),
  ];
  const isSaid = /^(?:insert|update|delete|truncate)(?:, |$)/.test(parts[0] ?? '');
  const publish = isSaid ? (parts[0] ?? '') : '';
  const options = [
    ...(publish === 'insert, update, delete, truncate' ? [] : [`publish = '${publish}'`]),
    ...(parts.includes('via root') ? ['publish_via_partition_root = true'] : []),
    ...(parts.includes('generated columns') ? ['publish_generated_columns = stored'] : []),
  ];
  return [
    `CREATE PUBLICATION ${name}`,
    ...(parts.includes('all tables') ? ['FOR ALL TABLES'] : []),
    ...(members.length > 0 ? [`FOR ${members.join(', ')}`] : []),
    ...(options.length > 0 ? [`WITH (${options.join(', ')})`] : []),
  ].join(' ');
}

/** Extended statistics. */
export function createStatistics(name: string, text: string): readonly string[] {
  const [, definition = text, target] = /^(.*?)(?: statistics (\d+))?$/s.exec(text) ?? [];
  return [definition, ...(target === undefined ? [] : [`ALTER STATISTICS ${name} SET STATISTICS ${target}`])];
}

/** An index; null for one that is not valid. */
export function createIndex(object: string, text: string, described: Described): readonly string[] | null {
  if (text.endsWith(' INVALID')) return null;
  const table = split(nameOf(object)).parent;
  if (isOwnIndex(nameOf(object)) && described.snapshot.has(`view ${table}`)) return [];
  const bare = text
    .replace(` ON ONLY ${table} `, ` ON ${table} `)
    .replace(` ON ${table} USING btree (`, ` ON ${table} (`);
  return [displayLists(bare, typesAround(object, described))];
}
