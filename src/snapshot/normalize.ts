/**
 * Brings a definition that the server prints in more than one way to one form.
 *
 * - `x IN ('a', 'b')` on a varchar column is printed with one cast around the array the first time, and with a cast
 *   around each element after a dump was loaded once: the second form is kept.
 */
export function normalize(text: string): string {
  if (!text.includes('::character varying')) return text;
  return text.replace(
    /\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:\(\d+\))?(?:, )?)+)\]\)::text\[\]/g,
    (_, elements: string) =>
      `ARRAY[${[...elements.matchAll(/'(?:[^']|'')*'::character varying(?:\(\d+\))?/g)]
        .map(([element]) => `(${element})::text`)
        .join(', ')}]`,
  );
}
