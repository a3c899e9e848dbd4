import type { SnapshotObject } from '../../model/index.ts';
import { optionsOf, splitOuter } from '../common/clauses.ts';
import { displayLists, typesAround } from '../common/lists.ts';
import { storageOptionList } from '../common/options.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { continuousAggregate } from '../timescale/create.ts';

/** The definition that the server of a major printed. */
const definitionOf = ({ facets }: SnapshotObject): string | null =>
  Object.entries(facets).find(([facet]) => facet.startsWith('definition, '))?.[1] ?? null;

/** What follows a word at the start of a line of a view's description. */
const line = (text: string, word: string): string => new RegExp(`^${word} (.*)$`, 'm').exec(text)?.[1] ?? '';

/**
 * The statements that make a view, or a materialized view with the rows that it selects.
 *
 * @returns null where its definition is not known.
 */
export function createView(view: SnapshotObject, graph: SchemaGraph): readonly string[] | null {
  const { kind, name, text } = view;
  const printed = definitionOf(view)?.trim().replace(/;$/, '');
  const continuous = continuousAggregate(view, printed, graph);
  if (continuous !== null) return continuous;
  if (printed === undefined) return null;
  const definition = displayLists(printed, typesAround(`${kind} ${name}`, graph));
  if (kind === 'materialized view') return [createMaterialized(name, definition, graph)];
  const written = line(text, 'with');
  const options = storageOptionList(written, ['check_option']);
  const check = optionsOf(written).get('check_option');
  return [
    `CREATE VIEW ${name}${options === '' ? '' : ` WITH (${options})`} AS\n${indent(definition)}${
      check === undefined ? '' : `\nWITH ${check.toUpperCase()} CHECK OPTION`
    }`,
    ...splitOuter(line(text, 'defaults')).map((column) => {
      const [, own, expression] = /^("(?:[^"]|"")*"|\S+) (.*)$/s.exec(column) ?? [];
      return `ALTER VIEW ${name} ALTER COLUMN ${own} SET DEFAULT ${expression}`;
    }),
  ];
}

/** The access method can only be said here before 15. */
function createMaterialized(name: string, definition: string, { snapshot }: SchemaGraph): string {
  const options = snapshot.get(`options ${name}`)?.text ?? '';
  const method = splitOuter(options, ';').find((part) => part.startsWith('access method '));
  return `CREATE MATERIALIZED VIEW ${name}${method === undefined ? '' : ` USING ${method.slice('access method '.length)}`} AS\n${indent(definition)}${snapshot.has(`without data ${name}`) ? '\nWITH NO DATA' : ''}`;
}

const indent = (definition: string): string => `  ${definition}`;

/** The statement that makes a view, as one that replaces what is there. */
export const replacing = (sql: string): string => sql.replace(/^CREATE VIEW/, 'CREATE OR REPLACE VIEW');
