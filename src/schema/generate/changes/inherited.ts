import { objectsOf, type SnapshotObject, splitPart } from '../../catalog/index.ts';
import { notNullName } from '../../objects/column/alter.ts';
import { type ColumnParts, parseColumn } from '../../objects/column/parts.ts';
import type { AlterContext } from '../../objects/common/alteration.ts';
import { parentsOf, parseTable } from '../../objects/table/alter.ts';
import { attributesOf } from '../../objects/type/alter.ts';

/** The text of a column from its parts, as the snapshot writes it. */
function writeColumn(parts: ColumnParts): string {
  const { type, collation, isNotNull, odd, identity, generated } = parts;
  return [
    type,
    collation === null ? '' : `collate ${collation}`,
    isNotNull ? 'not null' : '',
    odd,
    identity === null ? '' : `generated ${identity} as identity`,
    generated === null
      ? parts.default === null
        ? ''
        : `default ${parts.default}`
      : `generated always as (${generated.expression}) ${generated.kind}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/**
 * An object as it will be once the changes of what it takes columns from have reached it: a partition's or an heir's
 * column comes, goes and changes with its parent's, a typed table's with its type's attribute.
 *
 * @returns undefined where it is not there (any more).
 */
export function effectiveBefore(object: string, context: AlterContext): SnapshotObject | undefined {
  const there = context.before.snapshot.get(object);
  if (!object.startsWith('column ')) return there;
  const { parent: table = '', own = '' } = splitPart(object.slice('column '.length)) ?? {};
  const before = context.before.snapshot.get(`table ${table}`)?.text;
  const after = context.after.snapshot.get(`table ${table}`)?.text;
  if (before === undefined || after === undefined) return there;
  const attribute = typedBefore(there, own, { before, after }, context);
  if (attribute !== null) return asColumn(object, attribute, there);
  const stayed = parentsOf(before).filter((parent) => parentsOf(after).includes(parent));
  let text = there?.text;
  for (const parent of stayed) {
    const key = `column ${parent}.${own}`;
    const was = context.before.snapshot.get(key);
    const is = context.after.snapshot.get(key);
    if (was === undefined && is !== undefined && text === undefined)
      text = writeColumn({ ...parseColumn((effectiveBefore(key, context) ?? is).text), identity: null });
    else if (was !== undefined && is === undefined) text = undefined;
    else if (was !== undefined && is !== undefined && text !== undefined)
      text = follow(text, was.text, is.text);
  }
  return asColumn(object, text, there);
}

const asColumn = (
  object: string,
  text: string | undefined,
  there: SnapshotObject | undefined,
): SnapshotObject | undefined => {
  if (text === undefined || text === there?.text) return text === undefined ? undefined : there;
  const name = object.slice('column '.length);
  return { kind: 'column', name, parent: splitPart(name)?.parent ?? null, text, facets: {} };
};

/** A column after its parent's changed: type, collation and NOT NULL come along, a default does not. */
function follow(text: string, was: string, is: string): string {
  const own = parseColumn(text);
  const from = parseColumn(was);
  const to = parseColumn(is);
  const isRegenerated = from.generated?.expression !== to.generated?.expression;
  return writeColumn({
    ...own,
    type: from.type === to.type ? own.type : to.type,
    collation: from.collation === to.collation ? own.collation : to.collation,
    isNotNull: from.isNotNull === to.isNotNull ? own.isNotNull : to.isNotNull,
    generated: isRegenerated ? to.generated : own.generated,
  });
}

/** The text of a typed table's column that comes with its type's new attribute; null where nothing comes. */
function typedBefore(
  there: SnapshotObject | undefined,
  own: string,
  { before, after }: { readonly before: string; readonly after: string },
  context: AlterContext,
): string | undefined | null {
  const { of } = parseTable(before);
  if (of === null || parseTable(after).of !== of) return null;
  const attribute = (side: AlterContext['before']): string | undefined =>
    attributesOf(side.snapshot.get(`type ${of}`)?.text ?? 'composite ()').find(({ name }) => name === own)
      ?.type;
  const was = attribute(context.before);
  const is = attribute(context.after);
  if (was === is) return null;
  if (is === undefined) return undefined;
  return there === undefined ? is : is + there.text.slice(was?.length ?? 0);
}

/** The tables above from which a table has a column. */
const givenBy = (column: string, { snapshot }: AlterContext['before']): readonly string[] => {
  const { parent: table = '', own = '' } = splitPart(column) ?? {};
  return parentsOf(snapshot.get(`table ${table}`)?.text).filter((parent) =>
    snapshot.has(`column ${parent}.${own}`),
  );
};

/**
 * What becomes of a column's being the table's own besides being inherited, where only one side has it: it comes and
 * goes with the column and with the tables above; where one of those stays, no statement changes it (PostgreSQL source,
 * ATExecAddInherit, ATExecDropInherit: leaving makes a column the table's own, and inheriting again lets it be so).
 */
export function originDisposition(
  column: string,
  { before, after }: AlterContext,
): { readonly way: 'implied' } | { readonly way: 'manual'; readonly reason: string; readonly sql: string[] } {
  const given = givenBy(column, after);
  const stayed = givenBy(column, before).filter((parent) => given.includes(parent));
  if (stayed.length === 0 || !before.snapshot.has(`column ${column}`)) return { way: 'implied' };
  const { parent: table = '' } = splitPart(column) ?? {};
  return after.snapshot.has(`column origin ${column}`)
    ? {
        way: 'manual',
        reason:
          "a column that is inherited becomes the table's own as well only where the table leaves those above it and inherits them again, and so do all columns and CHECKs from there",
        sql: stayed.flatMap((parent) => [
          `ALTER TABLE ${table} NO INHERIT ${parent}`,
          `ALTER TABLE ${table} INHERIT ${parent}`,
        ]),
      }
    : {
        way: 'manual',
        reason:
          "a column that is the table's own as well stays so: it is only inherited in a table that is made again",
        sql: [],
      };
}

/**
 * Whether a constraint or index of a partition is only seen because the partition is by itself: what it has from its
 * parent shows when it is detached, and no more once it is attached.
 */
export function arrivesWithMembership(
  object: string,
  context: AlterContext,
  which: 'attach' | 'detach',
): boolean {
  const [, kind = '', name = ''] = /^(constraint|index|unique index|not null) ([\s\S]*)$/.exec(object) ?? [];
  const { parent: table = '' } = splitPart(name) ?? {};
  const [alone, member] =
    which === 'detach' ? [context.after, context.before] : [context.before, context.after];
  const memberOf = parseTable(member.snapshot.get(`table ${table}`)?.text ?? '').partitionOf;
  const aloneText = alone.snapshot.get(`table ${table}`)?.text;
  if (
    memberOf === null ||
    aloneText === undefined ||
    parseTable(aloneText).partitionOf?.parent === memberOf.parent
  )
    return false;
  const text = alone.snapshot.get(object)?.text;
  if (text === undefined) return false;
  if (kind === 'not null') {
    const ofParent = `${memberOf.parent}.${splitPart(name)?.own}`;
    return which === 'attach' || notNullName(name, alone) === notNullName(ofParent, member);
  }
  // A constraint that the partition has by itself may bear the same words; then both sides show it.
  return objectsOf(member.snapshot, memberOf.parent).some(
    (other) =>
      other.kind === kind &&
      (kind === 'constraint' ? other.text === text : definitionOf(other.text) === definitionOf(text)),
  );
}

/** An index's definition without its name and table. */
const definitionOf = (text: string): string =>
  text.replace(/^(CREATE (?:UNIQUE )?INDEX) .*? USING /s, '$1 USING ');
