/** What a difference in an object of a kind means to an application. */
export type Severity = 'drift' | 'reported';

/** What is known of a kind of object, for every question that is asked of kinds. */
export interface Traits {
  /** What it means that an object the lock expects is not there, or is another. */
  readonly missing: Severity;
  readonly changed: Severity;
  /**
   * What it means that one is there besides. `drift`: inside a relation that the lock knows it can reject, change, hide
   * or reveal a row, or is a grant on what the lock knows (`severityOfExtra` in extra.ts says when); elsewhere it is
   * reported.
   */
  readonly extra: Severity;
  /**
   * The relation that it belongs to: `itself` where its name is the relation's, `name` where its name is
   * `relation.part`, `other` where more than its name says it; null for what stands by itself.
   */
  readonly parent: 'itself' | 'name' | 'other' | null;
  /** `relation`: it can be selected from. `setting`: one is gained by a change of what has it. */
  readonly is?: 'relation' | 'setting';
  /** It makes no database somebody's: it is often there before the schema is. */
  readonly isIncidental?: true;
  /**
   * It says what is otherwise than PostgreSQL makes it with something else. Where none is wanted, one that is there is
   * taken back, which costs nothing.
   */
  readonly isDeviation?: true;
  /** It depends on how a database came to be, or on its server: no SQL of ours brings it about. */
  readonly isImmaterial?: true;
  /** Each server brings its own: files do not decide it. */
  readonly isOfServer?: true;
  /** A database may have another and be of the version all the same: it is told, and stands in the way of nothing. */
  readonly tellsNoVersion?: true;
}

/** An application leans on it. */
const leanedOn = { missing: 'drift', changed: 'drift', extra: 'reported' } as const;
/** Its absence says as much as its presence: that all is as it is made. */
const deviation = {
  missing: 'drift',
  changed: 'drift',
  extra: 'drift',
  parent: 'name',
  is: 'setting',
  isDeviation: true,
} as const;
/** An application leans on it, and so it does on there being no other inside its relations. */
const decides = { ...leanedOn, extra: 'drift' } as const;
/** It is only told. */
const told = { missing: 'reported', changed: 'reported', extra: 'reported' } as const;

/**
 * Every kind of object that a snapshot can hold, once. Data only: a start loads it, and it loads nothing.
 */
export const kinds = {
  table: { ...leanedOn, parent: 'itself', is: 'relation' },
  options: { ...told, parent: 'itself', is: 'setting' },
  column: { ...decides, parent: 'name' },
  'column order': { ...told, parent: 'itself', isImmaterial: true },
  'column options': { ...told, parent: 'name', is: 'setting' },
  sequence: { ...leanedOn, parent: null },
  view: { ...leanedOn, parent: 'itself', is: 'relation' },
  'materialized view': { ...leanedOn, parent: 'itself', is: 'relation' },
  constraint: { ...decides, parent: 'name' },
  enforcement: deviation,
  'partition constraint': deviation,
  'not null': { ...told, parent: 'name' },
  index: { ...told, parent: 'name' },
  'unique index': { ...decides, parent: 'name' },
  'index options': { ...told, parent: 'name', is: 'setting' },
  'partition key': deviation,
  'partition index': { ...deviation, ...told },
  'partition index options': { ...deviation, ...told },
  statistics: { ...told, parent: null },
  function: { ...leanedOn, parent: null },
  procedure: { ...leanedOn, parent: null },
  aggregate: { ...leanedOn, parent: null },
  trigger: { ...decides, parent: 'name' },
  'partition trigger': deviation,
  rule: { ...decides, parent: 'name' },
  policy: { ...decides, parent: 'name' },
  'event trigger': { ...leanedOn, parent: null },
  type: { ...leanedOn, parent: null },
  schema: { ...leanedOn, parent: null, isIncidental: true },
  extension: { ...leanedOn, parent: null, isIncidental: true },
  'extension version': { ...told, parent: null, isIncidental: true, isImmaterial: true, isOfServer: true },
  publication: { ...told, parent: null },
  cast: { ...leanedOn, parent: null },
  operator: { ...leanedOn, parent: null },
  'operator class': { ...leanedOn, parent: null },
  'operator family': { ...leanedOn, parent: null },
  language: { ...leanedOn, parent: null },
  transform: { ...leanedOn, parent: null },
  'access method': { ...leanedOn, parent: null },
  conversion: { ...leanedOn, parent: null },
  collation: { ...leanedOn, parent: null },
  'text search configuration': { ...leanedOn, parent: null },
  'text search dictionary': { ...leanedOn, parent: null },
  'text search parser': { ...leanedOn, parent: null },
  'text search template': { ...leanedOn, parent: null },
  'foreign data wrapper': { ...leanedOn, parent: null },
  'foreign server': { ...leanedOn, parent: null },
  'user mapping': { missing: 'drift', changed: 'reported', extra: 'reported', parent: null },
  subscription: { ...told, parent: null },
  'without data': { ...told, parent: 'itself', tellsNoVersion: true },
  'extension dependency': { ...told, parent: null },
  database: { ...told, parent: null, isIncidental: true, tellsNoVersion: true },
  comment: { ...told, parent: 'other', is: 'setting', isIncidental: true },
  owner: { ...leanedOn, parent: 'other', isIncidental: true },
  privileges: { ...decides, parent: 'other', isIncidental: true },
  'default privileges': { ...leanedOn, parent: null, isIncidental: true },
} as const satisfies Record<string, Traits>;

export type Kind = keyof typeof kinds;

/** What is known of a kind; of one that a newer or older program wrote into a lock, that applications lean on it. */
export const traitsOf = (kind: string): Traits =>
  (kinds as Readonly<Record<string, Traits>>)[kind] ?? { ...leanedOn, parent: null };

/** Whether it counts for which version a database is of. */
export const tellsVersion = (kind: string): boolean => {
  const { isImmaterial, tellsNoVersion } = traitsOf(kind);
  return !isImmaterial && !tellsNoVersion;
};
