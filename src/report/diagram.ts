import { count } from '../core/index.ts';
import type { SchemaPicture } from './content.ts';
import { text } from './html-text.ts';
import { type Layout, layOut, type Placed, type Point } from './layout.ts';
import { mostTelling, type Table, withNeighbours } from './tables.ts';

/** Above so many tables only those that the report is about are drawn. */
const mostTables = 200;
/** Up to so many tables a box lists columns; up to the second number those of keys; above that, names alone. */
const [mostWithColumns, mostWithKeys] = [40, 90];
/** Of a table more columns are not listed, those of keys first. */
const mostColumns = 7;

const fontSize = 12;
/** The advance of a character of a monospaced font, in its size: 0.6 of Liberation Mono, Menlo and SF Mono, 0.55 of Consolas. */
const advance = 0.605 * fontSize;
const rowHeight = 19;
const headHeight = 28;
const padding = 10;
/** Longer names and types are cut off; all of it is in the tooltip. */
const [mostOfName, mostOfType] = [30, 22];

/** A diagram that is wider than the page is made smaller, at most so much; then it is scrolled. */
const leastScale = 0.7;

/** A line of a box: a column, or how many there are besides. */
interface Row {
  readonly name: string;
  readonly type: string;
  readonly mark: '' | 'PK' | 'FK';
  readonly look: 'column' | 'nullable' | 'changes' | 'more';
}

interface Box {
  readonly table: Table;
  readonly rows: readonly Row[];
  readonly width: number;
  readonly height: number;
}

/** A schema's diagram as SVG; where there is none, why. */
export type Diagram =
  | { readonly kind: 'drawn'; readonly svg: string; readonly note: string }
  | { readonly kind: 'none'; readonly note: string };

/** Draws the tables of a schema with their foreign keys, to the left what others refer to. */
export function diagramOf({ tables, touched, title }: SchemaPicture): Diagram {
  const isAll = tables.length <= mostTables;
  const drawn = isAll ? tables : withNeighbours(tables, touched);
  const all = count(tables.length, 'table');
  if (drawn.length === 0 || drawn.length > mostTables) {
    const why = tables.length === 0 ? 'it has no tables' : `it has ${all}; up to ${mostTables} are drawn`;
    return { kind: 'none', note: `${title}: ${why}.` };
  }
  const boxes = new Map(drawn.map((table) => [table.name, boxOf(table, drawn.length, touched)]));
  const layout = layOut(
    [...boxes.values()].map(({ table, width, height }) => ({
      id: table.name,
      width,
      height,
      refersTo: table.foreignKeys.map(({ to }) => to),
    })),
  );
  const few = isAll ? all : `${drawn.length} of ${all}: those that differ or change, and their neighbours`;
  return { kind: 'drawn', svg: svgOf(boxes, layout, touched, title), note: `${title}: ${few}.` };
}

function boxOf(table: Table, number: number, touched: ReadonlySet<string>): Box {
  const rows = rowsOf(table, number, touched);
  const name = widthOf(table.name);
  const marks = rows.some(({ mark }) => mark !== '') ? 26 : 0;
  const names = Math.max(0, ...rows.map((row) => Math.min(mostOfName, cells(row.name))));
  const types = Math.max(0, ...rows.map((row) => Math.min(mostOfType, cells(row.type))));
  const inner = Math.max(name + advance, marks + (names + types + 2) * advance);
  return {
    table,
    rows,
    width: Math.ceil(inner + 2 * padding),
    height: headHeight + (rows.length > 0 ? rows.length * rowHeight + 8 : 0),
  };
}

function rowsOf(table: Table, number: number, touched: ReadonlySet<string>): Row[] {
  if (number > mostWithKeys) return [];
  const rows = mostTelling(table, touched, number > mostWithColumns ? 0 : mostColumns).map(
    ({ name, type, isPrimary, isForeign, isNotNull }): Row => ({
      name,
      type,
      mark: isPrimary ? 'PK' : isForeign ? 'FK' : '',
      look: touched.has(`${table.name}.${name}`) ? 'changes' : isNotNull ? 'column' : 'nullable',
    }),
  );
  const left = table.columns.length - rows.length;
  return left === 0 || number > mostWithColumns
    ? rows
    : [...rows, { name: `and ${left} more`, type: '', mark: '', look: 'more' }];
}

/** Columns of a terminal that a text takes: East Asian wide characters take two (Unicode UAX 11). */
const cells = (value: string): number =>
  [...value].reduce((sum, character) => sum + ((character.codePointAt(0) ?? 0) < 0x1100 ? 1 : 2), 0);

const widthOf = (value: string): number => Math.min(mostOfName + 12, cells(value)) * advance;

/** A text that takes no more columns than that. */
function cut(value: string, most: number): string {
  if (cells(value) <= most) return value;
  let left = most - 1;
  const kept = [...value].filter((character) => {
    left -= cells(character);
    return left >= 0;
  });
  return `${kept.join('')}…`;
}

