import fc from 'fast-check';

/** A change to a JSON value at one place, found by turns: which child, of that which child, and so on. */
interface Change {
  readonly path: readonly number[];
  readonly kind: 'drop' | 'replace' | 'repeat' | 'rename';
  readonly value: unknown;
}

/** Values of other types than were meant, keys that JavaScript treats in a way of its own among them. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(
    null,
    true,
    false,
    0,
    -1,
    1,
    2,
    1e308,
    1.5,
    '',
    'x',
    '20250101000000',
    [],
    {},
    [null],
    [[]],
    ['x'],
    { length: 1 },
    { x: null },
    '__proto__',
    'undefined',
  ),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constant(JSON.parse('{"__proto__": {"text": 1}, "constructor": 2, "toString": null}')),
);

const change: fc.Arbitrary<Change> = fc.record({
  path: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 5 }),
  kind: fc.constantFrom<Change['kind'][]>('drop', 'replace', 'replace', 'repeat', 'rename'),
  value: oddValue,
});

/** A JSON value with some parts gone, replaced by others, or repeated. */
export const mutatedJson = (base: unknown): fc.Arbitrary<unknown> =>
  fc
    .array(change, { maxLength: 3 })
    .map((changes) => changes.reduce((value, one) => apply(value, one, 0), base));

function apply(value: unknown, change: Change, depth: number): unknown {
  const { path, kind } = change;
  if (value === null || typeof value !== 'object') return change.value;
  const entries = Object.entries(value);
  const at = entries.length === 0 ? 0 : (path[depth] ?? 0) % entries.length;
  const entry = entries[at];
  if (!entry) return change.value;
  if (
    depth < path.length - 1 &&
    entry[1] !== null &&
    typeof entry[1] === 'object' &&
    Object.keys(entry[1]).length > 0
  ) {
    entries[at] = [entry[0], apply(entry[1], change, depth + 1)];
  } else if (kind === 'drop') entries.splice(at, 1);
  else if (kind === 'replace') entries[at] = [entry[0], change.value];
  else if (kind === 'rename') entries[at] = [JSON.stringify(change.value), entry[1]];
  else entries.push([`${entry[0]}2`, entry[1]]);
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}
