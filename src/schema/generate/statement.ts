/** One statement of generated SQL. */
export interface GeneratedStatement {
  /** Without the semicolon at its end. */
  readonly sql: string;
  /** The `kind name` that it makes, changes or removes. */
  readonly object: string;
}
