import type { SnapshotObject } from '../model/index.ts';
import { type Alteration, type ObjectChange, recreate, sqlOf, steps } from './common/alteration.ts';
import { clausesOf, compareOptions, splitOuter } from './common/clauses.ts';
import type { SchemaGraph } from './common/schema-graph.ts';
import { by, notMember, qualified } from './common/scoped.ts';
import { dropByName, type Families, remake } from './family.ts';

const configurationsAndDictionaries = `
  SELECT 'text search configuration', s.name || '.' || quote_ident(c.cfgname), NULL::text, 'parser ' || p.prsname || coalesce('; ' ||
      (SELECT string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary::text, ', ' ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = c.oid), ''), NULL
    FROM pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace JOIN pg_ts_parser p ON p.oid = c.cfgparser WHERE ${notMember('pg_ts_config', 'c')}
  UNION ALL
  SELECT 'text search dictionary', s.name || '.' || quote_ident(d.dictname), NULL::text, 'template ' || t.tmplname || coalesce(' ' || d.dictinitoption, ''), NULL
    FROM pg_ts_dict d JOIN space s ON s.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate WHERE ${notMember('pg_ts_dict', 'd')}`;

/** Parsers and templates of text search. */
const parsersAndTemplates = `
  SELECT 'text search parser', s.name || '.' || quote_ident(p.prsname), NULL::text, concat_ws(' ', ${by('start', 'p.prsstart::oid')}, ${by('gettoken', 'p.prstoken::oid')},
      ${by('end', 'p.prsend::oid')}, ${by('headline', 'p.prsheadline::oid')}, ${by('lextypes', 'p.prslextype::oid')}), NULL::jsonb
    FROM pg_ts_parser p JOIN space s ON s.oid = p.prsnamespace WHERE ${notMember('pg_ts_parser', 'p')}
  UNION ALL
  SELECT 'text search template', s.name || '.' || quote_ident(t.tmplname), NULL, concat_ws(' ', ${by('init', 't.tmplinit::oid')}, ${by('lexize', 't.tmpllexize::oid')}), NULL
    FROM pg_ts_template t JOIN space s ON s.oid = t.tmplnamespace WHERE ${notMember('pg_ts_template', 't')}`;

/** The schema of the extension that an object needs; pg_catalog where it needs none. */
function schemaOfNeeds(object: string, { snapshot, dependencies }: SchemaGraph): string {
  const extension = [...(dependencies.get(object) ?? [])].find((needed) => needed.startsWith('extension '));
  return snapshot.get(extension ?? '')?.text.replace(/^in /, '') ?? 'pg_catalog';
}

/** A text search dictionary. */
function createDictionary(name: string, text: string, graph: SchemaGraph): string {
  const [, template = '', options = ''] = /^template (\S+)(?: (.*))?$/s.exec(text) ?? [];
  const schema = schemaOfNeeds(`text search dictionary ${name}`, graph);
  const list = [`TEMPLATE = ${schema}.${template}`, ...(options === '' ? [] : [options])];
  return `CREATE TEXT SEARCH DICTIONARY ${name} (${list.join(', ')})`;
}

/** The token types of the default parser, by number (PostgreSQL documentation, 12.5 Parsers). */
const tokenTypes = [
  'asciiword',
  'word',
  'numword',
  'email',
  'url',
  'host',
  'sfloat',
  'version',
  'hword_numpart',
  'hword_part',
  'hword_asciipart',
  'blank',
  'tag',
  'protocol',
  'numhword',
  'asciihword',
  'hword',
  'url_path',
  'file',
  'float',
  'int',
  'uint',
  'entity',
];

/** The dictionaries of a text search configuration by token type, in their order. */
const mappingsOf = (text: string): ReadonlyMap<string, string> => {
  const mappings = new Map<string, string>();
  for (const pair of splitOuter(splitOuter(text, ';')[1] ?? '')) {
    const [, token = '', dictionary = ''] = /^(\d+) ([\s\S]*)$/.exec(pair) ?? [];
    mappings.set(token, mappings.has(token) ? `${mappings.get(token)}, ${dictionary}` : dictionary);
  }
  return mappings;
};

/** A text search configuration's mappings; another parser makes another configuration. */
function alterTextSearchConfiguration({ name, before, after }: ObjectChange): Alteration {
  const [was] = splitOuter(before.text, ';');
  const [is] = splitOuter(after.text, ';');
  if (was !== is || is !== 'parser default') return recreate;
  const own = mappingsOf(before.text);
  const { set, gone } = compareOptions(own, mappingsOf(after.text));
  const token = (number: string): string => tokenTypes[Number(number) - 1] ?? number;
  const alter = (change: string): string => `ALTER TEXT SEARCH CONFIGURATION ${name} ${change}`;
  return steps(
    ...gone.map((number) => alter(`DROP MAPPING FOR ${token(number)}`)),
    ...set.map(([number, dictionaries]) =>
      alter(`${own.has(number) ? 'ALTER' : 'ADD'} MAPPING FOR ${token(number)} WITH ${dictionaries}`),
    ),
  );
}

