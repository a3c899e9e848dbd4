import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import {
  cycles,
  importsIn,
  importsOf,
  type Layers,
  pastDoors,
  upward,
} from '../../../scripts/layers/imports.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const layers: Layers = JSON.parse(readFileSync(join(root, 'layers.json'), 'utf8'));
const imports = importsIn(join(root, 'src'));

describe('the rooms of src/', () => {
  test('each entry at its top is in the order of the layers', () => {
    const rooms = layers.layers.flat().map((room) => room.split('/')[0]);
    expect([...new Set(rooms)].sort()).toEqual(readdirSync(join(root, 'src')).sort());
  });

  test('a room imports only from rooms below it', () => {
    expect(imports.length).toBeGreaterThan(1000);
    expect(upward(layers, imports)).toEqual([]);
  });

  test('a room is entered by its doors alone', () => {
    expect(pastDoors(layers, imports)).toEqual([]);
  });

  test('no file imports itself by way of others, types counted', () => {
    expect(cycles(imports)).toEqual([]);
  });

  test.each(Object.entries(layers.doors))(
    '%s has the doors that are named, and says what it is for',
    (room, doors) => {
      expect(doors.filter((door) => !existsSync(join(root, 'src', room, door)))).toEqual([]);
      expect(readFileSync(join(root, 'src', room, 'index.ts'), 'utf8')).toMatch(
        /^\/\*\*\n(?: \* .+\n)+ \*\/\n/,
      );
    },
  );
});

describe('the tests', () => {
  const rooms = layers.layers.flat();
  const folders = ['unit', 'database'].flatMap((kind) =>
    readdirSync(join(root, 'test', kind), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `${kind}/${path}`),
  );

  test('each stands by a room of src/, or tests the whole program or the tests themselves', () => {
    const astray = folders.filter((path) => {
      const folder = path.slice(path.indexOf('/') + 1);
      return ![...rooms, 'whole', 'harness'].some((room) => folder.startsWith(`${room}/`));
    });
    expect(folders.length).toBeGreaterThan(200);
    expect(astray).toEqual([]);
  });

  test('nothing but tests stands there: data and helpers have folders of their own', () => {
    expect(folders.filter((path) => !path.endsWith('.test.ts'))).toEqual([]);
  });
});

describe('what is found of imports', () => {
  const two: Layers = { layers: [['top'], ['a', 'b'], ['a/low']], doors: { a: ['index.ts'] } };
  const of = (from: string, ...specs: string[]) =>
    importsOf(from, specs.map((spec) => `import { x } from '${spec}';`).join('\n'));

  test('each form of import is one', () => {
    const text = [
      "import './effect.ts';",
      "import type { A } from '../a/type.ts';",
      "export { b } from './b.ts';",
      'import {\n  c,\n} from "node:fs";',
      "const d = await import('./d.ts');",
      "type E = import('./e.ts').E;",
    ].join('\n');
    expect(importsOf('room/x.ts', text).map(({ to }) => to)).toEqual([
      'room/effect.ts',
      'a/type.ts',
      'room/b.ts',
      'room/d.ts',
      'room/e.ts',
    ]);
  });

  test('an import upward or to the side is one, and an import downward is none', () => {
    const all = [
      ...of('a/x.ts', '../top/y.ts', '../b/y.ts', './low/y.ts', './y.ts'),
      ...of('top/y.ts', '../a/x.ts'),
      ...of('a/low/y.ts', '../x.ts'),
    ];
    expect(upward(two, all)).toEqual(['a/x.ts -> top/y.ts', 'a/x.ts -> b/y.ts', 'a/low/y.ts -> a/x.ts']);
  });

  test('an import past a door is one, and one through it or from within is none', () => {
    const all = [...of('top/y.ts', '../a/x.ts', '../a/index.ts'), ...of('a/index.ts', './x.ts')];
    expect(pastDoors(two, all)).toEqual(['top/y.ts -> a/x.ts']);
  });

  test('a cycle is shown by its way', () => {
    const all = [...of('a.ts', './b.ts'), ...of('b.ts', './c.ts'), ...of('c.ts', './a.ts', './d.ts')];
    expect(cycles(all)).toEqual(['a.ts -> b.ts -> c.ts -> a.ts']);
    expect(cycles(all.slice(0, 2))).toEqual([]);
  });
});

test('no field of a class holds an arrow function with `this`: the bundler, which writes it as a function, loses that', () => {
  const found = [...new Set(imports.map(({ from }) => from))].filter((file) => {
    const text = readFileSync(join(root, 'src', file), 'utf8');
    return within(
      parseSync(text, { syntax: 'typescript', target: 'es2022' }),
      /^(?:Class|Private)Property$/,
    ).some((field) =>
      within(field, /^ArrowFunctionExpression$/).some(
        (arrow) => within(arrow, /^ThisExpression$/).length > 0,
      ),
    );
  });
  expect(found).toEqual([]);
});

/** The nodes of a type in a syntax tree. */
function within(node: unknown, type: RegExp): object[] {
  if (typeof node !== 'object' || node === null) return [];
  const below = Object.values(node).flatMap((child) => within(child, type));
  return 'type' in node && type.test(String(node.type)) ? [node, ...below] : below;
}
