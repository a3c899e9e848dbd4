/** The kinds of objects that a schema is made of, a row each. Data alone: it loads nothing. */

import type { Catalog, Traits } from './traits.ts';

/** An application depends on it. */
const dependedOn = { missing: 'drift', changed: 'drift', extra: 'reported' } as const;
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
/** An application depends on it, and so it does on there being no other inside its relations. */
const decides = { ...dependedOn, extra: 'drift' } as const;
/** It is only told. */
const told = { missing: 'reported', changed: 'reported', extra: 'reported' } as const;

/** What an expression may name. */
const inExpressions = [
  'pg_class',
  'pg_attribute',
  'pg_proc',
  'pg_type',
  'pg_enum',
  'pg_operator',
  'pg_collation',
  'pg_cast',
  'pg_ts_config',
  'pg_ts_dict',
] as const satisfies readonly Catalog[];
/** What an index, or what stands on one, may name. */
const inIndexes = [
  ...inExpressions,
  'pg_index',
  'pg_constraint',
  'pg_opclass',
  'pg_am',
  'pg_inherits',
] as const satisfies readonly Catalog[];
/** What operators, their families and classes are made of. */
const inOperators = ['pg_operator', 'pg_proc', 'pg_type'] as const satisfies readonly Catalog[];
const inFamilies = [
  ...inOperators,
  'pg_opfamily',
  'pg_opclass',
  'pg_amop',
  'pg_amproc',
  'pg_am',
] as const satisfies readonly Catalog[];
/** What has an owner. */
const owned = [
  'pg_authid',
  'pg_class',
  'pg_namespace',
  'pg_proc',
  'pg_type',
  'pg_foreign_server',
  'pg_foreign_data_wrapper',
  'pg_language',
] as const satisfies readonly Catalog[];
const ownedRarely = [
  'pg_publication',
  'pg_event_trigger',
  'pg_collation',
  'pg_conversion',
  'pg_ts_config',
  'pg_ts_dict',
  'pg_statistic_ext',
  'pg_operator',
  'pg_opclass',
  'pg_opfamily',
  'pg_am',
] as const satisfies readonly Catalog[];

const alone = { parent: null, made: 'alone' } as const;
/** What stands by itself and can be made again. */
const renewed = { ...alone, isRenewable: true } as const;
/** What owners and privileges name as a relation, or as a routine, and what it gets by default. */
const asRelation = { rightsAs: 'relation', defaults: 'r', isNamedInBodies: true } as const;
const asRoutine = {
  is: 'routine',
  rightsAs: 'routine',
  defaults: 'f',
  everybody: 'EXECUTE',
  isNamedInBodies: true,
} as const;
const index = {
  is: 'index',
  hasIndex: true,
  isCopied: true,
  runsCode: true,
  goesWithColumn: true,
  namesAttributes: true,
  isNeededByParent: true,
} as const;
/** What hangs on what rows are, and reads them. */
const readsRows = { barsRetyping: true, namesAttributes: true } as const;
/** Its row in a catalog of what relations have. */
const rowIn = <T extends string>(catalog: T, relation: string, name: string) => ({
  catalogRow: `${catalog} x WHERE x.${relation} = c.relation AND quote_ident(x.${name}) = c.own`,
});
/** What is made behind a relation that it is part of, and can be made again. */
const part = { parent: 'name', made: 'behind', isRenewable: true } as const;
const saidBehind = { made: 'behind', goesWith: true } as const;

/**
 * Every kind of object that a snapshot can hold, once, in the order in which a person writes a schema: what stands by
 * itself, each with what comes with it, then what hangs on something, in the order in which it follows. Data only: a
 * start loads it, and it loads nothing.
 */
