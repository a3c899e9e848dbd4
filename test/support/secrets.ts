import { randomBytes } from 'node:crypto';

/**
 * Stands in every secret of the tests, and nowhere else. Letters and digits: what escapes text for a URL, for JSON or
 * for SQL leaves it as it is.
 */
export const canary = 'hushabye7nobody';

/**
 * A secret of its own, with characters that a URL has to escape. The canary stands on both sides of them, so that each
 * part is known that somebody might take for something else.
 */
export const newSecret = (): string => `${canary}${randomBytes(6).toString('hex')}@/:?#%&=+${canary}`;

/** A text in base64, whatever stands before and after it: one for each offset from a group of three bytes. */
function inBase64(text: string): string[] {
  return [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
    const [from, to] = [Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return bytes.toString('base64').slice(from, to);
  });
}

const caseless = { plain: canary, hex: Buffer.from(canary).toString('hex') };
const base64 = inBase64(canary);

/** In which form a text holds a secret: plain (also where it is escaped, or its case changed), hex, base64; null where it holds none. */
export function findSecret(text: string): 'plain' | 'hex' | 'base64' | null {
  const lower = text.toLowerCase();
  if (lower.includes(caseless.plain)) return 'plain';
  if (lower.includes(caseless.hex)) return 'hex';
  return base64.some((form) => text.includes(form)) ? 'base64' : null;
}

/** The lines of a text that hold a secret, for whoever searches for the leak. */
export const linesWithSecret = (text: string): string =>
  text
    .split('\n')
    .filter((line) => findSecret(line) !== null)
    .map((line) => line.slice(0, 500))
    .join('\n');
