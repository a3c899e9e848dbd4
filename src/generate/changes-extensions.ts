import type { AlterContext } from './alter/alteration.ts';
import type { Fates } from './changes-fates.ts';

/**
 * An extension that moves to another schema takes its operators, types and functions along: what only says the new
 * schema where it said the old one changes by itself. Pure but for `fates`.
 */
export function settleExtensions(fates: Fates, { before, after }: AlterContext): void {
  for (const [object, fate] of [...fates]) {
    if (!object.startsWith('extension ') || fate.way !== 'steps') continue;
    const schemaOf = (side: AlterContext['before']): string =>
      (side.snapshot.get(object)?.text ?? '').slice('in '.length);
    const [was, is] = [schemaOf(before), schemaOf(after)];
    const moved = (text: string): string => text.replaceAll(`${was}.`, `${is}.`);
    for (const [other, needs] of before.dependencies) {
      const there = before.snapshot.get(other);
      const wanted = after.snapshot.get(other);
      if (!needs.has(object) || there === undefined || wanted === undefined || !fates.has(other)) continue;
      const isOnlyMoved =
        moved(there.text) === moved(wanted.text) &&
        Object.entries(there.facets).every(
          ([facet, text]) =>
            wanted.facets[facet] === undefined || moved(text) === moved(wanted.facets[facet] ?? ''),
        );
      if (isOnlyMoved) fates.set(other, { way: 'implied' });
    }
  }
}
