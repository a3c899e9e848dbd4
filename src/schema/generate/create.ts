import { literal } from '../../postgres/index.ts';
import { kindOf, nameOf, objectsOf, type Snapshot, type SnapshotObject } from '../catalog/index.ts';
import { switchEnforcement } from './alter/enforcement.ts';
import { alterTextSearchConfiguration } from './alter/others.ts';
import {
  alterPartitionConstraint,
  alterPartitionIndex,
  isOwnKey,
  switchPartitionTrigger,
} from './alter/partition.ts';
import { alterColumnOptions, alterIndexOptions, alterOptions } from './alter/storage.ts';
import { addColumn } from './create/column.ts';
import { createComment } from './create/comment.ts';
import { addConstraint, canStandInline, isKeyAgain } from './create/constraint.ts';
import { createDatabaseObject } from './create/database.ts';
import { displayLists, typesAround } from './create/lists.ts';
import { split } from './create/names.ts';
import { attachedBefore } from './create/origin.ts';
import {
  createCast,
  createCollation,
  createDictionary,
  createIndex,
  createOperator,
  createOperatorClass,
  createOperatorFamily,
  createPublication,
  createServer,
  createStatistics,
  createWrapper,
  dependOnExtension,
} from './create/others.ts';
import {
  changeDefaultPrivileges,
  createOwner,
  createPrivileges,
  revokeDefaults,
} from './create/privileges.ts';
import { createUserMapping } from './create/remote.ts';
import {
  createAggregate,
  createEventTrigger,
  createPolicy,
  createRoutine,
  createRule,
  createTrigger,
} from './create/routine.ts';
import { createSequence, ownerOf, persistenceOf, sequenceOf } from './create/sequence.ts';
import {
  createAccessMethod,
  createConversion,
  createLanguage,
  createParser,
  createTemplate,
  createTransform,
} from './create/server-code.ts';
import { createTable } from './create/table.ts';
import { createType } from './create/type.ts';
import { createView } from './create/view.ts';
import { withKeptOrder } from './option-orders.ts';
import type { Described } from './schema-graph.ts';

type Creator = (object: SnapshotObject, described: Described) => readonly string[] | null;

const one = (sql: string | null): readonly string[] | null => (sql === null ? null : [sql]);
const routine: Creator = ({ name, text }, described) => [
  createRoutine(text),
  ...revokeDefaults(`routine ${name}`, described),
];

/** The version of an extension, where the server would give it another one by itself. */
function pinnedVersion(name: string, { snapshot, defaultVersions }: Described): string {
  const version = snapshot.get(`extension version ${name}`)?.text;
  const byItself = defaultVersions?.get(name);
  return version === undefined || byItself === undefined || version === byItself
    ? ''
    : ` VERSION ${literal(version)}`;
}

