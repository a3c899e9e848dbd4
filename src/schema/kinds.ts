/** The kinds of objects that a schema is made of, a row each. Data alone: it loads nothing. */

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
  /** Too little to be said at each start. */
  readonly isQuiet?: true;
  /** Each server brings its own: files do not decide it. */
  readonly isOfServer?: true;
  /** A database may have another and be of the version all the same: it is told, and stands in the way of nothing. */
  readonly tellsNoVersion?: true;
  /** How SQL makes it: by itself, behind what it hangs on, or with something else. */
  readonly made: 'alone' | 'behind' | 'with';
  /** It says something of another object, and goes with it. */
  readonly goesWith?: true;
  /** It holds nothing of its own, so that it can be dropped and made again. */
  readonly isRenewable?: true;
  /** Its DROP takes its name as the snapshot has it. */
  readonly dropsByName?: true;
  /** Its description names columns of its own table alone. */
  readonly namesOwnTable?: true;
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
  made: 'behind',
} as const;
/** An application leans on it, and so it does on there being no other inside its relations. */
const decides = { ...leanedOn, extra: 'drift' } as const;
/** It is only told. */
const told = { missing: 'reported', changed: 'reported', extra: 'reported' } as const;

const alone = { parent: null, made: 'alone' } as const;
/** What can be dropped by its name and made again. */
const renewed = { ...alone, isRenewable: true, dropsByName: true } as const;
/** What is made behind a relation that it is part of, and can be made again. */
const part = { parent: 'name', made: 'behind', isRenewable: true } as const;
const saidBehind = { made: 'behind', goesWith: true } as const;

/**
 * Every kind of object that a snapshot can hold, once, in the order in which a person writes a schema: what stands by
 * itself, each with what comes with it, then what hangs on something, in the order in which it follows. Data only: a
 * start loads it, and it loads nothing.
 */
export const kinds = {
  database: { ...told, ...alone, isIncidental: true, tellsNoVersion: true },
  schema: { ...leanedOn, ...alone, isIncidental: true, dropsByName: true },
  extension: { ...leanedOn, ...alone, isIncidental: true, dropsByName: true },
  'extension version': {
    ...told,
    parent: null,
    isIncidental: true,
    isImmaterial: true,
    isOfServer: true,
    made: 'with',
    goesWith: true,
  },
  language: { ...leanedOn, ...alone, dropsByName: true },
  'access method': { ...leanedOn, ...renewed },
  conversion: { ...leanedOn, ...renewed },
  collation: { ...leanedOn, ...renewed },
  'text search parser': { ...leanedOn, ...renewed },
  'text search template': { ...leanedOn, ...renewed },
  'text search dictionary': { ...leanedOn, ...renewed },
  'text search configuration': { ...leanedOn, ...renewed },
  'foreign data wrapper': { ...leanedOn, ...alone, dropsByName: true },
  'foreign server': { ...leanedOn, ...alone },
  'user mapping': { missing: 'drift', changed: 'reported', extra: 'reported', ...alone },
  type: { ...leanedOn, ...alone, isRenewable: true },
  transform: { ...leanedOn, ...alone, isRenewable: true },
  sequence: { ...leanedOn, ...alone, dropsByName: true },
  table: { ...leanedOn, parent: 'itself', is: 'relation', made: 'alone' },
  column: { ...decides, parent: 'name', made: 'with', namesOwnTable: true },
  'column order': {
    ...told,
    parent: 'itself',
    isImmaterial: true,
    made: 'with',
    goesWith: true,
    namesOwnTable: true,
  },
  'column origin': {
    ...told,
    parent: 'name',
    isImmaterial: true,
    isQuiet: true,
    made: 'with',
    goesWith: true,
    namesOwnTable: true,
  },
  'not null': { ...told, parent: 'name', made: 'with', goesWith: true },
  function: { ...leanedOn, ...renewed },
  procedure: { ...leanedOn, ...renewed },
  aggregate: { ...leanedOn, ...alone, isRenewable: true },
  operator: { ...leanedOn, ...alone, isRenewable: true },
  'operator family': { ...leanedOn, ...alone, isRenewable: true },
  'operator class': { ...leanedOn, ...alone, isRenewable: true },
  cast: { ...leanedOn, ...alone, isRenewable: true },
  view: { ...leanedOn, ...renewed, parent: 'itself', is: 'relation' },
  'materialized view': { ...leanedOn, ...renewed, parent: 'itself', is: 'relation' },
  'without data': { ...told, parent: 'itself', tellsNoVersion: true, made: 'with', goesWith: true },
  publication: { ...told, ...renewed },
  subscription: { ...told, ...alone },
  'default privileges': { ...leanedOn, ...alone, isIncidental: true },
  'event trigger': { ...leanedOn, ...renewed },
  constraint: { ...decides, ...part },
  'unique index': { ...decides, ...part, namesOwnTable: true },
  index: { ...told, extra: 'drift', ...part, namesOwnTable: true },
  'index options': { ...told, ...saidBehind, parent: 'name', is: 'setting' },
  'partition key': deviation,
  'partition index': { ...deviation, ...told },
  'partition index options': { ...deviation, ...told },
  'partition constraint': deviation,
  statistics: {
    ...told,
    parent: null,
    made: 'behind',
    isRenewable: true,
    dropsByName: true,
    namesOwnTable: true,
  },
  options: { ...told, ...saidBehind, parent: 'itself', is: 'setting' },
  'column options': { ...told, ...saidBehind, parent: 'name', is: 'setting' },
  trigger: { ...decides, ...part, namesOwnTable: true },
  'partition trigger': { ...deviation, isRenewable: true },
  enforcement: deviation,
  rule: { ...decides, ...part, namesOwnTable: true },
  policy: { ...decides, ...part, namesOwnTable: true },
  'extension dependency': { ...told, ...saidBehind, parent: null },
  comment: { ...told, ...saidBehind, parent: 'other', is: 'setting', isIncidental: true },
  owner: { ...leanedOn, ...saidBehind, parent: 'other', isIncidental: true },
  privileges: { ...decides, ...saidBehind, parent: 'other', isIncidental: true },
} as const satisfies Record<string, Traits>;

/** What is known of a kind; of one that a newer or older program wrote into a lock, that applications lean on it. */
export const traitsOf = (kind: string): Traits =>
  (kinds as Readonly<Record<string, Traits>>)[kind] ?? { ...leanedOn, ...alone };

/** Whether it counts for which version a database is of. */
export const tellsVersion = (kind: string): boolean => {
  const { isImmaterial, tellsNoVersion } = traitsOf(kind);
  return !isImmaterial && !tellsNoVersion;
};

/** The kinds with a trait, in their order. */
export const kindsWith = (has: (traits: Traits) => unknown): readonly string[] =>
  Object.entries<Traits>(kinds).flatMap(([kind, traits]) => (has(traits) ? [kind] : []));

/** What can be selected from. */
export const relationKinds: readonly string[] = kindsWith(({ is }) => is === 'relation');
