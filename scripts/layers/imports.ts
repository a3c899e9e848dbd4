import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** An import of one file by another; paths below src/. Types count as everything else does. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** The rooms from top to bottom, those of one layer beside each other, and the files through which each is entered. */
export interface Layers {
  readonly layers: readonly (readonly string[])[];
  readonly doors: Readonly<Record<string, readonly string[]>>;
}

/** What follows `from`, `import` or `import(` in a file as Biome formats it; comments name no file in quotes after these. */
const specifier = /(?:\bfrom |\bimport |\bimport\(\s*)'(\.{1,2}\/[^']+)'/g;

/** Every import among the files of a folder. */
export function importsIn(folder: string): readonly Import[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort();
  return files.flatMap((from) => importsOf(from, readFileSync(join(folder, from), 'utf8')));
}

/** The imports of one file, by its path and text. */
export const importsOf = (from: string, text: string): readonly Import[] =>
  [...text.matchAll(specifier)].map(([, path = '']) => ({
    from,
    to: posix.join(posix.dirname(from), path),
  }));

/** The room of a file: of those that hold it the innermost. */
function roomOf({ layers }: Layers, path: string): string {
  const holding = layers.flat().filter((room) => path === room || path.startsWith(`${room}/`));
  const [innermost] = holding.sort((a, b) => b.length - a.length);
  if (innermost === undefined) throw new Error(`${path} is in no room`);
  return innermost;
}

/** Imports of a room above, or beside in the same layer. */
export function upward(layers: Layers, imports: readonly Import[]): readonly string[] {
  const layerOf = (room: string): number => layers.layers.findIndex((layer) => layer.includes(room));
  return imports
    .filter(({ from, to }) => {
      const [own, other] = [roomOf(layers, from), roomOf(layers, to)];
      return own !== other && layerOf(other) <= layerOf(own);
    })
    .map(shown);
}

/** Imports of what stands behind another room's door. */
export function pastDoors(layers: Layers, imports: readonly Import[]): readonly string[] {
  return imports
    .filter(({ from, to }) => {
      const room = roomOf(layers, to);
      const doors = layers.doors[room];
      if (room === roomOf(layers, from) || doors === undefined) return false;
      return !doors.includes(to.slice(room.length + 1));
    })
    .map(shown);
}

const shown = ({ from, to }: Import): string => `${from} -> ${to}`;

/** One cycle of imports for each file that can reach itself; a file is in at most one of those that are shown. */
export function cycles(imports: readonly Import[]): readonly string[] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const seen = new Set<string>();
  const found: string[] = [];
  for (const start of next.keys()) {
    const way = seen.has(start) ? null : wayBack(next, start);
    if (way === null) continue;
    for (const path of way) seen.add(path);
    found.push([...way, start].join(' -> '));
  }
  return found;
}

/** The shortest way from a file over its imports to itself; null: there is none. */
function wayBack(next: ReadonlyMap<string, readonly string[]>, start: string): readonly string[] | null {
  const before = new Map<string, string>();
  const open = [start];
  for (const path of open)
    for (const to of next.get(path) ?? []) {
      if (to === start) return wayTo(before, path, start);
      if (before.has(to)) continue;
      before.set(to, path);
      open.push(to);
    }
  return null;
}

function wayTo(before: ReadonlyMap<string, string>, end: string, start: string): readonly string[] {
  const way = [end];
  for (let at = end; at !== start; way.unshift(at)) at = before.get(at) ?? start;
  return way;
}