function svgOf(
  boxes: ReadonlyMap<string, Box>,
  layout: Layout,
  touched: ReadonlySet<string>,
  title: string,
): string {
  const at = new Map(layout.nodes.map((placed) => [placed.id, placed]));
  const edges = [...boxes.values()].flatMap(({ table }) => edgesOf(table, { boxes, at, layout, touched }));
  const drawn = layout.nodes.map((placed) => boxSvg(placed, boxes.get(placed.id), touched.has(placed.id)));
  const [width, height] = [layout.width + 18, layout.height + 16];
  return [
    `<svg class="diagram" xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${text(title)}" width="${width}" height="${height}" style="min-width:${Math.round(width * leastScale)}px" viewBox="-1 -8 ${width} ${height}">`,
    '<g class="edges">',
    ...edges,
    '</g>',
    ...drawn,
    '</svg>',
  ].join('\n');
}

function boxSvg({ x, y, width, height }: Placed, box: Box | undefined, isTouched: boolean): string {
  if (box === undefined) return '';
  const { table, rows } = box;
  const label = (value: string, place: string, most: number): string => {
    const shown = cut(value, most);
    const whole = shown === value ? '' : `<title>${text(value)}</title>`;
    return `<text ${place}>${whole}${text(shown)}</text>`;
  };
  const lines = rows.map(({ name, type, mark, look }, at) => {
    const line = headHeight + at * rowHeight + 17;
    const indent = padding + (rows.some((row) => row.mark !== '') ? 26 : 0);
    return [
      mark === '' ? '' : `<text class="mark ${mark.toLowerCase()}" x="${padding}" y="${line}">${mark}</text>`,
      label(name, `class="${look}" x="${indent}" y="${line}"`, mostOfName),
      type === ''
        ? ''
        : label(type, `class="type" x="${width - padding}" y="${line}" text-anchor="end"`, mostOfType),
    ].join('');
  });
  const head = `<path class="head" d="M0 ${headHeight}V6Q0 0 6 0H${width - 6}Q${width} 0 ${width} 6V${headHeight}Z"/>`;
  const alone = `<rect class="head" width="${width}" height="${height}" rx="6"/>`;
  return [
    `<g class="box${isTouched ? ' touched' : ''}" transform="translate(${x} ${y})" data-table="${text(table.name)}">`,
    `<title>${text(table.name)}</title>`,
    `<rect class="frame" width="${width}" height="${height}" rx="6"/>`,
    rows.length === 0 ? alone : head,
    label(table.name, `class="name" x="${padding}" y="${18.5}"`, mostOfName + 12),
    ...lines,
    '</g>',
  ].join('');
}

interface Drawing {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly at: ReadonlyMap<string, Placed>;
  readonly layout: Layout;
  readonly touched: ReadonlySet<string>;
}

function edgesOf(table: Table, { boxes, at, layout, touched }: Drawing): string[] {
  const from = at.get(table.name);
  const box = boxes.get(table.name);
  if (from === undefined || box === undefined) return [];
  return table.foreignKeys.flatMap(({ to, columns, isRequired }) => {
    const target = at.get(to);
    if (target === undefined) return [];
    const via = layout.routes.find((route) => route.from === table.name && route.to === to)?.via ?? [];
    const start = heightOf(box, columns[0]);
    const isNear = touched.has(table.name) || touched.has(to);
    const path = to === table.name ? loop(from, start) : way(from, start, { target, via });
    return [`<path class="edge${isRequired ? '' : ' optional'}${isNear ? ' touched' : ''}" d="${path}"/>`];
  });
}

/** Where in a box the line of a column is; its head where the column is not listed. */
function heightOf({ rows }: Box, column: string | undefined): number {
  const row = rows.findIndex(({ name, mark }) => name === column && mark !== '');
  return row === -1 ? headHeight / 2 : headHeight + row * rowHeight + 13;
}

/** From the left of a box to the right of another, through the lanes between; to the right where the other stands there. */
function way(
  from: Placed,
  start: number,
  { target, via }: { readonly target: Placed; readonly via: readonly Point[] },
): string {
  const isLeft = target.x < from.x;
  const first = { x: isLeft ? from.x : from.x + from.width, y: from.y + start };
  const last = { x: isLeft ? target.x + target.width : target.x, y: target.y + headHeight / 2 };
  const points = [...via, last];
  let path = `M${first.x} ${first.y}`;
  let before = first;
  for (const [index, point] of points.entries()) {
    // A lane's begin and end in turn: within a column it goes straight.
    const isStraight = index % 2 === 1 && index < via.length;
    const middle = Math.round((before.x + point.x) / 2);
    path += isStraight
      ? `L${point.x} ${point.y}`
      : `C${middle} ${before.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    before = point;
  }
  return path;
}

/** A table that refers to itself. */
function loop({ x, y, width }: Placed, start: number): string {
  const [right, top, bottom] = [x + width, y + headHeight / 2, y + Math.max(start, headHeight)];
  return `M${right} ${bottom}C${right + 20} ${bottom} ${right + 20} ${top} ${right} ${top}`;
}
