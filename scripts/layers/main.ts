import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cycles, importsIn, type Layers, pastDoors, upward } from './imports.ts';

/**
 * Names every import in `src/` that points upward, goes past a door or closes a cycle, a line each.
 *
 * @param root the repository's folder, with `layers.json`.
 * @returns 0, or 1 where there is such an import.
 */
export function main(root: string): number {
  const layers: Layers = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8'));
  const imports = importsIn(join(root, 'src'));
  const problems = [
    ...upward(layers, imports).map((found) => `imports a room that is not below its own: ${found}`),
    ...pastDoors(layers, imports).map((found) => `imports past a door: ${found}`),
    ...cycles(imports).map((found) => `is a cycle: ${found}`),
  ];
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}
