import { literal } from '../../postgres/index.ts';
import { type Alteration, type AlterStep, type ObjectChange, recreate, step } from './common/alteration.ts';
import { splitOuter } from './common/clauses.ts';
import type { SchemaGraph } from './common/schema-graph.ts';
import { notMember } from './common/scoped.ts';
import { dropByName, type Families } from './family.ts';
import { hasHeirs } from './table/heirs.ts';

/** Tables with their columns and rows, and whole schemas: what publications have from 15 on. */
const publishedSince15 = `
  SELECT encode(convert_to(json_object_agg(pubname, members)::text, 'UTF8'), 'hex') AS content FROM (
    SELECT p.pubname, concat_ws('; ',
        (SELECT 'tables ' || string_agg(line, ', ' ORDER BY line COLLATE "C") FROM (
           SELECT t.prrelid::regclass::text
               || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                    WHERE a.attrelid = t.prrelid AND a.attnum = ANY (t.prattrs)) || ')', '')
               || coalesce(' where ' || pg_get_expr(t.prqual, t.prrelid), '') AS line
             FROM pg_publication_rel t WHERE t.prpubid = p.oid) AS lines),
        (SELECT 'schemas ' || string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname)
           FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid)) AS members
      FROM pg_publication p) AS q`;

/** The members are read by a query in a text, since 14 lacks some of the catalogs. */
const publications = `
  SELECT 'publication', quote_ident(p.pubname), NULL::text, concat_ws('; ',
      concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
      CASE WHEN p.puballtables THEN 'all tables' END, CASE WHEN p.pubviaroot THEN 'via root' END,
      CASE to_jsonb(p)->>'pubgencols' WHEN 's' THEN 'generated columns' END,
      CASE WHEN to_regclass('pg_publication_namespace') IS NULL
        THEN (SELECT 'tables ' || string_agg(t.prrelid::regclass::text, ', ' ORDER BY t.prrelid::regclass::text COLLATE "C") FROM pg_publication_rel t WHERE t.prpubid = p.oid)
        ELSE nullif(convert_from(decode(substring(query_to_xml(${literal(publishedSince15)}, true, false, '')::text FROM '<content>([0-9a-f]*)</content>'), 'hex'), 'UTF8')::json->>p.pubname::text, '') END), NULL
    FROM pg_publication p
   WHERE ${notMember('pg_publication', 'p')}`;

/** A publication with its members. */
function createPublication(name: string, text: string, { snapshot }: SchemaGraph): string {
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

interface PublicationParts {
  /** `insert, update`. */
  readonly publish: string;
  readonly isAll: boolean;
  readonly isViaRoot: boolean;
  readonly hasGenerated: boolean;
  readonly tables: readonly string[];
  readonly schemas: readonly string[];
}

function parsePublication(text: string): PublicationParts {
  const [publish = '', ...parts] = text.startsWith(';')
    ? ['', ...splitOuter(text, ';')]
    : splitOuter(text, ';');
  const listOf = (keyword: string): string[] =>
    splitOuter(parts.find((part) => part.startsWith(`${keyword} `))?.slice(keyword.length) ?? '');
  return {
    publish,
    isAll: parts.includes('all tables'),
    isViaRoot: parts.includes('via root'),
    hasGenerated: parts.includes('generated columns'),
    tables: joinConditions(listOf('tables')),
    schemas: listOf('schemas'),
  };
}

/** A table's row filter is said as ALTER takes it, in capitals and brackets. */
const joinConditions = (tables: readonly string[]): string[] =>
  tables.map((table) => table.replace(/ where (?=\()([\s\S]*)$/, ' WHERE ($1)'));

const members = ({ tables, schemas }: PublicationParts): string =>
  [
    ...(tables.length > 0 ? [`TABLE ${tables.join(', ')}`] : []),
    ...(schemas.length > 0 ? [`TABLES IN SCHEMA ${schemas.join(', ')}`] : []),
  ].join(', ');

/** A publication's members and options; one of all tables is made again. */
function alterPublication({ name, before, after }: ObjectChange): Alteration {
  const was = parsePublication(before.text);
  const is = parsePublication(after.text);
  if (was.isAll !== is.isAll) return recreate;
  const options = [
    ...(was.publish === is.publish ? [] : [`publish = '${is.publish}'`]),
    ...(was.isViaRoot === is.isViaRoot ? [] : [`publish_via_partition_root = ${is.isViaRoot}`]),
    ...(was.hasGenerated === is.hasGenerated
      ? []
      : [`publish_generated_columns = ${is.hasGenerated ? 'stored' : 'none'}`]),
  ];
  const alter = (change: string): AlterStep => step(`ALTER PUBLICATION ${name} ${change}`);
  const drops = [
    ...(was.tables.length > 0 ? [alter(`DROP TABLE ${was.tables.map(bare).join(', ')}`)] : []),
    ...(was.schemas.length > 0 ? [alter(`DROP TABLES IN SCHEMA ${was.schemas.join(', ')}`)] : []),
  ];
  return {
    way: 'steps',
    steps: [
      ...(options.length > 0 ? [alter(`SET (${options.join(', ')})`)] : []),
      ...(members(was) === members(is) ? [] : members(is) === '' ? drops : [alter(`SET ${members(is)}`)]),
    ],
  };
}

/** A table without its columns and condition. */
const bare = (table: string): string => table.replace(/ (?:\(|WHERE )[\s\S]*$/, '');

export const publication = {
  publication: {
    read: [{ sql: publications, rare: 'others' }],
    rows: {
      pg_publication: `SELECT p.oid, 0, 'publication ' || quote_ident(p.pubname) FROM pg_publication p`,
      pg_publication_rel: `SELECT m.oid, 0, 'publication ' || quote_ident(p.pubname) FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid`,
    },
    create: ({ name, text }, graph) => [createPublication(name, text, graph)],
    alter: alterPublication,
    drop: dropByName,
  },
} satisfies Families;
