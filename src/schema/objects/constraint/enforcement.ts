import { kindOf, nameOf, type Snapshot, splitPart } from '../../model/index.ts';
import { type Alteration, type AlterStep, manual, step, steps } from '../common/alteration.ts';
import { unquote } from '../common/names.ts';
import { stateOf, switched } from '../common/switches.ts';
import { warning } from '../common/warnings.ts';
import { tablesAbove } from '../partition/alter.ts';

/** Whose triggers keep a constraint, on which table. */
interface Enforcement {
  readonly table: string;
  readonly constraint: string;
  /** The table that has the constraint. */
  readonly of: string;
}

/** Reads the name of an `enforcement`: `table.constraint`, or `table."constraint of other"`. */
export function parseEnforcement(name: string, snapshot: Snapshot): Enforcement {
  const { parent: table = '', own = '' } = splitPart(name) ?? {};
  const [, constraint = '', of = ''] =
    /^((?:"(?:[^"]|"")*"|[^\s"]+)) of ([\s\S]+)$/.exec(own.startsWith('"') ? unquote(own) : '') ?? [];
  return snapshot.has(`table ${of}`) ? { table, constraint, of } : { table, constraint: own, of: table };
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The triggers of one constraint are switched by names that have numbers, which are another on each database. */
function switchOne({ table, constraint, of }: Enforcement, state: string): string {
  const change = switched(state, 'TRIGGER %I');
  return `DO $switch$
DECLARE
  name pg_catalog.text;
BEGIN
  FOR name IN
    WITH RECURSIVE kept AS (
      SELECT c.oid, c.conrelid FROM pg_catalog.pg_constraint c
       WHERE c.conrelid = ${literal(of)}::pg_catalog.regclass AND c.conname = ${literal(unquote(constraint))}
      UNION ALL
      SELECT c.oid, c.conrelid FROM kept k JOIN pg_catalog.pg_constraint c ON c.conparentid = k.oid AND c.conrelid = k.conrelid
    )
    SELECT t.tgname FROM kept k JOIN pg_catalog.pg_trigger t ON t.tgconstraint = k.oid
     WHERE t.tgrelid = ${literal(table)}::pg_catalog.regclass AND t.tgisinternal
  LOOP
    EXECUTE pg_catalog.format(${literal(`ALTER TABLE ${table.replaceAll('%', '%%')} ${change}`)}, name);
  END LOOP;
END
$switch$`;
}

/** Whether nothing on a table is to be switched otherwise than it is made. */
function isAllEnabled(table: string, snapshots: readonly Snapshot[]): boolean {
  return snapshots.every((snapshot) => {
    const tables = new Set([table, ...tablesAbove(table, snapshot)]);
    return [...snapshot.values()].every(
      ({ kind, name, text }) =>
        kind !== 'trigger' || !tables.has(splitPart(name)?.parent ?? '') || stateOf(text).state === '',
    );
  });
}

const superuser = warning('needsSuperuser');

/** What switches the triggers of a constraint as they are to be; null stands for as they are made. */
export function switchEnforcement(name: string, text: string | null, snapshot: Snapshot): Alteration {
  if (text !== null && !/^(?:DISABLED|ENABLE REPLICA|ENABLE ALWAYS)$/.test(text))
    return manual('its triggers are not all enabled alike: set each by hand');
  return steps(step(switchOne(parseEnforcement(name, snapshot), text ?? ''), superuser));
}

/**
 * What enables the triggers of a constraint again: all of the table at once where that enables nothing else, said with
 * the first of the table's constraints that are to be enabled.
 */
export function enableAgain(name: string, before: Snapshot, after: Snapshot): readonly AlterStep[] {
  const { table } = parseEnforcement(name, before);
  const ofTable = (snapshot: Snapshot): string[] =>
    [...snapshot.keys()].filter(
      (object) => kindOf(object) === 'enforcement' && splitPart(nameOf(object))?.parent === table,
    );
  if (ofTable(after).length > 0 || !isAllEnabled(table, [before, after])) {
    const alteration = switchEnforcement(name, null, before);
    return alteration.way === 'steps' ? alteration.steps : [];
  }
  const [first] = ofTable(before).sort();
  return first === `enforcement ${name}` ? [step(`ALTER TABLE ${table} ENABLE TRIGGER ALL`, superuser)] : [];
}
