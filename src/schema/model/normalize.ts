import { normalizeNames } from './printed-names.ts';

/**
 * Brings a definition that the server prints in more than one way to one form. Most of what majors print differently
 * never gets here, since the queries do not ask for it, or ask otherwise:
 *
 * - the text of views (16 qualifies columns only where it must): a facet of either form; what a view returns, reads
 *   and defaults to is compared on all;
 * - the names of NOT NULL constraints (18): a facet; that one is not valid or not inherited stands with the column;
 * - the identity of a partition's columns (17 marks them): the parent's alone;
 * - an owned sequence of an unlogged table (unlogged from 15 on): not told;
 * - the locale of an ICU collation, which has had three columns: whichever is there;
 * - members of publications (row filters, columns and schemas from 15 on): told where they are;
 * - MAINTAIN (17), and the schema `public` with its owner (15): left out.
 *
 * What is left is brought to one form here:
 *
 * - `x IN ('a', 'b')` on a varchar column is printed with one cast around the array the first time, and with a cast
 *   around each element after a dump was loaded once: the second form is kept;
 * - names that later majors made keywords, and quote.
 */
export function normalize(printed: string): string {
  const text = normalizeNames(printed);
  if (!text.includes('::character varying')) return text;
  return text.replace(
    /\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:\(\d+\))?(?:, )?)+)\]\)::text\[\]/g,
    (_, elements: string) =>
      `ARRAY[${[...elements.matchAll(/'(?:[^']|'')*'::character varying(?:\(\d+\))?/g)]
        .map(([element]) => `(${element})::text`)
        .join(', ')}]`,
  );
}
