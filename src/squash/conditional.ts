import { nameOf, parentOf, timescaleFacet } from '../schema/catalog/index.ts';
import type { SchemaGraph } from '../schema/generate/index.ts';
import { foldName, type Statement } from '../sql/index.ts';
import { isKept, keepSections } from './keep.ts';
import type { SquashedFile } from './origin.ts';

const named = 'timescaledb';

/**
 * What of a schema is to be written, where a section is kept that makes TimescaleDB's part only on servers that have it:
 * all else. Nothing of it was made for certain where no statement outside of what is kept creates the extension.
 *
 * @param kept the sections, as they are.
 */
export function withoutConditional(
  graph: SchemaGraph,
  folded: readonly SquashedFile[],
  kept: readonly string[],
): SchemaGraph {
  const isConditional = kept.some((text) => text.includes(named)) && !folded.some(createsTimescale);
  return isConditional ? withoutTimescale(graph) : graph;
}

function createsTimescale({ script }: SquashedFile): boolean {
  if (script === null) return false;
  const sections = keepSections(script);
  return [...script.statements].some((statement) => isCreation(statement) && !isKept(sections, statement));
}

const isCreation = ({ words }: Statement): boolean =>
  words[0] === 'CREATE' &&
  words[1] === 'EXTENSION' &&
  foldName(words[words[2] === 'IF' ? 5 : 2] ?? '') === named;

/** The schema as a server without the extension has it: plain tables, and no continuous aggregate. */
function withoutTimescale(graph: SchemaGraph): SchemaGraph {
  const isOurs = (object: string): boolean =>
    (graph.snapshot.get(object)?.facets[timescaleFacet] ?? '') !== '';
  const aggregates = new Set(
    [...graph.snapshot.keys()]
      .filter((object) => object.startsWith('view ') && isOurs(object))
      .map((object) => nameOf(object)),
  );
  const extension = new Set([
    `extension ${named}`,
    `extension version ${named}`,
    `comment extension ${named}`,
  ]);
  const snapshot = [...graph.snapshot]
    .filter(([object]) => !extension.has(object) && !aggregates.has(parentOf(object) ?? ''))
    .map(([object, { facets, ...rest }]) => {
      const others = Object.entries(facets).filter(([facet]) => !facet.startsWith(timescaleFacet));
      return [object, { ...rest, facets: Object.fromEntries(others) }] as const;
    });
  return { ...graph, snapshot: new Map(snapshot) };
}
