import { printableName } from '../core/index.ts';
import type { SchemaPicture } from './content.ts';
import { type Column, mostTelling, type Table, withNeighbours } from './tables.ts';

/** What GitHub and GitLab draw at most (Mermaid's maxTextSize and maxEdges). */
const mostCharacters = 50_000;
const mostEdges = 500;
/** Of a touched table so many columns are drawn, if keys and changes do not need more. */
const mostColumns = 8;

/**
 * The touched tables and those that foreign keys connect with them as a Mermaid `erDiagram`; null where none is touched, or
 * they are more than would be drawn.
 */
export function mermaidOf({ tables, touched }: SchemaPicture): string | null {
  const drawn = withNeighbours(tables, touched);
  if (drawn.length === 0 || !drawn.some(({ name }) => touched.has(name))) return null;
  const ids = new Map(drawn.map(({ name }, at) => [name, `t${at + 1}`]));
  const edges = drawn.flatMap((table) => relationsOf(table, ids, touched));
  const text = [
    'erDiagram',
    ...drawn.flatMap((table) => entity(table, ids.get(table.name) ?? '', touched)),
    ...edges,
  ].join('\n');
  return edges.length > mostEdges || text.length > mostCharacters ? null : text;
}

/** Names as Mermaid's lexer takes them in quotes; nothing that it or HTML gives a meaning to. */
const label = (name: string): string => printableName(name).replaceAll(/[^\p{L}\p{N}_.-]/gu, '_') || '_';

/** A word of an attribute begins with a letter, and must not be one of those that mark a key. */
function word(text: string): string {
  const kept = text.replaceAll(/[^A-Za-z0-9_\u00c0-\u024f[\]()-]/g, '_').replaceAll(/_+/g, '_');
  return /^[A-Za-z_\u00c0-\u024f]/.test(kept) && !/^(?:pk|fk|uk)(?![A-Za-z0-9_])/i.test(kept)
    ? kept
    : `_${kept}`;
}

/** A type without its length, in one word. */
const typeWord = (type: string): string => word(type.replace(/\([^)]*\)/, ''));

function entity(table: Table, id: string, touched: ReadonlySet<string>): string[] {
  const drawn = mostTelling(table, touched, touched.has(table.name) ? mostColumns : 0);
  const head = `  ${id}["${label(table.name)}"]`;
  const lines = drawn.map(
    (column) => `    ${attribute(column, touched.has(`${table.name}.${column.name}`))}`,
  );
  return lines.length === 0 ? [head] : [`${head} {`, ...lines, '  }'];
}

function attribute({ name, type, isPrimary, isForeign }: Column, isTouched: boolean): string {
  const keys = [...(isPrimary ? ['PK'] : []), ...(isForeign ? ['FK'] : [])];
  return [
    typeWord(type),
    word(name),
    ...(keys.length > 0 ? [keys.join(',')] : []),
    ...(isTouched ? ['"changes"'] : []),
  ].join(' ');
}

/** Between neighbours that are not touched nothing is drawn. */
function relationsOf(
  { name, foreignKeys }: Table,
  ids: ReadonlyMap<string, string>,
  touched: ReadonlySet<string>,
): string[] {
  return foreignKeys
    .filter(({ to }) => ids.has(to) && (touched.has(name) || touched.has(to)))
    .map(({ to, columns, isRequired, isUnique }) => {
      const [there, here] = [isRequired ? '||' : 'o|', isUnique ? '|o' : '}o'];
      return `  ${ids.get(name)} ${here}--${there} ${ids.get(to)} : "${columns.map(label).join('_')}"`;
    });
}
