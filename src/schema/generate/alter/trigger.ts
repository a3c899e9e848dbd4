import { splitPart } from '../../catalog/index.ts';
import { type Alteration, type ObjectChange, recreate, step, steps } from './alteration.ts';
import { clausesOf } from './clauses.ts';

/** A trigger's or rule's definition, and the words at its end that say how it is switched. */
export const stateOf = (text: string): { readonly definition: string; readonly state: string } => {
  const [, state = ''] = / (DISABLED|ENABLE REPLICA|ENABLE ALWAYS)$/.exec(text) ?? [];
  return { definition: state === '' ? text : text.slice(0, -state.length - 1), state };
};

/** `DISABLED`, `ENABLE REPLICA` ... as ALTER says it, with what it is said of. */
export const switched = (state: string, what: string): string =>
  `${state === 'DISABLED' ? 'DISABLE' : state || 'ENABLE'} ${what}`;

/** A trigger or rule that is only switched on or off. */
export function alterTrigger({ kind, name, before, after }: ObjectChange): Alteration {
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

/** A rule is replaced; its switch is set where it is another. */
export function alterRule(change: ObjectChange): Alteration {
  const was = stateOf(change.before.text);
  const is = stateOf(change.after.text);
  const { parent = '', own = '' } = splitPart(change.name) ?? {};
  const replace = is.definition.replace(/^CREATE RULE/, 'CREATE OR REPLACE RULE').replace(/;\s*$/, '');
  return steps(
    ...(was.definition === is.definition ? [] : [replace]),
    ...(was.state === is.state ? [] : [`ALTER TABLE ${parent} ${switched(is.state, `RULE ${own}`)}`]),
  );
}

/** An event trigger that is only switched. */
export function alterEventTrigger({ name, before, after }: ObjectChange): Alteration {
  const is = stateOf(after.text);
  return stateOf(before.text).definition === is.definition
    ? steps(`ALTER EVENT TRIGGER ${name} ${switched(is.state, '').trim()}`)
    : recreate;
}

const policyKeywords = ['permissive', 'restrictive', 'for', 'to', 'using', 'with check'] as const;

/** A policy's roles and conditions; a condition cannot be taken away, nor the command or sort changed. */
export function alterPolicy({ name, before, after }: ObjectChange): Alteration {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const was = clausesOf(before.text, policyKeywords);
  const is = clausesOf(after.text, policyKeywords);
  const isSameSort = (was.permissive === undefined) === (is.permissive === undefined) && was.for === is.for;
  const isLess = (['using', 'with check'] as const).some(
    (key) => was[key] !== undefined && is[key] === undefined,
  );
  if (!isSameSort || isLess) return recreate;
  const changes = (['to', 'using', 'with check'] as const)
    .filter((key) => was[key] !== is[key])
    .map((key) => `${key.toUpperCase()} ${is[key]}`);
  return steps(`ALTER POLICY ${own} ON ${parent} ${changes.join(' ')}`);
}