export const kinds = {
  database: {
    livesIn: ['pg_db_role_setting', 'pg_shdescription', 'pg_database'],
    ...told,
    ...alone,
    isIncidental: true,
    tellsNoVersion: true,
    rank: [0, 0],
  },
  schema: {
    livesIn: ['pg_namespace', 'pg_class', 'pg_proc', 'pg_type'],
    ...dependedOn,
    ...alone,
    isIncidental: true,
    rank: [0, 1],
    defaults: 'n',
    hasTimescale: true,
    standsUnfinished: true,
    isShort: true,
    provesNoVersion: true,
  },
  extension: {
    livesIn: ['pg_extension', 'pg_namespace'],
    ...dependedOn,
    ...alone,
    isIncidental: true,
    rank: [1, 0],
    standsUnfinished: true,
    isShort: true,
    provesNoVersion: true,
  },
  'extension version': {
    livesIn: ['pg_extension'],
    ...told,
    parent: null,
    isIncidental: true,
    isImmaterial: true,
    isOfServer: true,
    made: 'with',
    goesWith: true,
    rank: 'beside',
    saysOf: 'extension',
  },
  language: {
    livesIn: ['pg_language', 'pg_proc'],
    ...dependedOn,
    ...alone,
    rank: [2, 0],
    everybody: 'USAGE',
  },
  'access method': { livesIn: ['pg_am', 'pg_proc'], ...dependedOn, ...renewed, rank: [2, 1] },
  conversion: { livesIn: ['pg_conversion', 'pg_proc'], ...dependedOn, ...renewed, rank: [2, 2] },
  collation: { livesIn: ['pg_collation'], ...dependedOn, ...renewed, rank: [2, 3] },
  'text search parser': { livesIn: ['pg_ts_parser', 'pg_proc'], ...dependedOn, ...renewed, rank: [2, 9] },
  'text search template': {
    livesIn: ['pg_ts_template', 'pg_proc'],
    ...dependedOn,
    ...renewed,
    rank: [2, 10],
  },
  'text search dictionary': {
    livesIn: ['pg_ts_dict', 'pg_ts_template'],
    ...dependedOn,
    ...renewed,
    rank: [2, 11],
  },
  'text search configuration': {
    livesIn: ['pg_ts_config', 'pg_ts_config_map', 'pg_ts_parser', 'pg_ts_dict'],
    ...dependedOn,
    ...renewed,
    rank: [2, 12],
  },
  'foreign data wrapper': {
    livesIn: ['pg_foreign_data_wrapper', 'pg_proc'],
    ...dependedOn,
    ...alone,
    rank: [2, 6],
  },
  'foreign server': {
    livesIn: ['pg_foreign_server', 'pg_foreign_data_wrapper'],
    ...dependedOn,
    ...alone,
    rank: [2, 7],
  },
  'user mapping': {
    livesIn: ['pg_user_mapping', 'pg_foreign_server'],
    missing: 'drift',
    changed: 'reported',
    extra: 'reported',
    ...alone,
    rank: [2, 8],
  },
  type: {
    livesIn: [...inExpressions, 'pg_constraint', 'pg_opclass'],
    ...dependedOn,
    ...alone,
    isRenewable: true,
    rank: [2, 4],
    isNamedInBodies: true,
    defaults: 'T',
    everybody: 'USAGE',
  },
  transform: {
    livesIn: ['pg_transform', 'pg_language', 'pg_proc', 'pg_type'],
    ...dependedOn,
    ...alone,
    isRenewable: true,
    rank: [2, 5],
  },
  sequence: {
    livesIn: ['pg_sequence', 'pg_class', 'pg_attribute', 'pg_type'],
    ...dependedOn,
    ...alone,
    rank: [3, 0],
    rightsAs: 'relation',
    defaults: 'S',
    isNamedInBodies: true,
    relkinds: ['S'],
    standsInDefault: true,
    standsUnfinished: true,
    loses: 'losesPosition',
  },
  table: {
    livesIn: [...inExpressions, 'pg_opclass', 'pg_inherits', 'pg_foreign_table', 'pg_foreign_server'],
    ...dependedOn,
    parent: 'itself',
    is: 'relation',
    made: 'alone',
    rank: [3, 1],
    holdsRows: true,
    ...asRelation,
    relkinds: ['r', 'p'],
    hasTimescale: true,
    standsUnfinished: true,
    loses: 'losesRows',
  },
  column: {
    livesIn: [...inExpressions, 'pg_constraint'],
    ...decides,
    parent: 'name',
    made: 'with',
    namesOwnTable: true,
    rank: [3, 2],
    holdsRows: true,
    runsCode: true,
    ...readsRows,
    isNeededByParent: true,
    ...rowIn('pg_attribute', 'attrelid', 'attname'),
    loses: 'losesColumn',
  },
  'column order': {
    livesIn: ['pg_attribute'],
    ...told,
    parent: 'itself',
    isImmaterial: true,
    made: 'with',
    goesWith: true,
    namesOwnTable: true,
    rank: 'beside',
  },
  'column origin': {
    livesIn: ['pg_attribute', 'pg_inherits'],
    ...told,
    parent: 'name',
    isImmaterial: true,
    isQuiet: true,
    made: 'with',
    goesWith: true,
    namesOwnTable: true,
    rank: [3, 4],
    saysOf: 'column',
  },
  'not null': {
    livesIn: ['pg_constraint', 'pg_attribute'],
    ...told,
    parent: 'name',
    made: 'with',
    goesWith: true,
    rank: [3, 5],
    saysOf: 'column',
    isNeededByParent: true,
  },
  function: {
    livesIn: [...inExpressions, 'pg_language', 'pg_transform'],
    ...dependedOn,
    ...renewed,
    rank: [4, 0],
    hasBody: true,
    ...asRoutine,
    isCalled: true,
    standsInDefault: true,
    barsRetyping: true,
  },
  procedure: {
    livesIn: [...inExpressions, 'pg_language', 'pg_transform'],
    ...dependedOn,
    ...renewed,
    rank: [4, 1],
    hasBody: true,
    ...asRoutine,
    barsRetyping: true,
  },
  aggregate: {
    livesIn: [...inOperators],
    ...dependedOn,
    ...alone,
    isRenewable: true,
    rank: [4, 2],
    ...asRoutine,
    isCalled: true,
  },
  operator: {
    livesIn: [...inOperators],
    ...dependedOn,
    ...alone,
    isRenewable: true,
    rank: [4, 3],
    standsInDefault: true,
  },
  'operator family': { livesIn: [...inFamilies], ...dependedOn, ...alone, isRenewable: true, rank: [4, 4] },
  'operator class': { livesIn: [...inFamilies], ...dependedOn, ...alone, isRenewable: true, rank: [4, 5] },
  cast: {
    livesIn: ['pg_cast', 'pg_type', 'pg_proc'],
    ...dependedOn,
    ...alone,
    isRenewable: true,
    rank: [4, 6],
    standsInDefault: true,
  },
  view: {
    livesIn: [...inExpressions, 'pg_rewrite'],
    ...dependedOn,
    ...renewed,
    parent: 'itself',
    is: 'relation',
    rank: [5, 0],
    ...asRelation,
    relkinds: ['v'],
    hasTimescale: true,
    ...readsRows,
  },
  'materialized view': {
    livesIn: [...inExpressions, 'pg_rewrite'],
    ...dependedOn,
    ...renewed,
    parent: 'itself',
    is: 'relation',
    rank: [5, 1],
    ...asRelation,
    relkinds: ['m'],
    ...readsRows,
  },
  'without data': {
    livesIn: ['pg_class'],
    ...told,
    parent: 'itself',
    tellsNoVersion: true,
    made: 'with',
    goesWith: true,
    rank: [5, 2],
  },
  publication: {
    livesIn: [...inExpressions, 'pg_publication', 'pg_publication_rel', 'pg_publication_namespace'],
    ...told,
    ...renewed,
    rank: [7, 1],
    barsRetyping: true,
  },
  subscription: { livesIn: ['pg_subscription'], ...told, ...alone, rank: [7, 2] },
  'default privileges': {
    livesIn: ['pg_default_acl', 'pg_authid'],
    ...dependedOn,
    ...alone,
    isIncidental: true,
    rank: 'end',
    isRight: true,
  },
  'event trigger': {
    livesIn: ['pg_event_trigger', 'pg_proc', 'pg_type'],
    ...dependedOn,
    ...renewed,
    rank: [7, 0],
  },
  constraint: {
    livesIn: [...inIndexes],
    ...decides,
    ...part,
    rank: [3, 6],
    hasIndex: true,
    isCopied: true,
    runsCode: true,
    goesWithColumn: true,
    namesAttributes: true,
    isNeededByParent: true,
    ...rowIn('pg_constraint', 'conrelid', 'conname'),
  },
  'unique index': {
    livesIn: [...inIndexes],
    ...decides,
    ...part,
    namesOwnTable: true,
    rank: [3, 7],
    ...index,
    catalogRow:
      'pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.relation AND quote_ident(i.relname) = c.own',
  },
  index: {
    livesIn: [...inIndexes],
    ...told,
    extra: 'drift',
    ...part,
    namesOwnTable: true,
    rank: [3, 8],
    ...index,
  },
  'index options': {
    livesIn: [...inIndexes, 'pg_tablespace'],
    ...told,
    ...saidBehind,
    parent: 'name',
    is: 'setting',
    rank: [3, 9],
    saysOf: 'index',
  },
  'partition key': { livesIn: [...inIndexes], ...deviation, isLacked: true, rank: [3, 10] },
  'partition index': { livesIn: [...inIndexes], ...deviation, ...told, isLacked: true, rank: [3, 11] },
  'partition index options': {
    livesIn: [...inIndexes, 'pg_tablespace'],
    ...deviation,
    ...told,
    rank: [3, 12],
  },
  'partition constraint': {
    livesIn: ['pg_constraint', 'pg_inherits'],
    ...deviation,
    rank: [3, 13],
    deviatesFrom: 'constraint',
  },
  statistics: {
    livesIn: [...inExpressions, 'pg_statistic_ext'],
    ...told,
    parent: null,
    made: 'behind',
    isRenewable: true,
    namesOwnTable: true,
    rank: [3, 15],
    goesWithColumn: true,
    namesAttributes: true,
  },
  options: {
    livesIn: ['pg_class', 'pg_index', 'pg_tablespace', 'pg_am'],
    ...told,
    ...saidBehind,
    parent: 'itself',
    is: 'setting',
    rank: [3, 14],
  },
  'column options': {
    livesIn: ['pg_attribute', 'pg_type'],
    ...told,
    ...saidBehind,
    parent: 'name',
    is: 'setting',
    rank: [3, 3],
    saysOf: 'column',
  },
  trigger: {
    livesIn: [...inExpressions, 'pg_trigger', 'pg_constraint'],
    ...decides,
    ...part,
    namesOwnTable: true,
    rank: [6, 0],
    isCopied: true,
    runsCode: true,
    ...readsRows,
    ...rowIn('pg_trigger', 'tgrelid', 'tgname'),
  },
  'partition trigger': {
    livesIn: ['pg_trigger', 'pg_inherits', 'pg_constraint'],
    ...deviation,
    isRenewable: true,
    rank: [6, 1],
    deviatesFrom: 'trigger',
  },
  enforcement: {
    livesIn: ['pg_trigger', 'pg_constraint', 'pg_proc'],
    ...deviation,
    rank: [6, 2],
    deviatesFrom: 'constraint',
  },
  rule: {
    livesIn: [...inExpressions, 'pg_rewrite'],
    ...decides,
    ...part,
    namesOwnTable: true,
    rank: [6, 3],
    ...readsRows,
    ...rowIn('pg_rewrite', 'ev_class', 'rulename'),
  },
  policy: {
    livesIn: [...inExpressions, 'pg_policy'],
    ...decides,
    ...part,
    namesOwnTable: true,
    rank: [6, 4],
    ...readsRows,
    ...rowIn('pg_policy', 'polrelid', 'polname'),
  },
  'extension dependency': {
    livesIn: ['pg_depend', 'pg_extension', 'pg_class', 'pg_proc', 'pg_type', 'pg_trigger'],
    ...told,
    ...saidBehind,
    parent: null,
    rank: 'beside',
  },
  comment: {
    livesIn: [
      ...inIndexes,
      ...inFamilies,
      ...ownedRarely,
      'pg_description',
      'pg_trigger',
      'pg_rewrite',
      'pg_policy',
      'pg_language',
      'pg_transform',
      'pg_ts_parser',
      'pg_ts_template',
      'pg_foreign_data_wrapper',
      'pg_foreign_server',
      'pg_subscription',
      'pg_extension',
    ],
    ...told,
    ...saidBehind,
    parent: 'other',
    is: 'setting',
    isIncidental: true,
    rank: 'beside',
  },
  owner: {
    livesIn: [...owned, ...ownedRarely],
    ...dependedOn,
    ...saidBehind,
    parent: 'other',
    isIncidental: true,
    rank: 'beside',
    isRight: true,
  },
  privileges: {
    livesIn: [...owned, 'pg_attribute'],
    ...decides,
    ...saidBehind,
    parent: 'other',
    isIncidental: true,
    rank: 'beside',
    isRight: true,
  },
} as const satisfies Record<string, Traits>;

