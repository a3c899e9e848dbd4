import { kindOf, nameOf, objectsOfKind, parentOf } from '../../catalog/index.ts';
import { traitsOf } from '../../kinds.ts';
import { parseColumn } from '../../objects/column/parts.ts';
import { type AlterContext, step } from '../../objects/common/alteration.ts';
import { asPattern } from '../../objects/common/clauses.ts';
import { dependentsOf } from '../../objects/common/dependents.ts';
import { alterOptions } from '../../objects/table/storage.ts';
import { isOfTimescale } from '../../objects/timescale/create.ts';
import { newLabels } from '../../objects/type/alter.ts';
import type { Traits } from '../../traits.ts';
import { createObject } from '../create.ts';
import type { Disposition, Dispositions } from './disposition.ts';

/**
 * Follows what is dropped, made again or disturbed to what depends on it: that is made again too, and where it cannot
 * be (a column with rows of a type that would have to go), the change is left. Pure but for `dispositions`, which it
 * completes.
 */
export function propagate(dispositions: Dispositions, context: AlterContext): void {
  const dependents = dependentsOf(context.before.dependencies);
  for (const object of [...dispositions.keys()]) {
    const disposition = dispositions.get(object);
    if (disposition === undefined || !reaches(disposition)) continue;
    const trial = new Trial(dispositions);
    const reason = reach(object, trial, dependents, context);
    if (reason === null) continue;
    trial.undo();
    dispositions.set(object, { way: 'manual', reason, sql: [] });
  }
  leaveDependents(dispositions, context);
}

/** Fates that can be put back as they were. */
class Trial {
  private readonly dispositions: Dispositions;
  private readonly before: [string, Disposition | undefined][] = [];

  constructor(dispositions: Dispositions) {
    this.dispositions = dispositions;
  }

  get(object: string): Disposition | undefined {
    return this.dispositions.get(object);
  }

  set(object: string, disposition: Disposition): void {
    this.before.push([object, this.dispositions.get(object)]);
    this.dispositions.set(object, disposition);
  }

  undo(): void {
    for (const [object, disposition] of this.before.reverse())
      if (disposition === undefined) this.dispositions.delete(object);
      else this.dispositions.set(object, disposition);
  }
}

/** Whether a disposition concerns what depends on the object. */
const reaches = (disposition: Disposition): boolean =>
  disposition.way === 'recreate' ||
  disposition.way === 'drop' ||
  (disposition.way === 'steps' && disposition.disturbs !== null);

/** Follows one object's disposition; the reason why it cannot be, or null. */
function reach(
  object: string,
  dispositions: Trial,
  dependents: ReadonlyMap<string, readonly string[]>,
  context: AlterContext,
): string | null {
  const disposition = dispositions.get(object);
  if (disposition === undefined) return null;
  if (disposition.way === 'recreate' && !isRenewable(object, context))
    return 'it would have to be dropped and made again, which loses what it holds';
  if (!reaches(disposition)) return null;
  for (const other of [...(dependents.get(object) ?? []), ...optionsOn(object, context)]) {
    const next = dispositionOfDependent(
      { name: other, own: dispositions.get(other) },
      { object, disposition },
      context,
    );
    if (typeof next === 'string') return next;
    if (next === null) continue;
    dispositions.set(other, next);
    const reason = next.way === 'recreate' ? reach(other, dispositions, dependents, context) : null;
    if (reason !== null) return reason;
  }
  return null;
}

const isGenerated = (object: string, { before }: AlterContext): boolean =>
  parseColumn(before.snapshot.get(object)?.text ?? '').generated !== null;

function isRenewable(object: string, context: AlterContext): boolean {
  const kind = kindOf(object);
  if (kind === 'column') return isGenerated(object, context) || context.purpose === 'migration';
  if (kind === 'table') return context.before.snapshot.get(object)?.text.includes('foreign table') ?? false;
  // A fix keeps what an aggregate holds of rows that are gone from its source.
  if (kind === 'view' && isOfTimescale(object, context.before)) return context.purpose === 'migration';
  return traitsOf(kind).isRenewable ?? false;
}

/**
 * The disposition of what depends on an object: another, a reason why that object's disposition cannot be, or null for
 * no other.
 */
