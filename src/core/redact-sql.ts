/** A part of a text that must not be shown. */
export interface MaskRange {
  readonly start: number;
  readonly end: number;
}

const patterns = [
  // PASSWORD 'x', password = E'x', OPTIONS (password $$x$$); the literal may be cut off.
  /\bpassword\s*=?\s*(?:e|u&)?'((?:[^'\\]|''|\\[\s\S])*)/dgi,
  /\bpassword\s*=?\s*\$\w*\$([^$]*)/dgi,
  // Connection strings: 'host=db password=x', 'postgresql://user:x@host'.
  /password=([^\s'"()$]+)/dgi,
  /:\/\/[^\s:/@']*:([^\s@']+)@/dg,
];

/** Where in a piece of SQL or in a server's message passwords stand; sorted, never overlapping. */
export function maskRanges(text: string): MaskRange[] {
  const found: MaskRange[] = [];
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.[1] ?? [0, 0];
      if (end > start && !found.some((range) => range.start < end && start < range.end))
        found.push({ start, end });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** The text with every password in it replaced by `***`. */
export function maskSecrets(text: string): string {
  let out = '';
  let next = 0;
  for (const { start, end } of maskRanges(text)) {
    out += `${text.slice(next, start)}***`;
    next = end;
  }
  return out + text.slice(next);
}
