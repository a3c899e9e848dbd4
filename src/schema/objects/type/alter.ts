import { traitsOf } from '../../kinds.ts';
import { isWidening } from '../column/widening.ts';
import {
  type Alteration,
  type AlterContext,
  type AlterStep,
  manual,
  type ObjectChange,
  recreate,
  step,
} from '../common/alteration.ts';
import { clausesOf, insideBrackets, splitOuter } from '../common/clauses.ts';
import { dependentsOf } from '../common/dependents.ts';
import { type Warning, warning } from '../common/warnings.ts';
import { hasTypedTable } from '../table/heirs.ts';

/** A type of any sort; what cannot be changed in place is made again where nothing holds values of it. */
export function alterType(change: ObjectChange, context: AlterContext): Alteration {
  const { before, after } = change;
  const sort = /^(?:enum|domain|composite)/.exec(before.text)?.[0];
  if (sort === undefined || !after.text.startsWith(sort)) return recreate;
  if (sort === 'enum') return alterEnum(change);
  return sort === 'domain' ? alterDomain(change) : alterComposite(change, context);
}

/** The labels of an enum, as literals. */
const labelsOf = (text: string): readonly string[] => splitOuter(insideBrackets(text.slice('enum '.length)));

/** Labels that an enum is to have and has not. */
export const newLabels = (before: string, after: string): readonly string[] => {
  const known = new Set(labelsOf(before));
  return labelsOf(after).filter((label) => !known.has(label));
};

function alterEnum({ name, before, after }: ObjectChange): Alteration {
  const was = labelsOf(before.text);
  const is = labelsOf(after.text);
  const kept = is.filter((label) => was.includes(label));
  const gone = was.filter((label) => !is.includes(label));
  if (gone.length > 0)
    return manual(
      `a label cannot be taken away from an enum, and a renaming is not guessed: ${gone.join(', ')}`,
    );
  if (kept.join() !== was.join()) return manual('the labels of an enum cannot change places');
  const adds = is.flatMap((label, index) => {
    if (was.includes(label)) return [];
    const isAtEnd = !is.slice(index).some((later) => was.includes(later));
    const place = isAtEnd ? '' : index === 0 ? ` BEFORE ${was[0]}` : ` AFTER ${is[index - 1]}`;
    const sql = `ALTER TYPE ${name} ADD VALUE ${label}${place}`;
    return [step(sql, warning('usableLater'))];
  });
  return { way: 'steps', steps: adds };
}

const domainKeywords = ['domain over', 'collate', 'not null', 'default', 'constraint'] as const;

