/** A text of others, such as a name, a type or an expression. */
interface Code {
  readonly code: string;
}

/** A sentence: what Slipway says as strings, and what it quotes as code, which each form of a report escapes. */
export type Words = readonly (string | Code)[];

/** What a sentence quotes. */
export const code = (text: string): Code => ({ code: text });

/** Sentences one after the other, with something between them. */
export const joined = (all: readonly Words[], between: string): Words =>
  all.flatMap((words, index) => (index === 0 ? words : [between, ...words]));
