import { type Alteration, type ObjectChange, recreate, type Step, step } from './alteration.ts';
import { splitOuter } from './clauses.ts';

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
export function alterPublication({ name, before, after }: ObjectChange): Alteration {
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
  const alter = (change: string): Step => step(`ALTER PUBLICATION ${name} ${change}`);
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
