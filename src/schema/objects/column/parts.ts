/** What the text of a column says, part by part. */
export interface ColumnParts {
  /** As `format_type` prints it: `character varying(20)`, `hard."odd type"[]`. */
  readonly type: string;
  readonly collation: string | null;
  readonly isNotNull: boolean;
  /** What is odd about the NOT NULL: `not valid`, `no inherit`, both; else empty. */
  readonly odd: string;
  readonly identity: 'always' | 'by default' | null;
  readonly generated: { readonly expression: string; readonly kind: 'stored' | 'virtual' } | null;
  readonly default: string | null;
}

const identifier = '(?:"(?:[^"]|"")*"|[^"\\s.]+)';

/** A type ends where a clause begins: the words that begin one stand in no type's name but in quotes. */
const whole = new RegExp(
  [
    '^((?:"(?:[^"]|"")*"|[^"])+?)',
    `(?: collate (${identifier}(?:\\.${identifier})?))?`,
    '( not null)?((?: not valid)?(?: no inherit)?)',
    '(?: generated (always|by default) as identity)?',
    '(?: generated always as \\((.*)\\) (stored|virtual)| default (.*))?$',
  ].join(''),
  's',
);

/** Reads the text of a column; see `columns` of the snapshot, which writes it. */
export function parseColumn(text: string): ColumnParts {
  const [, type = text, collation, notNull, odd = '', identity, expression, kind, fallback] =
    whole.exec(text) ?? [];
  return {
    type,
    collation: collation ?? null,
    isNotNull: notNull !== undefined,
    odd: odd.trim(),
    identity: identity === 'always' || identity === 'by default' ? identity : null,
    generated: expression === undefined ? null : { expression, kind: kind === 'virtual' ? kind : 'stored' },
    default: fallback ?? null,
  };
}
