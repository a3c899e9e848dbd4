import { splitPart } from '../model/index.ts';
import { type Alteration, type ObjectChange, steps } from './common/alteration.ts';
import { split } from './common/names.ts';
import { relationKind } from './common/scoped.ts';
import { stateOf, switched, switchOf } from './common/switches.ts';
import { enabled } from './common/switches-sql.ts';
import { dropFromTable, type Families } from './family.ts';

const rules = `
  SELECT 'rule', r.name || '.' || quote_ident(w.rulename), r.name, pg_get_ruledef(w.oid) || ${enabled('w.ev_enabled')}, NULL
    FROM pg_rewrite w JOIN rel r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'`;

/** A rule. */
function createRule(name: string, text: string): readonly string[] {
  const { parent, own } = split(name);
  const { definition, state } = switchOf(text);
  return [definition, ...(state === null ? [] : [`ALTER TABLE ${parent} ${state} RULE ${own}`])];
}

/** A rule is replaced; its switch is set where it is another. */
function alterRule(change: ObjectChange): Alteration {
  const was = stateOf(change.before.text);
  const is = stateOf(change.after.text);
  const { parent = '', own = '' } = splitPart(change.name) ?? {};
  const replace = is.definition.replace(/^CREATE RULE/, 'CREATE OR REPLACE RULE').replace(/;\s*$/, '');
  return steps(
    ...(was.definition === is.definition ? [] : [replace]),
    ...(was.state === is.state ? [] : [`ALTER TABLE ${parent} ${switched(is.state, `RULE ${own}`)}`]),
  );
}

export const rule = {
  rule: {
    read: [{ sql: rules, rare: 'others' }],
    rows: {
      pg_rewrite: `SELECT w.oid, 0, CASE w.rulename WHEN '_RETURN' THEN ${relationKind('r')} || r.name ELSE 'rule ' || r.name || '.' || quote_ident(w.rulename) END
    FROM pg_rewrite w JOIN rel r ON r.oid = w.ev_class`,
    },
    create: ({ name, text }) => createRule(name, text),
    alter: alterRule,
    drop: dropFromTable,
  },
} satisfies Families;
