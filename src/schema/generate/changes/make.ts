import { kindOf, nameOf, parentOf, type SnapshotObject } from '../../catalog/index.ts';
import { type AlterContext, type AlterStep, step } from '../../objects/common/alteration.ts';
import type { SchemaGraph } from '../../objects/common/schema-graph.ts';
import { addConstraintInSteps } from '../../objects/constraint/alter.ts';
import { alterPrivileges } from '../../objects/privileges/alter.ts';
import { rightsOn } from '../../objects/privileges/text.ts';
import { type Continuation, continueSequence } from '../../objects/sequence/continue.ts';
import { createSequence, ownerOf, persistenceOf, sequenceOf } from '../../objects/sequence/create.ts';
import { allAbove, columnsOf } from '../../objects/table/origin.ts';
import { lateCalls } from '../../objects/timescale/create.ts';
import { alterObject } from '../alter.ts';
import { createObject } from '../create.ts';
import { everybodysRights, revokeGiven, revokeUntold } from '../default-rights.ts';
import type { Dispositions } from './disposition.ts';
import { createWarnings } from './warnings.ts';

/** The statements that make one object as it is to be; what nobody wants but stays, as it was. */
export function makeObject(
  object: string,
  dispositions: Dispositions,
  context: AlterContext,
): readonly AlterStep[] | null {
  const { before, after } = context;
  const side = after.snapshot.has(object) ? after : before;
  const kind = kindOf(object);
  const name = nameOf(object);
  const text = side.snapshot.get(object)?.text ?? '';
  const stays = (other: string): boolean =>
    before.snapshot.has(other) && (dispositions.get(other)?.way ?? 'steps') === 'steps';
  if (kind === 'privileges') {
    const owners = [...(side.dependencies.get(object) ?? [])];
    const isNew = owners.length === 0 || !owners.every(stays);
    const rights = side.snapshot.get(object) ?? null;
    const given = alterPrivileges(
      name,
      { text: isNew ? everybodysRights(name, side, context) : '', facets: {} },
      rights && rightsOn(rights, before.major),
      side.snapshot,
    );
    return isNew ? [...revokeGiven(name, side, context), ...given] : given;
  }
  if (kind === 'constraint' && stays(`table ${parentOf(object)}`))
    return addConstraintInSteps(name, text, before.snapshot.get(`table ${parentOf(object)}`)?.text);
  if (kind === 'column options' && stays(`column ${name}`)) {
    const there = before.snapshot.get(object) ?? { kind, name, parent: null, text: '', facets: {} };
    const alteration = alterObject(
      { kind, name, before: { ...there, text: '' }, after: { ...there, text } },
      context,
    );
    return alteration.way === 'steps' ? alteration.steps : null;
  }
  const owner = kind === 'sequence' ? ownerOf(text) : null;
  if (owner !== null && stays(`column ${owner}`)) {
    const there = side.snapshot.get(object);
    const { steps, warnings } = continueSequence(name, context);
    return [
      step(
        createSequence(name, text, there !== undefined && persistenceOf(there, side) === 'UNLOGGED'),
        ...warnings,
      ),
      ...steps,
      step(`ALTER SEQUENCE ${name} OWNED BY ${owner}`),
    ];
  }
  const alone = withoutLent(object, side, stays);
  const all = createObject(
    object,
    kind === 'table' ? { ...alone, given: standing(name, side, stays) } : alone,
  );
  if (all === null) return null;
  // A sequence that is there already is given to its column by its own change.
  const made = all.filter((sql) => !isGivenByItself(sql, dispositions));
  const { steps, warnings } = continuing(object, side, context);
  const first = [...createWarnings(object, context), ...warnings];
  const late = lateCalls(object, side).map((sql): AlterStep => ({ ...step(sql), when: 'last' }));
  return [
    ...made.map((sql, index) => step(sql, ...(index === 0 ? first : []))),
    ...steps,
    ...revokeUntold(object, side, context),
    ...late,
  ];
}

/** A side as it is for columns that come to own a sequence that is there: a serial would bring another one. */
function withoutLent(object: string, side: SchemaGraph, stays: (object: string) => boolean): SchemaGraph {
  const name = nameOf(object);
  const kind = kindOf(object);
  const columns = kind === 'table' ? columnsOf(name, side) : kind === 'column' ? [name] : [];
  const alone = columns.flatMap((column): [string, SnapshotObject][] => {
    const brought = sequenceOf(column, side);
    const key = `sequence ${brought?.sequence}`;
    const there = side.snapshot.get(key);
    if (!brought?.serial || !there || !stays(key)) return [];
    return [[key, { ...there, text: there.text.replace(/ owned by .*$/s, '') }]];
  });
  return alone.length === 0 ? side : { ...side, snapshot: new Map([...side.snapshot, ...alone]) };
}

/** The tables above one that is made, which are there before the changes and after them. */
const standing = (
  table: string,
  { snapshot }: SchemaGraph,
  stays: (object: string) => boolean,
): ReadonlySet<string> =>
  new Set(
    allAbove(table, snapshot)
      .map((above) => `table ${above}`)
      .filter(stays),
  );

const isGivenByItself = (sql: string, dispositions: Dispositions): boolean => {
  const [, sequence] = /^ALTER SEQUENCE (.*) OWNED BY /s.exec(sql) ?? [];
  return sequence !== undefined && dispositions.get(`sequence ${sequence}`)?.way === 'steps';
};

/** What puts the sequences that an object is, or brings with its columns, behind the numbers that are there. */
function continuing(object: string, side: SchemaGraph, context: AlterContext): Continuation {
  const kind = kindOf(object);
  const name = nameOf(object);
  if (kind === 'sequence') return continueSequence(name, context);
  const columns = kind === 'table' ? columnsOf(name, side) : kind === 'column' ? [name] : [];
  const all = columns.flatMap((column) => {
    const brought = sequenceOf(column, side)?.sequence;
    if (brought === undefined) return [];
    // A column fills its rows by itself: what else has numbers of its sequence does not come along.
    const isShared = continueSequence(brought, context).steps.length > 0;
    return isShared ? [continueSequence(brought, context, { filled: [column] })] : [];
  });
  return {
    steps: all.flatMap(({ steps }) => steps),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}
