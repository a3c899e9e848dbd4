import { literal } from '../../../postgres/index.ts';
import { clausesOf, splitOuter } from '../alter/clauses.ts';

/** A language. */
export function createLanguage(name: string, text: string): string {
  const parts = clausesOf(text, ['trusted', 'handler', 'inline', 'validator']);
  return [
    `CREATE${parts.trusted === undefined ? '' : ' TRUSTED'} LANGUAGE ${name} HANDLER ${parts.handler}`,
    ...(parts.inline === undefined ? [] : [`INLINE ${parts.inline}`]),
    ...(parts.validator === undefined ? [] : [`VALIDATOR ${parts.validator}`]),
  ].join(' ');
}

/** A transform, of its name `for TYPE language NAME`. */
export function createTransform(name: string, text: string): string {
  const functions = splitOuter(text).map((part) =>
    part.replace(/^from /, 'FROM SQL WITH FUNCTION ').replace(/^to /, 'TO SQL WITH FUNCTION '),
  );
  return `CREATE TRANSFORM ${transformTarget(name)} (${functions.join(', ')})`;
}

/** `for TYPE language NAME` as statements take it. */
export const transformTarget = (name: string): string =>
  name.replace(/^for ([\s\S]*) language ("(?:[^"]|"")*"|\S+)$/, 'FOR $1 LANGUAGE $2');

/** An access method. */
export function createAccessMethod(name: string, text: string): string {
  const [, type = '', handler = ''] = /^(index|table) handler (.*)$/s.exec(text) ?? [];
  return `CREATE ACCESS METHOD ${name} TYPE ${type.toUpperCase()} HANDLER ${handler}`;
}

/** A conversion between encodings. */
export function createConversion(name: string, text: string): string {
  const parts = clausesOf(text, ['default', 'for', 'to', 'by']);
  return `CREATE${parts.default === undefined ? '' : ' DEFAULT'} CONVERSION ${name} FOR ${literal(parts.for ?? '').trim()} TO ${literal(parts.to ?? '').trim()} FROM ${parts.by}`;
}

const codeOf = (text: string, words: readonly string[]): string =>
  Object.entries(clausesOf(text, words))
    .map(([word, code]) => `${word.toUpperCase()} = ${code}`)
    .join(', ');

/** A text search parser. */
export const createParser = (name: string, text: string): string =>
  `CREATE TEXT SEARCH PARSER ${name} (${codeOf(text, ['start', 'gettoken', 'end', 'headline', 'lextypes'])})`;

/** A text search template. */
export const createTemplate = (name: string, text: string): string =>
  `CREATE TEXT SEARCH TEMPLATE ${name} (${codeOf(text, ['init', 'lexize'])})`;