function dispositionOfDependent(
  { name: other, own }: { readonly name: string; readonly own: Disposition | undefined },
  { object, disposition }: { readonly object: string; readonly disposition: Disposition },
  context: AlterContext,
): Disposition | string | null {
  const kind = kindOf(other);
  if (own?.way === 'implied' && !context.after.snapshot.has(other)) return null;
  if (own?.way === 'drop' || own?.way === 'recreate' || own?.way === 'renew')
    return traitsOf(kind).goesWith && own.way === 'drop' && disposition.way !== 'steps'
      ? { way: 'implied' }
      : null;
  if (disposition.way === 'steps') {
    // What is done to it comes after what reaches it.
    if (traitsOf(kind).isDeviation && own !== undefined) return null;
    const isDisturbed =
      disposition.disturbs?.(kind, context.before.snapshot.get(other)?.text ?? '') === true &&
      (kind !== 'column' || isGenerated(other, context));
    if (isDisturbed && traitsOf(kind).goesWith)
      return context.after.snapshot.has(other) ? { way: 'renew' } : null;
    return isDisturbed || isForgetful(other, object, context) ? { way: 'recreate', warnings: null } : null;
  }
  if (traitsOf(kind).isDeviation)
    return context.after.snapshot.has(other)
      ? own?.way === 'manual'
        ? null
        : { way: 'renew' }
      : { way: 'implied' };
  if (kind === 'options') return optionsAfter(other, object, context);
  if (traitsOf(kind).goesWith) {
    if (disposition.way === 'drop' && !context.after.snapshot.has(other))
      return own === undefined ? { way: 'implied' } : null;
    return own?.way === 'manual' ? null : { way: 'renew' };
  }
  if (disposition.way === 'drop' && own?.way === 'steps') return null;
  if (disposition.way === 'drop' && goesAlong(other, object)) return { way: 'implied' };
  if (disposition.way === 'drop' && disposition.takesAway === true && !context.after.snapshot.has(other))
    return `it is what is extra: ${object}, but ${other} depends on it`;
  if (own?.way === 'manual') return `${other} depends on it, and is left as it is`;
  if (kind === 'column' && !isGenerated(other, context)) return columnDefault(other, object, own, context);
  if (kind === 'sequence' && disposition.way === 'drop') return { way: 'implied' };
  if (!isRenewable(other, context)) return `${other} depends on it and holds rows`;
  const side = context.after.snapshot.has(other) ? context.after : context.before;
  if (createObject(other, side) === null)
    return `${other} depends on it, and cannot be written from its description`;
  return { way: 'recreate', warnings: null };
}

/**
 * Whether an index has what the server forgets as it builds it again for another type of a column: statistics targets of
 * its own, an extension that it depends on. It is made again with them.
 */
function isForgetful(index: string, column: string, { before: { snapshot } }: AlterContext): boolean {
  if (kindOf(column) !== 'column' || traitsOf(kindOf(index)).is !== 'index') return false;
  const depends = objectsOfKind(snapshot, 'extension dependency');
  return (
    snapshot.has(`index options ${nameOf(index)}`) ||
    depends.some(({ name }) => name.startsWith(`index ${indexOf(index)} on `))
  );
}

/** What a table's or column's drop takes along, and is in no way of it. */
const goesAlong = (other: string, object: string): boolean =>
  kindOf(object) === 'table' &&
  parentOf(other) !== null &&
  parentOf(other) === nameOf(object) &&
  isPartOfRelation(traitsOf(kindOf(other)));

/** Whether it is a part by itself: it says nothing of another part, and not how a partition differs. */
const isPartOfRelation = ({ parent, goesWith, isDeviation }: Traits): boolean =>
  parent === 'name' && !goesWith && !isDeviation;

/** A column whose default calls what goes: the default goes first and comes back after. */
function columnDefault(
  column: string,
  object: string,
  own: Disposition | undefined,
  { before, after }: AlterContext,
): Disposition | string | null {
  const kind = kindOf(object);
  const was = parseColumn(before.snapshot.get(column)?.text ?? '').default;
  if (was === null || !traitsOf(kind).standsInDefault) return `${column} depends on it and holds rows`;
  const target = after.snapshot.get(column) ?? before.snapshot.get(column);
  const is = parseColumn(target?.text ?? '').default;
  const name = nameOf(column);
  const dot = name.length - (/\.(?:"(?:[^"]|"")*"|[^."\s]+)$/.exec(name)?.[0].length ?? 0);
  const alter = `ALTER TABLE ${name.slice(0, dot)} ALTER COLUMN ${name.slice(dot + 1)}`;
  const steps =
    own?.way === 'steps' ? own.steps.filter(({ sql }) => !/ (?:SET|DROP) DEFAULT\b/.test(sql)) : [];
  return {
    way: 'steps',
    steps: [
      { ...step(`${alter} DROP DEFAULT`), when: 'first' },
      ...steps,
      ...(is === null ? [] : [step(`${alter} SET DEFAULT ${is}`)]),
    ],
    disturbs: own?.way === 'steps' ? own.disturbs : null,
  };
}

