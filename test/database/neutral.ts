/** A change after which the schema says what it said before. */
export interface Neutral {
  readonly name: string;
  /** Each by itself: what cannot run in a transaction stands alone. */
  readonly apply: readonly string[];
  /** What the session that looks sets for itself first. */
  readonly session?: string;
  /** What ends what is still going on while it looks. */
  readonly after?: string;
  readonly since: number;
}

export const neutralOf = (
  name: string,
  apply: string | readonly string[],
  more: Partial<Pick<Neutral, 'session' | 'after' | 'since'>> = {},
): Neutral => ({ name, apply: [apply].flat(), since: 14, ...more });
