import { splitPart } from '../catalog/index.ts';
import {
  type Alteration,
  type AlterContext,
  left,
  type ObjectChange,
  recreate,
  steps,
} from './alter/alteration.ts';
import { alterColumn, notNullName } from './alter/column.ts';
import { alterConstraint } from './alter/constraint.ts';
import { alterDatabase } from './alter/database.ts';
import { switchEnforcement } from './alter/enforcement.ts';
import { alterIndex, alterStatistics } from './alter/index.ts';
import {
  alterExtension,
  alterForeignDataWrapper,
  alterForeignServer,
  alterOperator,
  alterOperatorFamily,
  alterTextSearchConfiguration,
  alterTextSearchDictionary,
} from './alter/others.ts';
import { alterPartitionConstraint, alterPartitionIndex, switchPartitionTrigger } from './alter/partition.ts';
import { alterPrivileges } from './alter/privileges.ts';
import { alterPublication } from './alter/publication.ts';
import { alterSubscription, alterUserMapping } from './alter/remote.ts';
import { alterRoutine } from './alter/routine.ts';
import { alterSequence } from './alter/sequence.ts';
import { alterColumnOptions, alterIndexOptions, alterOptions } from './alter/storage.ts';
import { alterTable, alterVerb } from './alter/table.ts';
import { alterTimescale } from './alter/timescale.ts';
import { alterEventTrigger, alterPolicy, alterRule, alterTrigger } from './alter/trigger.ts';
import { alterType } from './alter/type.ts';
import { alterView } from './alter/view.ts';
import { changeDefaultPrivileges } from './create/privileges.ts';
import { createLanguage, createTransform } from './create/server-code.ts';
import { createObject } from './create.ts';
import { rightsOn } from './privilege-text.ts';
import { replacing } from './view-circles.ts';

type Alter = (change: ObjectChange, context: AlterContext) => Alteration;

const made: Alter = ({ kind, name }, { after }) => {
  const statements = createObject(`${kind} ${name}`, after);
  return statements === null ? left('it cannot be written from its description') : steps(...statements);
};

const relationVerb = (name: string, { before }: AlterContext): string =>
  before.snapshot.has(`materialized view ${name}`)
    ? 'ALTER MATERIALIZED VIEW'
    : alterVerb(before.snapshot.get(`table ${name}`)?.text);

const byKind: Readonly<Record<string, Alter>> = {
  table: alterTable,
  options: ({ name, before, after }, context) =>
    alterOptions(relationVerb(name, context), name, before.text, after.text),
  column: alterColumn,
  'column options': ({ name, before, after }, context) =>
    alterColumnOptions(
      relationVerb(splitPart(name)?.parent ?? '', context),
      name,
      { before: before.text, after: after.text },
      context.before.major,
    ),
  'column order': () => steps(),
  'column origin': () => steps(),
  'not null': ({ name }, { before, after }) => {
    const { parent = '' } = splitPart(name) ?? {};
    return steps(
      `ALTER TABLE ${parent} RENAME CONSTRAINT ${notNullName(name, before)} TO ${notNullName(name, after)}`,
    );
  },
  sequence: alterSequence,
  view: (change, { after }) =>
    alterView(change, createObject(`view ${change.name}`, after)?.map(replacing) ?? null),
  'materialized view': (change) => alterView(change, null),
  constraint: alterConstraint,
  index: alterIndex,
  'unique index': alterIndex,
  'index options': ({ name, before, after }) => alterIndexOptions(indexName(name), before.text, after.text),
  enforcement: ({ name, after }, { after: { snapshot } }) => switchEnforcement(name, after.text, snapshot),
  'partition constraint': ({ name, before, after }) =>
    alterPartitionConstraint(name, before.text, after.text),
  'partition index options': ({ name, before, after }) => alterPartitionIndex(name, before.text, after.text),
  'partition key': () => partitionLacks,
  'partition index': () => partitionLacks,
  'partition trigger': ({ name, after }, { after: { snapshot } }) =>
    steps(switchPartitionTrigger(name, after.text, snapshot)),
  statistics: alterStatistics,
  function: alterRoutine,
  procedure: alterRoutine,
  trigger: alterTrigger,
  rule: alterRule,
  'event trigger': alterEventTrigger,
  policy: alterPolicy,
  type: alterType,
  schema: () => steps(),
  extension: alterExtension,
  'extension version': () =>
    left('which version an extension has is up to the server: ALTER EXTENSION ... UPDATE'),
  publication: alterPublication,
  operator: alterOperator,
  'text search configuration': alterTextSearchConfiguration,
  'text search dictionary': alterTextSearchDictionary,
  'foreign data wrapper': alterForeignDataWrapper,
  'foreign server': alterForeignServer,
  'user mapping': alterUserMapping,
  subscription: alterSubscription,
  language: ({ name, after }) =>
    steps(createLanguage(name, after.text).replace(/^CREATE /, 'CREATE OR REPLACE ')),
  transform: ({ name, after }) =>
    steps(createTransform(name, after.text).replace(/^CREATE /, 'CREATE OR REPLACE ')),
  'operator family': alterOperatorFamily,
  database: alterDatabase,
  comment: made,
  owner: ({ kind, name }, { after }) =>
    steps(...(createObject(`${kind} ${name}`, { ...after, role: '' }) ?? [])),
  privileges: ({ name, before, after }, { before: { major }, after: { snapshot } }) =>
    steps(...alterPrivileges(name, before, rightsOn(after, major), snapshot)),
  'default privileges': ({ name, before, after }, context) =>
    steps(...changeDefaultPrivileges(name, before.text, after.text, context.after)),
};

/** What a partition lacks of its parent's indexes comes with the parent's, or by hand. */
export const partitionLacks = left(
  "a partition gets its parent's index by hand: make it there, then ALTER INDEX ... ATTACH PARTITION; where its own is invalid, REINDEX it",
);

/** The name of an index as statements take it: an index stands in its table's schema. */
function indexName(name: string): string {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const schema = splitPart(parent)?.parent;
  return schema === undefined ? own : `${schema}.${own}`;
}

/** How one object of a schema becomes what it is to be. What is not listed is dropped and made again. */
export function alterObject(change: ObjectChange, context: AlterContext): Alteration {
  const kept = alterTimescale(change, context);
  if (kept !== null && (kept.way !== 'steps' || change.kind !== 'table')) return kept;
  const own = (byKind[change.kind] ?? (() => recreate))(change, context);
  return kept?.way === 'steps' && own.way === 'steps'
    ? { ...own, steps: [...own.steps, ...kept.steps] }
    : own;
}
