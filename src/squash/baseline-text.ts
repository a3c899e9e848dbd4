import type { Version } from '../migrations/index.ts';
import type { Source } from '../sql/index.ts';
import { fromDefaultLine } from './decisions.ts';
import { type KeepSection, keepMarkers } from './keep.ts';

/** What a new baseline is made of. */
export interface BaselineParts {
  readonly version: Version;
  /** The one before it, whose first words it keeps; null where there is none. */
  readonly before: Source | null;
  /** Columns that are left to their defaults, by full name. */
  readonly fromDefault: readonly string[];
  /** The whole schema, as statements that end with semicolons. */
  readonly schema: string;
  /** Statements without their final semicolon. */
  readonly rows: readonly string[];
  /** What a sequence goes on from, and views that are filled; without their final semicolon. */
  readonly after: readonly string[];
  /** Sections that are kept, markers included. */
  readonly kept: readonly string[];
}

/** Puts a baseline together. */
export function baselineText({
  version,
  before,
  fromDefault,
  schema,
  rows,
  after,
  kept,
}: BaselineParts): string {
  const isEmpty = [schema.trim(), ...rows, ...after, ...kept].join('') === '';
  const sections = [
    [
      `-- slipway: version ${version}`,
      ...(isEmpty ? ['-- slipway: empty'] : []),
      ...headerOf(before),
      ...fromDefault.map(fromDefaultLine),
    ].join('\n'),
    schema.trim(),
    ...(rows.length > 0 ? [['-- Reference rows.', ...rows.map(ended)].join('\n')] : []),
    ...(after.length > 0 ? [after.map(ended).join('\n')] : []),
    ...kept,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

const ended = (statement: string): string => `${statement};`;

const ours = /^[ \t]*--[ \t]*slipway:[ \t]*(?:version|empty|from-default)\b/;
const anotherDirective = /^[ \t]*--[ \t]*slipway:[ \t]*keep\b/;

/** The comment lines that a baseline begins with, without those that are written anew. */
function headerOf(before: Source | null): string[] {
  const lines = (before?.text.toString() ?? '').split('\n');
  const end = lines.findIndex((line) => !line.trimStart().startsWith('--') || anotherDirective.test(line));
  const header = lines.slice(0, Math.max(end, 0)).filter((line) => !ours.test(line));
  const isDump = header.some((line) => line.includes('PostgreSQL database dump'));
  return header.length > 0 && !isDump ? header : ['-- The whole schema as of this version.'];
}

/** A section that is kept, of a statement that stood outside of one; the comments right above it come along. */
export function keptStatement(source: Source, start: number, end: number): string {
  const above = source.text.slice(0, start).split('\n').slice(0, -1);
  const first = above.findLastIndex((line) => !line.trimStart().startsWith('--')) + 1;
  const comments = above.slice(first).filter((line) => !/^\s*--\s*slipway:/.test(line));
  return [keepMarkers.begin, ...comments, `${source.text.slice(start, end)};`, keepMarkers.end].join('\n');
}

/** The sections of a source, as they are. */
export const keptTexts = (sections: readonly KeepSection[]): string[] => sections.map(({ text }) => text);
