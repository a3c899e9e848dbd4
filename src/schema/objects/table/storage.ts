import { type Snapshot, splitPart } from '../../model/index.ts';
import { type Alteration, step, steps } from '../common/alteration.ts';
import { clausesOf, compareOptions, insideBrackets, optionsOf, splitOuter } from '../common/clauses.ts';
import { alterOptionList } from '../common/foreign-options.ts';
import { warning } from '../common/warnings.ts';

/** Options as ALTER takes them; a value is quoted where it is no plain word or number. */
const optionList = (options: readonly (readonly [string, string])[]): string =>
  options
    .map(
      ([name, value]) =>
        `${name} = ${/^(?:[\w.-]+|'.*')$/s.test(value) ? value : `'${value.replaceAll("'", "''")}'`}`,
    )
    .join(', ');

/** SET and RESET of what differs between two lists `a=b, c=d`. */
export function setAndReset(before: string | undefined, after: string | undefined, prefix = ''): string[] {
  const { set, gone } = compareOptions(optionsOf(before), optionsOf(after));
  return [
    ...(gone.length > 0 ? [`RESET (${gone.map((name) => prefix + name).join(', ')})`] : []),
    ...(set.length > 0
      ? [`SET (${optionList(set.map(([name, value]) => [prefix + name, value] as const))})`]
      : []),
  ];
}

const relationClauses = [
  'with',
  'toast with',
  'tablespace',
  'access method',
  'replica identity',
  'cluster on',
] as const;

/** `with a=b; tablespace x` -> clause -> what it says. */
const partsOf = <Keyword extends string>(
  text: string,
  keywords: readonly Keyword[],
): Partial<Record<Keyword, string>> =>
  Object.assign({}, ...splitOuter(text, ';').map((part) => clausesOf(part, keywords)));

/**
 * A relation's storage and looks: reloptions, tablespace, access method, replica identity, cluster index; an empty text
 * stands for all at their defaults.
 *
 * @param verb `ALTER TABLE` or `ALTER MATERIALIZED VIEW`.
 */
export function alterOptions(verb: string, relation: string, before: string, after: string): Alteration {
  const was = partsOf(before, relationClauses);
  const is = partsOf(after, relationClauses);
  const differs = (clause: (typeof relationClauses)[number]): boolean => was[clause] !== is[clause];
  const alter = (change: string): string => `${verb} ${relation} ${change}`;
  const ownIndex = (index: string): string => splitPart(index)?.own ?? index;
  const identity = is['replica identity'];
  return steps(
    ...setAndReset(was.with, is.with).map(alter),
    ...setAndReset(was['toast with'], is['toast with'], 'toast.').map(alter),
    ...(differs('tablespace')
      ? [step(alter(`SET TABLESPACE ${is.tablespace ?? 'pg_default'}`), warning('movesTable'))]
      : []),
    ...(differs('access method')
      ? [step(alter(`SET ACCESS METHOD ${is['access method'] ?? 'heap'}`), warning('rewritesTable'))]
      : []),
    ...(differs('replica identity')
      ? [
          alter(
            `REPLICA IDENTITY ${
              identity === undefined
                ? 'DEFAULT'
                : ['full', 'nothing'].includes(identity)
                  ? identity.toUpperCase()
                  : `USING INDEX ${ownIndex(identity)}`
            }`,
          ),
        ]
      : []),
    ...(differs('cluster on')
      ? [
          alter(
            is['cluster on'] === undefined
              ? 'SET WITHOUT CLUSTER'
              : `CLUSTER ON ${ownIndex(is['cluster on'])}`,
          ),
        ]
      : []),
  );
}

const columnClauses = ['storage', 'compression', 'statistics', 'with', 'options'] as const;

/** The storage that a type has by itself is not described; `DEFAULT` takes it from 16 on. */
const ownStorage = 'DEFAULT';

/** A column's storage, compression, statistics target and options; an empty text stands for the type's own. */
export function alterColumnOptions(
  verb: string,
  column: string,
  { before, after }: { readonly before: string; readonly after: string },
  major: number,
): Alteration {
  const { parent = '', own = '' } = splitPart(column) ?? {};
  const was = partsOf(before, columnClauses);
  const is = partsOf(after, columnClauses);
  const alter = (change: string): string => `${verb} ${parent} ALTER COLUMN ${own} ${change}`;
  const foreign = alterOptionList(insideBrackets(was.options), insideBrackets(is.options));
  if (was.storage !== is.storage && is.storage === undefined && major < 16)
    return {
      way: 'manual',
      reason: `PostgreSQL ${major} cannot set a column's storage back to its type's own without naming it`,
    };
  return steps(
    ...(was.storage === is.storage ? [] : [alter(`SET STORAGE ${is.storage?.toUpperCase() ?? ownStorage}`)]),
    ...(was.compression === is.compression ? [] : [alter(`SET COMPRESSION ${is.compression ?? 'default'}`)]),
    ...(was.statistics === is.statistics ? [] : [alter(`SET STATISTICS ${is.statistics ?? -1}`)]),
    ...setAndReset(was.with, is.with).map(alter),
    ...(foreign === null ? [] : [alter(foreign)]),
  );
}

const indexClauses = ['with', 'tablespace', 'statistics'] as const;

/** An index's storage and statistics targets; an empty text stands for none. */
export function alterIndexOptions(index: string, before: string, after: string): Alteration {
  const was = partsOf(before, indexClauses);
  const is = partsOf(after, indexClauses);
  const targets = (text: string | undefined): ReadonlyMap<string, string> =>
    new Map(
      (text ?? '').split(', ').flatMap((pair) => (pair === '' ? [] : [pair.split(' ') as [string, string]])),
    );
  const { set, gone } = compareOptions(targets(was.statistics), targets(is.statistics));
  const alter = (change: string): string => `ALTER INDEX ${index} ${change}`;
  return steps(
    ...setAndReset(was.with, is.with).map(alter),
    ...(was.tablespace === is.tablespace
      ? []
      : [step(alter(`SET TABLESPACE ${is.tablespace ?? 'pg_default'}`), warning('movesIndex'))]),
    ...set.map(([column, target]) => alter(`ALTER COLUMN ${column} SET STATISTICS ${target}`)),
    ...gone.map((column) => alter(`ALTER COLUMN ${column} SET STATISTICS -1`)),
  );
}

/** `ALTER TABLE`, as it is said of this relation. */
export function relationVerb(relation: string, snapshot: Snapshot): string {
  if (snapshot.has(`materialized view ${relation}`)) return 'ALTER MATERIALIZED VIEW';
  return snapshot.get(`table ${relation}`)?.text.includes('foreign table')
    ? 'ALTER FOREIGN TABLE'
    : 'ALTER TABLE';
}

/**
 * A relation's options without those that it is made with: a materialized view's access method, which cannot be changed
 * before 15, and the replica identity of a foreign table, which is none.
 */
export function settable(relation: string, text: string, snapshot: Snapshot): string {
  if (snapshot.has(`materialized view ${relation}`)) return text.replace(/(?:^|; )access method \S+/, '');
  return relationVerb(relation, snapshot) === 'ALTER FOREIGN TABLE'
    ? text.replace(/(?:^|; )replica identity nothing/, '')
    : text;
}

/** The name of an index as statements take it: an index stands in its table's schema. */
export function indexName(name: string): string {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const schema = splitPart(parent)?.parent;
  return schema === undefined ? own : `${schema}.${own}`;
}