const dictionaryOptions = (text: string | undefined): ReadonlyMap<string, string> =>
  new Map(
    splitOuter(text ?? '').map((option) => {
      const [, name = '', value = ''] = /^("(?:[^"]|"")*"|\w+)\s*=\s*([\s\S]*)$/.exec(option) ?? [];
      return [name, value] as const;
    }),
  );

/** A text search dictionary's options; another template makes another dictionary. */
function alterTextSearchDictionary({ name, before, after }: ObjectChange): Alteration {
  const [, was, wasOptions] = /^template (\S+)(?: ([\s\S]*))?$/.exec(before.text) ?? [];
  const [, is, isOptions] = /^template (\S+)(?: ([\s\S]*))?$/.exec(after.text) ?? [];
  if (was !== is) return recreate;
  const { set, gone } = compareOptions(dictionaryOptions(wasOptions), dictionaryOptions(isOptions));
  const options = [...gone, ...set.map(([option, value]) => `${option} = ${value}`)];
  return steps(`ALTER TEXT SEARCH DICTIONARY ${name} (${options.join(', ')})`);
}

const codeOf = (text: string, words: readonly string[]): string =>
  Object.entries(clausesOf(text, words))
    .map(([word, code]) => `${word.toUpperCase()} = ${code}`)
    .join(', ');

/** A text search parser. */
const createParser = (name: string, text: string): string =>
  `CREATE TEXT SEARCH PARSER ${name} (${codeOf(text, ['start', 'gettoken', 'end', 'headline', 'lextypes'])})`;

/** A text search template. */
const createTemplate = (name: string, text: string): string =>
  `CREATE TEXT SEARCH TEMPLATE ${name} (${codeOf(text, ['init', 'lexize'])})`;

/** A text search configuration of the default parser, with the mappings of the same dictionaries in one statement. */
function createConfiguration(object: SnapshotObject): readonly string[] | null {
  if (!/^parser default(?:;|$)/.test(object.text)) return null;
  const { kind, name } = object;
  const mappings = alterTextSearchConfiguration({
    kind,
    name,
    before: { ...object, text: 'parser default' },
    after: object,
  });
  const byDictionaries = new Map<string, string[]>();
  for (const sql of sqlOf(mappings) ?? []) {
    const [, token = '', dictionaries = ''] = / MAPPING FOR (\w+) WITH (.*)$/s.exec(sql) ?? [];
    byDictionaries.set(dictionaries, [...(byDictionaries.get(dictionaries) ?? []), token]);
  }
  return [
    `CREATE TEXT SEARCH CONFIGURATION ${name} (PARSER = pg_catalog."default")`,
    ...[...byDictionaries].map(
      ([dictionaries, tokens]) =>
        `ALTER TEXT SEARCH CONFIGURATION ${name} ADD MAPPING FOR ${tokens.join(', ')} WITH ${dictionaries}`,
    ),
  ];
}

export const textSearch = {
  'text search parser': {
    read: [{ sql: parsersAndTemplates, rare: 'code' }],
    rows: {
      pg_ts_parser: `SELECT c.oid, 0, 'text search parser ' || ${qualified('s.name', 'c.prsname')} FROM pg_ts_parser c JOIN space s ON s.oid = c.prsnamespace`,
    },
    create: ({ name, text }) => [createParser(name, text)],
    alter: remake,
    drop: dropByName,
  },
  'text search template': {
    read: [{ sql: parsersAndTemplates, rare: 'code' }],
    rows: {
      pg_ts_template: `SELECT c.oid, 0, 'text search template ' || ${qualified('s.name', 'c.tmplname')} FROM pg_ts_template c JOIN space s ON s.oid = c.tmplnamespace`,
    },
    create: ({ name, text }) => [createTemplate(name, text)],
    alter: remake,
    drop: dropByName,
  },
  'text search dictionary': {
    read: [{ sql: configurationsAndDictionaries, rare: 'code' }],
    rows: {
      pg_ts_dict: `SELECT d.oid, 0, 'text search dictionary ' || ${qualified('s.name', 'd.dictname')} FROM pg_ts_dict d JOIN space s ON s.oid = d.dictnamespace`,
    },
    create: ({ name, text }, graph) => [createDictionary(name, text, graph)],
    alter: alterTextSearchDictionary,
    drop: dropByName,
  },
  'text search configuration': {
    read: [{ sql: configurationsAndDictionaries, rare: 'code' }],
    rows: {
      pg_ts_config: `SELECT c.oid, 0, 'text search configuration ' || ${qualified('s.name', 'c.cfgname')} FROM pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace`,
    },
    create: createConfiguration,
    alter: alterTextSearchConfiguration,
    drop: dropByName,
  },
} satisfies Families;
