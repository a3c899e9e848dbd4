import { printable, printableName } from '../core/index.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');

/** A name or a sentence of others on one line, for the text of an element or between the quotes of an attribute. */
export const text = (value: string): string => escaped(printableName(value));

/** Lines of others, for the text of an element that keeps line ends. */
export const lines = (value: string): string => escaped(printable(value));

/** A name, a type or an expression of others; what is written from right to left moves nothing around it. */
export const codeOf = (value: string): string => `<code>${text(value)}</code>`;
