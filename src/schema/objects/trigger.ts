import { literal } from '../../postgres/index.ts';
import { extensionTrigger, splitPart } from '../model/index.ts';
import { type Alteration, type ObjectChange, recreate, step } from './common/alteration.ts';
import { split } from './common/names.ts';
import { stateOf, switched, switchOf } from './common/switches.ts';
import { enabled } from './common/switches-sql.ts';
import { dropFromTable, type Families } from './family.ts';

/**
 * Triggers of users, those that run an extension's member function told apart (`readObjects`); a partition's copies are
 * the parent's, and TimescaleDB's own are its own.
 */
const triggers = `
  SELECT CASE WHEN EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = t.tgfoid) THEN ${literal(extensionTrigger)} ELSE 'trigger' END,
      r.name || '.' || quote_ident(t.tgname), r.name, pg_get_triggerdef(t.oid) || ${enabled('t.tgenabled')}, NULL
    FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
   WHERE NOT t.tgisinternal AND t.tgparentid = 0
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = t.tgfoid
       AND t.tgname IN ('ts_insert_blocker', 'ts_cagg_invalidation_trigger'))`;

/** A trigger. */
function createTrigger(name: string, text: string): readonly string[] {
  const { parent, own } = split(name);
  const { definition, state } = switchOf(text);
  return [definition, ...(state === null ? [] : [`ALTER TABLE ${parent} ${state} TRIGGER ${own}`])];
}

/** A trigger or rule that is only switched on or off. */
function alterTrigger({ kind, name, before, after }: ObjectChange): Alteration {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const is = stateOf(after.text);
  if (stateOf(before.text).definition !== is.definition) return recreate;
  return {
    way: 'steps',
    steps: [step(`ALTER TABLE ${parent} ${switched(is.state, `${kind.toUpperCase()} ${own}`)}`)],
    // It reaches the copies of partitions, however they were switched.
    disturbs: (other) => other === 'partition trigger',
  };
}

export const trigger = {
  trigger: {
    read: [{ sql: triggers }],
    rows: {
      pg_trigger: `SELECT t.oid, 0, 'trigger ' || r.name || '.' || quote_ident(t.tgname) FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid`,
    },
    create: ({ name, text }) => createTrigger(name, text),
    alter: alterTrigger,
    drop: dropFromTable,
  },
} satisfies Families;
