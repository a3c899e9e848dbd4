/** One change of the hard schema, and what must be said of it. */
export interface Mutation {
  readonly apply: string;
  readonly undo: string;
  /** Each difference: `-` missing, `~` changed, `+` extra, then the object. More than one only where one brings another. */
  readonly found: string | readonly string[];
  readonly severity: 'drift' | 'reported';
  /** The oldest major that has it. */
  readonly since: number;
}

export const drift = (found: Mutation['found'], apply: string, undo: string, since = 14): Mutation => ({
  apply,
  undo,
  found,
  severity: 'drift',
  since,
});
export const reported = (found: Mutation['found'], apply: string, undo: string, since = 14): Mutation => ({
  apply,
  undo,
  found,
  severity: 'reported',
  since,
});

export const people = (change: string): string => `ALTER TABLE hard.people ${change}`;
export const orders = (change: string): string => `ALTER TABLE hard.orders ${change}`;

/** Only a table that is made again has columns that are inherited alone. */
export const childAgain = `ALTER TABLE hard.child RENAME TO left_child;
  CREATE TABLE hard.child (more boolean DEFAULT true) INHERITS (hard.parent, hard.other_parent);
  INSERT INTO hard.child SELECT * FROM ONLY hard.left_child; DROP TABLE hard.left_child`;
