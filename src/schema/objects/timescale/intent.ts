import { literal } from '../../../postgres/index.ts';
import { unquote } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';
import { type Job, parseJob } from './job.ts';
import { timescaleFacet } from './read.ts';

/** The schema that holds TimescaleDB's functions. */
export const timescaleSchema = ({ snapshot }: SchemaGraph): string =>
  snapshot.get('extension timescaledb')?.text.replace(/^in /, '') ?? 'public';

const dimension =
  /^(Time|Space) dimension ("(?:[^"]|"")*"|\S+) (.*?)(?: interval (.*?))?(?: compressed to (.*?))?(?: now by ((?:"(?:[^"]|"")*"|\S)+))?(?: hashed by ((?:"(?:[^"]|"")*"|\S)+))?(?: (\d+) partitions)?$/;

export interface Dimension {
  readonly column: string;
  /** `INTERVAL '7 days'`, or a number. */
  readonly interval: string | null;
  /** The interval of the chunks that compressed ones are merged to. */
  readonly compressedTo: string | null;
  /** Functions, qualified and quoted. */
  readonly nowBy: string | null;
  readonly hashedBy: string | null;
  readonly partitions: string | null;
}

function parseDimension(line: string): Dimension | null {
  const [, , column, , interval, compressedTo, nowBy, hashedBy, partitions] = dimension.exec(line) ?? [];
  if (column === undefined) return null;
  return {
    column: literal(unquote(column)),
    interval: interval === undefined ? null : intervalOf(interval),
    compressedTo: compressedTo ?? null,
    nowBy: nowBy ?? null,
    hashedBy: hashedBy ?? null,
    partitions: partitions ?? null,
  };
}

/** An interval as an argument: that of an integer column is a number. */
export const intervalOf = (text: string): string =>
  /^-?\d+$/.test(text) ? text : `INTERVAL ${literal(text)}`;

/** What a facet's lines say; `unknown` are those that no call can be written for. */
export interface Intent {
  readonly dimensions: readonly Dimension[];
  readonly tablespaces: readonly string[];
  /** The schema that chunks stand in, and how their names begin, where those are not TimescaleDB's own. */
  readonly chunkSchema: string | null;
  readonly chunkPrefix: string | null;
  /** The columns by whose values chunks are skipped. */
  readonly skippedBy: readonly string[];
  readonly isCompressed: boolean;
  readonly sparseIndexes: string | null;
  readonly isAggregate: boolean;
  readonly isMaterializedOnly: boolean;
  readonly chunkInterval: string | null;
  readonly jobs: readonly Job[];
  /** From the first line on that no call can be written for. */
  readonly rest: string;
}

/** The lines of a facet that are one word and a value, or a word alone. */
const words = {
  tablespaces: /^tablespaces (.*)$/,
  chunkSchema: /^chunks in (.*)$/,
  chunkPrefix: /^chunks named (.*)$/,
  skippedBy: /^chunks skipped by (.*)$/,
  isCompressed: /^compressed()$/,
  sparseIndexes: /^sparse indexes (.*)$/,
  isAggregate: /^continuous aggregate()$/,
  isMaterializedOnly: /^materialized only()$/,
  chunkInterval: /^chunk interval (.*)$/,
} as const;

function parseIntent(text: string): Intent {
  const lines = text.split('\n');
  const found = new Map<keyof typeof words, string>();
  const dimensions: Dimension[] = [];
  const jobs: Job[] = [];
  const unknownAt = lines.findIndex((line) => {
    const dimension = parseDimension(line);
    const job = parseJob(line);
    const word = (Object.keys(words) as (keyof typeof words)[]).find((name) => words[name].test(line));
    if (dimension) dimensions.push(dimension);
    if (job) jobs.push(job);
    if (word) found.set(word, words[word].exec(line)?.[1] ?? '');
    return !dimension && !job && word === undefined;
  });
  return {
    dimensions,
    tablespaces: found.get('tablespaces')?.split(', ') ?? [],
    chunkSchema: found.get('chunkSchema') ?? null,
    chunkPrefix: found.get('chunkPrefix') ?? null,
    skippedBy: found.get('skippedBy')?.split(', ') ?? [],
    isCompressed: found.has('isCompressed'),
    sparseIndexes: found.get('sparseIndexes') ?? null,
    isAggregate: found.has('isAggregate'),
    isMaterializedOnly: found.has('isMaterializedOnly'),
    chunkInterval: found.get('chunkInterval') ?? null,
    jobs,
    rest: unknownAt < 0 ? '' : lines.slice(unknownAt).join('\n'),
  };
}

/** Null for what TimescaleDB keeps nothing of. */
export const intentOf = (object: string, { snapshot }: SchemaGraph): Intent | null => {
  const text = snapshot.get(object)?.facets[timescaleFacet] ?? '';
  return text === '' ? null : parseIntent(text);
};