/** A table's replica identity and cluster index name an index without depending on it. */
function optionsOn(object: string, { before }: AlterContext): readonly string[] {
  const kind = kindOf(object);
  const parent = parentOf(object);
  if (parent === null || !traitsOf(kind).hasIndex) return [];
  const options = `options ${parent}`;
  const own = indexOf(object);
  return own !== null &&
    new RegExp(`(?:identity|on) ${asPattern(own)}(?:;|$)`).test(before.snapshot.get(options)?.text ?? '')
    ? [options]
    : [];
}

/** `constraint s.t.n` -> `s.n`. */
function indexOf(object: string): string | null {
  const [, schema, own] =
    /^((?:"(?:[^"]|"")*"|[^."\s]+)\.)(?:"(?:[^"]|"")*"|[^."\s]+)\.((?:"(?:[^"]|"")*"|[^."\s]+))$/.exec(
      nameOf(object),
    ) ?? [];
  return schema === undefined || own === undefined ? null : schema + own;
}

/** A table's options that went with an index, set again. */
function optionsAfter(options: string, object: string, { before, after }: AlterContext): Disposition | null {
  const table = nameOf(options);
  const own = indexOf(object);
  const was = before.snapshot.get(options)?.text ?? '';
  if (own === null || kindOf(object) === 'materialized view') return { way: 'renew' };
  const gone = was
    .split('; ')
    .filter((part) => part !== `replica identity ${own}` && part !== `cluster on ${own}`)
    .join('; ');
  const isMatview = before.snapshot.has(`materialized view ${table}`);
  const alteration = alterOptions(
    isMatview ? 'ALTER MATERIALIZED VIEW' : 'ALTER TABLE',
    table,
    gone,
    after.snapshot.get(options)?.text ?? '',
  );
  return alteration.way === 'steps' ? { way: 'steps', steps: alteration.steps, disturbs: null } : null;
}

/** What needs something that is left cannot be either: nor what uses an enum's new label before it is committed. */
function leaveDependents(dispositions: Dispositions, { before, after }: AlterContext): void {
  const dependents = dependentsOf(after.dependencies);
  const leave = (object: string, reason: string): void => {
    for (const other of dependents.get(object) ?? []) {
      const disposition = dispositions.get(other);
      if (
        disposition === undefined ||
        disposition.way === 'manual' ||
        disposition.way === 'implied' ||
        disposition.way === 'drop'
      )
        continue;
      if (isPartOfTable(object) && before.snapshot.has(object)) continue;
      dispositions.set(other, { way: 'manual', reason, sql: [] });
      leave(other, `it needs ${other}, which is left`);
    }
  };
  for (const [object, disposition] of [...dispositions]) {
    if (disposition.way === 'manual' && after.snapshot.has(object))
      leave(object, `it needs ${object}, which is left`);
    if (disposition.way === 'steps' && kindOf(object) === 'type') leaveUsersOfLabels(object);
  }

  function leaveUsersOfLabels(type: string): void {
    const was = before.snapshot.get(type)?.text ?? '';
    const is = after.snapshot.get(type)?.text ?? '';
    if (!was.startsWith('enum') || !is.startsWith('enum')) return;
    const labels = newLabels(was, is);
    for (const other of dependents.get(type) ?? []) {
      const disposition = dispositions.get(other);
      const text = after.snapshot.get(other)?.text ?? '';
      if (
        disposition === undefined ||
        disposition.way === 'implied' ||
        !labels.some((label) => text.includes(label))
      )
        continue;
      dispositions.set(other, {
        way: 'manual',
        reason: `it uses a new value of ${nameOf(type)}, which has to be committed first: write it into a migration of its own`,
        sql: [],
      });
    }
  }
}

/** A table stands whatever is left of it. */
const isPartOfTable = (object: string): boolean => traitsOf(kindOf(object)).standsUnfinished === true;