const creators: Readonly<Record<string, Creator>> = {
  schema: ({ name }) => [`CREATE SCHEMA IF NOT EXISTS ${name}`],
  extension: ({ name, text }, described) => [
    `CREATE EXTENSION IF NOT EXISTS ${name} SCHEMA ${text.slice('in '.length)}${pinnedVersion(name, described)}`,
  ],
  'extension version': () => [],
  table: ({ name }, described) => createTable(name, described, standingIn(name, described)),
  'column order': () => [],
  'column origin': () => [],
  column: ({ name }, described) => addColumn(name, described),
  'not null': () => [],
  options: ({ name, text }, { snapshot }) =>
    sqlOf(alterOptions(relationVerb(name, snapshot), name, '', settable(name, text, snapshot))),
  'column options': ({ name, text }, { snapshot, major }) => {
    const { parent } = split(name);
    const verb = relationVerb(parent, snapshot);
    return sqlOf(
      alterColumnOptions(
        verb,
        name,
        { before: '', after: text.replace(/(?:^|; )options \(.*$/s, '') },
        major,
      ),
    );
  },
  sequence: (object, described) =>
    broughtBy(`sequence ${object.name}`, described) === null
      ? [createSequence(object.name, object.text, persistenceOf(object, described) === 'UNLOGGED')]
      : [],
  view: createView,
  'materialized view': createView,
  constraint: ({ name, text }, described) => addConstraint(name, text, described),
  index: ({ name, text }, described) => createIndex(`index ${name}`, text, described),
  'unique index': ({ name, text }, described) => createIndex(`unique index ${name}`, text, described),
  'index options': ({ name, text }) => {
    const { parent, own } = split(name);
    return sqlOf(alterIndexOptions(`${split(parent).parent}.${own}`, '', text));
  },
  enforcement: ({ name, text }, { snapshot }) => sqlOf(switchEnforcement(name, text, snapshot)),
  'partition constraint': ({ name, text }) => sqlOf(alterPartitionConstraint(name, null, text)),
  // A constraint of its own comes to stand for its parent's index as it is attached.
  'partition index options': ({ name, text }) =>
    isOwnKey(text) ? [] : sqlOf(alterPartitionIndex(name, null, text)),
  'partition trigger': ({ name, text }, { snapshot }) => [switchPartitionTrigger(name, text, snapshot)],
  statistics: ({ name, text }) => createStatistics(name, text),
  function: routine,
  procedure: routine,
  aggregate: ({ name, text }, described) => [
    createAggregate(name, text),
    ...revokeDefaults(`routine ${name}`, described),
  ],
  trigger: ({ name, text }) => createTrigger(name, text),
  rule: ({ name, text }) => createRule(name, text),
  'event trigger': ({ name, text }) => createEventTrigger(name, text),
  policy: ({ name, text }, described) =>
    one(displayLists(createPolicy(name, text), typesAround(`policy ${name}`, described))),
  type: ({ name, text }, described) => {
    const statements = createType(name, text);
    return statements === null ? null : [...statements, ...revokeDefaults(`type ${name}`, described)];
  },
  publication: ({ name, text }, described) => one(createPublication(name, text, described)),
  cast: ({ name, text }) => one(createCast(name, text)),
  operator: ({ name, text }) => one(createOperator(name, text)),
  'operator class': ({ name, text }) => one(createOperatorClass(name, text)),
  'operator family': ({ name, text }) => createOperatorFamily(name, text),
  language: ({ name, text }, described) => [
    createLanguage(name, text),
    ...revokeDefaults(`language ${name}`, described),
  ],
  transform: ({ name, text }) => one(createTransform(name, text)),
  'access method': ({ name, text }) => one(createAccessMethod(name, text)),
  conversion: ({ name, text }) => one(createConversion(name, text)),
  'text search parser': ({ name, text }) => one(createParser(name, text)),
  'text search template': ({ name, text }) => one(createTemplate(name, text)),
  'user mapping': (object) => one(createUserMapping(object)),
  subscription: () => null,
  'without data': () => [],
  'extension dependency': ({ name }) => one(dependOnExtension(name, 'DEPENDS')),
  database: ({ name, text }) => createDatabaseObject(name, text),
  collation: ({ name, text }) => one(createCollation(name, text)),
  'text search configuration': (object) => createConfiguration(object),
  'text search dictionary': ({ name, text }, described) => one(createDictionary(name, text, described)),
  'foreign data wrapper': ({ name, text }) => one(createWrapper(name, text)),
  'foreign server': ({ name, text }) => one(createServer(name, text)),
  comment: ({ kind, name, text }, described) => createComment(`${kind} ${name}`, text, described),
  owner: ({ name, text }, described) => createOwner(name, text, described),
  privileges: ({ name }, described) => createPrivileges(name, described),
  'default privileges': ({ name, text }, described) => changeDefaultPrivileges(name, null, text, described),
};

/**
 * The statements that make one object alone, apart from what it belongs to: a column is added with ALTER TABLE, a
 * comment is written with COMMENT ON. A table is made with its columns and its keys and checks. None for what comes
 * with another object (`broughtBy`), and for what is no thing by itself (the order of columns, an extension's version).
 *
 * @returns null where a thing of that kind cannot be made from its description.
 */
export function createObject(object: string, described: Described): readonly string[] | null {
  const found = described.snapshot.get(object);
  if (found === undefined) return null;
  const wanted = withKeptOrder(found, described.optionOrders?.get(object));
  return creators[kindOf(object)]?.(wanted, described) ?? null;
}

/**
 * The object whose making makes this one too: a table its columns, keys and checks, a serial or identity column its
 * sequence. What this one needs, that one then needs as well. Null for what is made by itself, and where the other one
 * is not described.
 */
export function broughtBy(object: string, described: Described): string | null {
  const { snapshot, given } = described;
  const name = nameOf(object);
  const known = (bringer: string): string | null =>
    snapshot.has(bringer) && (given === undefined || !given.has(bringer) || given.has(object))
      ? bringer
      : null;
  switch (kindOf(object)) {
    case 'column':
      return known(`table ${split(name).parent}`);
    case 'column order':
      return known(`table ${name}`);
    case 'not null':
    case 'column origin':
      return known(`column ${name}`);
    case 'without data':
      return known(`materialized view ${name}`);
    case 'sequence': {
      const owner = ownerOf(snapshot.get(object)?.text ?? '');
      if (owner === null || sequenceOf(owner, described)?.sequence !== name) return null;
      return known(`column ${owner}`);
    }
    case 'constraint':
      return standingIn(split(name).parent, described).includes(object)
        ? known(`table ${split(name).parent}`)
        : null;
    default:
      return null;
  }
}

/** The keys and checks that stand in a table's CREATE; a foreign key needs another table, and is made by itself. */
const standingIn = (table: string, described: Described): readonly string[] =>
  inlineConstraints(table, described).filter((object) => !isForeignKey(object, described));

const isForeignKey = (object: string, { snapshot }: Described): boolean =>
  snapshot.get(object)?.text.startsWith('FOREIGN KEY') ?? false;

/** All constraints of a table that can stand in its CREATE: keys first, each once for its columns, then what is checked, then foreign keys. */
export function inlineConstraints(table: string, { snapshot }: Described): readonly string[] {
  const rank = ({ text }: SnapshotObject): number =>
    kindsOfConstraints.findIndex((kind) => text.startsWith(kind));
  const constraints = objectsOf(snapshot, table)
    .filter((object) => object.kind === 'constraint' && canStandInline(object.text))
    .filter((object) => attachedBefore(object, snapshot).length === 0)
    .sort((a, b) => rank(a) - rank(b));
  const texts = constraints.map(({ text }) => text);
  return constraints
    .filter(({ text }, at) => !isKeyAgain(text, at, texts))
    .map(({ kind, name }) => `${kind} ${name}`);
}

const kindsOfConstraints = ['PRIMARY KEY', 'UNIQUE', 'EXCLUDE', 'CHECK', 'FOREIGN KEY'];

const sqlOf = (alteration: ReturnType<typeof alterOptions>): readonly string[] | null =>
  alteration.way === 'steps' ? alteration.steps.map(({ sql }) => sql) : null;

/** `ALTER TABLE`, as it is said of this relation. */
function relationVerb(relation: string, snapshot: Snapshot): string {
  if (snapshot.has(`materialized view ${relation}`)) return 'ALTER MATERIALIZED VIEW';
  return snapshot.get(`table ${relation}`)?.text.includes('foreign table')
    ? 'ALTER FOREIGN TABLE'
    : 'ALTER TABLE';
}

/**
 * A relation's options without those that it is made with: a materialized view's access method, which cannot be changed
 * before 15, and the replica identity of a foreign table, which is none.
 */
function settable(relation: string, text: string, snapshot: Snapshot): string {
  if (snapshot.has(`materialized view ${relation}`)) return text.replace(/(?:^|; )access method \S+/, '');
  return relationVerb(relation, snapshot) === 'ALTER FOREIGN TABLE'
    ? text.replace(/(?:^|; )replica identity nothing/, '')
    : text;
}

/** A text search configuration of the default parser, with the mappings of the same dictionaries in one statement. */
function createConfiguration(object: SnapshotObject): readonly string[] | null {
  if (!/^parser default(?:;|$)/.test(object.text)) return null;
  const { kind, name } = object;
  const mappings = alterTextSearchConfiguration({
    kind,
    name,
    before: { ...object, text: 'parser default' },
    after: object,
  });
  const byDictionaries = new Map<string, string[]>();
  for (const sql of sqlOf(mappings) ?? []) {
    const [, token = '', dictionaries = ''] = / MAPPING FOR (\w+) WITH (.*)$/s.exec(sql) ?? [];
    byDictionaries.set(dictionaries, [...(byDictionaries.get(dictionaries) ?? []), token]);
  }
  return [
    `CREATE TEXT SEARCH CONFIGURATION ${name} (PARSER = pg_catalog."default")`,
    ...[...byDictionaries].map(
      ([dictionaries, tokens]) =>
        `ALTER TEXT SEARCH CONFIGURATION ${name} ADD MAPPING FOR ${tokens.join(', ')} WITH ${dictionaries}`,
    ),
  ];
}