/** The kinds of objects that this program describes. */
export type Kind = keyof typeof kinds;

/** The kinds of relations. */
export type RelationKind = {
  [K in Kind]: (typeof kinds)[K] extends { readonly is: 'relation' } ? K : never;
}[Kind];

/** Whether this program describes such objects: a lock may have been written by a newer one. */
export const isKind = (kind: string): kind is Kind => Object.hasOwn(kinds, kind);

/**
 * The kind that our own query of the catalogs gives.
 *
 * @throws Error where the table of kinds does not have it: a reader says another name.
 */
export function kindRead(kind: string): Kind {
  if (isKind(kind)) return kind;
  throw new Error(`a reader gives objects of the kind "${kind}", which src/schema/kinds.ts does not have`);
}

/** What is known of a kind; of one that a newer or older program wrote into a lock, that applications depend on it. */
export const traitsOf = (kind: string): Traits => (isKind(kind) ? kinds[kind] : unknown);
const unknown: Traits = { livesIn: [], ...dependedOn, ...alone, rank: 'end' };

/** Whether it counts for which version a database is of. */
export const tellsVersion = (kind: string): boolean => {
  const { isImmaterial, tellsNoVersion } = traitsOf(kind);
  return !isImmaterial && !tellsNoVersion;
};

/** The kinds with a trait, in their order. */
export const kindsWith = (has: (traits: Traits) => unknown): readonly string[] =>
  Object.entries<Traits>(kinds).flatMap(([kind, traits]) => (has(traits) ? [kind] : []));

/** What can be selected from. */
export const relationKinds = kindsWith(({ is }) => is === 'relation');

/** Whether an object of a kind can be selected from. */
export const isRelationKind = (kind: string): kind is RelationKind => traitsOf(kind).is === 'relation';

/** Whether it says who may do what with one thing, which its name tells. */
export function isRightOfOne(kind: string): boolean {
  const { isRight, parent } = traitsOf(kind);
  return isRight === true && parent === 'other';
}

/** The kinds that owners and privileges name by a sort: `relation`, `routine`, or a kind. */
export const kindsNamed = (sort: string): readonly string[] => bySort.get(sort) ?? [sort];
const bySort = new Map(
  (['relation', 'routine'] as const).map((sort) => [sort, kindsWith(({ rightsAs }) => rightsAs === sort)]),
) as ReadonlyMap<string, readonly string[]>;