function alterDomain({ name, before, after }: ObjectChange): Alteration {
  const was = clausesOf(before.text, domainKeywords);
  const is = clausesOf(after.text, domainKeywords);
  if (was['domain over'] !== is['domain over'] || was.collate !== is.collate) return recreate;
  const alter = (change: string, ...warnings: readonly Warning[]): AlterStep =>
    step(`ALTER DOMAIN ${name} ${change}`, ...warnings);
  const isNotNull = (found: typeof was): boolean => found['not null'] !== undefined;
  return {
    way: 'steps',
    steps: [
      ...(was.default === is.default
        ? []
        : [alter(is.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${is.default}`)]),
      ...(isNotNull(was) === isNotNull(is)
        ? []
        : isNotNull(is)
          ? [alter('SET NOT NULL', warning('failsOnNull'))]
          : [alter('DROP NOT NULL')]),
      ...domainConstraints(was.constraint, is.constraint, alter),
    ],
  };
}

const constraintsOf = (text: string | undefined): ReadonlyMap<string, string> =>
  new Map(
    splitOuter(text ?? '', 'constraint').map((one) => {
      const [, name = '', definition = ''] = /^("(?:[^"]|"")*"|\S+)\s+([\s\S]*)$/.exec(one) ?? [];
      return [name, definition] as const;
    }),
  );

function domainConstraints(
  before: string | undefined,
  after: string | undefined,
  alter: (change: string, ...warnings: readonly Warning[]) => AlterStep,
): AlterStep[] {
  const was = constraintsOf(before);
  const is = constraintsOf(after);
  const isOnlyValidated = (name: string): boolean => was.get(name) === `${is.get(name)} NOT VALID`;
  const isSame = (name: string): boolean => was.get(name) === is.get(name) || isOnlyValidated(name);
  const validate = (name: string): AlterStep =>
    alter(`VALIDATE CONSTRAINT ${name}`, warning('failsOnViolation', null));
  return [
    ...[...was.keys()].filter((name) => !isSame(name)).map((name) => alter(`DROP CONSTRAINT ${name}`)),
    ...[...is].flatMap(([name, definition]) => {
      if (isOnlyValidated(name)) return [validate(name)];
      if (isSame(name)) return [];
      const isLoose = definition.endsWith(' NOT VALID');
      const add = alter(`ADD CONSTRAINT ${name} ${definition}${isLoose ? '' : ' NOT VALID'}`);
      return isLoose ? [add] : [add, validate(name)];
    }),
  ];
}

/** Names of a domain's constraints that are dropped and added again, whose comments go with them. */
export function renewedConstraints(before: string, after: string): readonly string[] {
  if (!before.startsWith('domain') || !after.startsWith('domain')) return [];
  const was = constraintsOf(clausesOf(before, domainKeywords).constraint);
  const is = constraintsOf(clausesOf(after, domainKeywords).constraint);
  return [...is.keys()].filter(
    (name) =>
      was.has(name) && was.get(name) !== is.get(name) && was.get(name) !== `${is.get(name)} NOT VALID`,
  );
}

interface Attribute {
  readonly name: string;
  /** Its type, and collation. */
  readonly type: string;
}

/** The attributes of a composite type. */
export const attributesOf = (text: string): readonly Attribute[] =>
  splitOuter(insideBrackets(text.slice('composite '.length))).map((attribute) => {
    const [, name = '', type = ''] = /^("(?:[^"]|"")*"|\S+)\s+([\s\S]*)$/.exec(attribute) ?? [];
    return { name, type };
  });

function alterComposite(
  { name, before, after }: ObjectChange,
  { before: schema, purpose }: AlterContext,
): Alteration {
  const was = attributesOf(before.text);
  const is = attributesOf(after.text);
  const kept = was.filter((attribute) => is.some((other) => other.name === attribute.name));
  const gone = was.filter((attribute) => !kept.includes(attribute));
  const added = is.filter((attribute) => !was.some((other) => other.name === attribute.name));
  const isAppended = is.every((attribute, index) => attribute.name === [...kept, ...added][index]?.name);
  if (!isAppended) return recreate;
  const retyped = is.filter(({ name: own, type }) =>
    kept.some((other) => other.name === own && other.type !== type),
  );
  if (purpose === 'fix' && gone.length > 0)
    return manual(
      `the type has more than it should, and values of it may be stored: ${gone.map((one) => one.name).join(', ')}`,
    );
  if (
    purpose === 'fix' &&
    retyped.some(({ name: own, type }) => !isWidening(kept.find((one) => one.name === own)?.type ?? '', type))
  )
    return manual('an attribute is to have a narrower type, and values of it may be stored');
  const columns = (dependentsOf(schema.dependencies).get(`type ${name}`) ?? []).filter((object) =>
    object.startsWith('column '),
  );
  if (retyped.length > 0 && columns.length > 0)
    return manual(
      `an attribute's type cannot change while a column holds the type: ${columns[0]?.slice('column '.length)}`,
    );
  const alter = (change: string, ...warnings: readonly Warning[]): AlterStep =>
    step(
      `ALTER TYPE ${name} ${change}${hasTypedTable(name, schema.snapshot) ? ' CASCADE' : ''}`,
      ...warnings,
    );
  return {
    way: 'steps',
    steps: [
      ...gone.map((one) => alter(`DROP ATTRIBUTE ${one.name}`, warning('losesAttribute', one.name))),
      ...added.map((one) => alter(`ADD ATTRIBUTE ${one.name} ${one.type}`)),
      ...retyped.map((one) => alter(`ALTER ATTRIBUTE ${one.name} TYPE ${one.type}`)),
    ],
    // CASCADE, for a table that is made of the type, would take along whatever else names an attribute.
    ...(gone.length + retyped.length > 0
      ? {
          disturbs: (kind: string, text: string) =>
            traitsOf(kind).namesAttributes === true || /\n(?:BEGIN ATOMIC|RETURN )/.test(text),
        }
      : {}),
  };
}
