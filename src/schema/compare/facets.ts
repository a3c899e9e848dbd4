import { hashText, leftFacet } from '../catalog/index.ts';

/** What a facet describes, and the majors that have it. */
interface Spelling {
  readonly of: string;
  readonly first: number;
  readonly last: number;
}

/** Reads a facet's name, such as `definition, PostgreSQL 14 and 15`; null where no major decides who has it. */
function spellingOf(facet: string): Spelling | null {
  const [, of, first, last] = /^(.*), PostgreSQL (\d+)(?: and (\d+|later))?$/s.exec(facet) ?? [];
  if (of === undefined) return null;
  return {
    of,
    first: Number(first),
    last: last === 'later' ? Number.POSITIVE_INFINITY : Number(last ?? first),
  };
}

const describedBy = (facet: string): string => spellingOf(facet)?.of ?? facet;

/** The hash of a text or facet that says nothing. */
export const emptyHash = hashText('');

/** The server that a schema stands on, as far as it decides which facets an object can have. */
export interface Side {
  readonly major: number;
  readonly hasTimescale: boolean;
}

/** Whether an object on this server can have a facet. */
export function canHave({ major, hasTimescale }: Side, facet: string): boolean {
  const spelling = spellingOf(facet);
  return spelling === null ? hasTimescale : spelling.first <= major && major <= spelling.last;
}

/** Most objects have no facet. */
const nothing = { changed: [], unverified: [] } as const;

function isEmpty(facets: Readonly<Record<string, string>>): boolean {
  for (const _ in facets) return false;
  return true;
}

/**
 * Holds an object's facets against what is expected of them. One that has another spelling on the other side alone is
 * unverified, and named as it is expected; of two spellings that are both expected, the one that is there is enough.
 * A side that cannot have a facet has nothing to tell by it, so it agrees with an empty one. Of compression, what one
 * version of TimescaleDB leaves open may stand in a database as an older one chose it, and is unverified.
 *
 * @param expected facet -> hash.
 * @param actual facet -> text.
 */
export function compareFacets(
  expected: Readonly<Record<string, string>>,
  actual: Readonly<Record<string, string>>,
): { readonly changed: readonly string[]; readonly unverified: readonly string[] } {
  if (isEmpty(expected) && isEmpty(actual)) return nothing;
  const shared = Object.keys(expected).filter((facet) => actual[facet] !== undefined);
  const verified = new Set(shared.map(describedBy));
  const lacking = Object.keys(expected).filter(
    (facet) => !verified.has(describedBy(facet)) && expected[facet] !== emptyHash,
  );
  const isLacking = new Set(lacking.map(describedBy));
  const surplus = Object.keys(actual).filter(
    (facet) =>
      !verified.has(describedBy(facet)) && !isLacking.has(describedBy(facet)) && actual[facet] !== '',
  );
  const differing = shared.filter((facet) => expected[facet] !== hashText(actual[facet] ?? ''));
  const isChosen = (facet: string): boolean => facet === leftFacet && actual[facet] === '';
  return {
    changed: differing.filter((facet) => !isChosen(facet)),
    unverified: [...lacking, ...surplus, ...differing.filter(isChosen)],
  };
}
