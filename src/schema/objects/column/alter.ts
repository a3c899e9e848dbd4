import { traitsOf } from '../../kinds.ts';
import { splitPart } from '../../model/index.ts';
import {
  type Alteration,
  type AlterContext,
  type AlterStep,
  manual,
  type ObjectChange,
  recreate,
  step,
} from '../common/alteration.ts';
import { asPattern } from '../common/clauses.ts';
import { displayDefault, displayType } from '../common/display.ts';
import { type Warning, warning } from '../common/warnings.ts';
import { continueSequence } from '../sequence/continue.ts';
import { createSequence, sequenceOf, sequencesOwnedBy } from '../sequence/create.ts';
import { alterVerb, parseTable } from '../table/alter.ts';
import { hasHeirs } from '../table/heirs.ts';
import { type ColumnParts, parseColumn } from './parts.ts';
import { isAssignable, isWidening, throughType, typeWarnings } from './widening.ts';

/** As the server builds statistics again, it forgets their target. */
const disturbs = (kind: string, text: string): boolean =>
  traitsOf(kind).barsRetyping === true || (kind === 'statistics' && / statistics \d+$/.test(text));

/**
 * A column: type, collation, generated expression, identity, default, NOT NULL. A fix changes a type only where the
 * new one holds every value of the old. Everything runs in one transaction, so that NOT NULL is set at once: a check
 * that is proved before would hold the same lock for as long.
 */
export function alterColumn(change: ObjectChange, context: AlterContext): Alteration {
  const { name } = change;
  const { parent: table = '', own = '' } = splitPart(name) ?? {};
  const was = parseColumn(change.before.text);
  const is = parseColumn(change.after.text);
  const tableText = context.before.snapshot.get(`table ${table}`)?.text;
  if (was.generated !== null || is.generated !== null) {
    const generated = alterGenerated(name, was, is, context);
    if (generated !== null) return generated;
  }
  const isRetyped = was.type !== is.type || was.collation !== is.collation;
  if (isRetyped) {
    const reason = whyNotRetyped(own, tableText);
    if (reason !== null) return manual(reason);
  }
  const column: ColumnChange = {
    table,
    own,
    was,
    is,
    context,
    alter: (sql, ...warnings) =>
      step(`${alterVerb(tableText)} ${table} ALTER COLUMN ${own} ${sql}`, ...warnings),
    alterAlone: (sql, ...warnings) =>
      step(
        `${alterVerb(tableText)} ${hasHeirs(table, context.before.snapshot) ? 'ONLY ' : ''}${table} ALTER COLUMN ${own} ${sql}`,
        ...warnings,
      ),
  };
  if (isRetyped && context.purpose === 'fix' && !isWidening(was.type, is.type))
    return manual(
      `${is.type} does not hold every value of ${was.type}`,
      retype(column, usingByHand(column)).map(({ sql }) => sql),
    );
  return {
    way: 'steps',
    steps: [
      ...dropIdentity(column),
      ...(isRetyped ? retype(column) : setDefault(column)),
      ...nullability(column),
      ...addIdentity(column),
    ],
    ...(isRetyped ? { disturbs } : {}),
  };
}

interface ColumnChange {
  readonly table: string;
  readonly own: string;
  readonly was: ColumnParts;
  readonly is: ColumnParts;
  readonly context: AlterContext;
  readonly alter: (sql: string, ...warnings: readonly Warning[]) => AlterStep;
  /** Leaves what inherits the table alone. */
  readonly alterAlone: (sql: string, ...warnings: readonly Warning[]) => AlterStep;
}

/** What is generated: its expression is set, taken away, or the column made again, which loses nothing. */
function alterGenerated(
  name: string,
  was: ColumnParts,
  is: ColumnParts,
  context: AlterContext,
): Alteration | null {
  const { parent: table = '', own = '' } = splitPart(name) ?? {};
  if (was.generated !== null && is.generated === null) {
    if (was.generated.kind === 'virtual')
      return manual('the values of a virtual column are not stored, and cannot stay');
    if (was.type !== is.type || was.collation !== is.collation) return recreate;
    return null;
  }
  if (was.generated === null)
    return context.purpose === 'fix'
      ? manual('the column holds values of its own, which a generated column cannot keep')
      : { way: 'recreate', warnings: [warning('losesColumn', name)] };
  const isOnlyExpression =
    was.type === is.type && was.collation === is.collation && was.generated.kind === is.generated?.kind;
  if (!isOnlyExpression) return recreate;
  if (was.generated.expression === is.generated?.expression) return null;
  // SET EXPRESSION exists from 17 on; a migration has to run on older servers as well.
  if (context.purpose === 'migration' || context.before.major < 17) return recreate;
  const sql = `ALTER TABLE ${table} ALTER COLUMN ${own} SET EXPRESSION AS (${is.generated?.expression})`;
  return { way: 'steps', steps: [step(sql, warning('rewritesTable'))] };
}

function whyNotRetyped(own: string, tableText: string | undefined): string | null {
  const { partitionBy, of } = parseTable(tableText ?? '');
  if (partitionBy !== null && new RegExp(`(?:^|[^\\w"])${asPattern(own)}(?:$|[^\\w"])`).test(partitionBy))
    return 'a column that the table is partitioned by cannot change its type';
  if (of !== null) return "the column is its composite type's";
  return null;
}

/** How values become those of the new type; empty where the server does that by itself. */
function usingOf({ own, was, is }: ColumnChange): string {
  const through = throughType(was.type, is.type);
  if (through !== null) return ` USING ${own}::${through}::${displayType(is.type)}`;
  return isAssignable(was.type, is.type) ? '' : ` USING ${own}::${displayType(is.type)}`;
}

/** The same for a person to correct: of a time without a zone nobody but them knows where it was written down. */
function usingByHand(column: ColumnChange): string {
  const { own, was, is } = column;
  const timestamp = /^timestamp(?:\(\d\))? (with|without) time zone$/;
  const [before, after] = [was.type, is.type].map((type) => timestamp.exec(type)?.[1]);
  const changesZone = before !== undefined && after !== undefined && before !== after;
  return changesZone ? ` USING ${own} AT TIME ZONE 'UTC'` : usingOf(column);
}

/** A new type, with the default out of the way where the server could not change it along. */
function retype(column: ColumnChange, using = usingOf(column)): AlterStep[] {
  const { was, is, alter, alterAlone } = column;
  const collate =
    is.collation === null ? (was.collation === null ? '' : ' COLLATE "default"') : ` COLLATE ${is.collation}`;
  const isDefaultInTheWay = was.default !== null && (was.default !== is.default || using !== '');
  return [
    ...(isDefaultInTheWay ? [alter('DROP DEFAULT')] : []),
    alter(
      `TYPE ${displayType(is.type)}${collate}${using}`,
      ...(was.type === is.type ? [warning('rebuildsIndexes')] : typeWarnings(was.type, is.type)),
    ),
    ...(is.default !== null && (isDefaultInTheWay || was.default === null)
      ? [alterAlone(`SET DEFAULT ${displayDefault(is.default, is.type)}`)]
      : []),
  ];
}

function setDefault({ was, is, alterAlone }: ColumnChange): AlterStep[] {
  if (was.generated !== null && is.generated === null)
    return [
      alterAlone('DROP EXPRESSION'),
      ...(is.default === null ? [] : [alterAlone(`SET DEFAULT ${displayDefault(is.default, is.type)}`)]),
    ];
  if (was.default === is.default) return [];
  return [
    alterAlone(is.default === null ? 'DROP DEFAULT' : `SET DEFAULT ${displayDefault(is.default, is.type)}`),
  ];
}

/** The name of a column's NOT NULL, which the catalog has from 18 on: as it was given, or the server's own. */
export function notNullName(column: string, { snapshot }: AlterContext['before']): string {
  const given = Object.values(snapshot.get(`not null ${column}`)?.facets ?? {})[0];
  if (given !== undefined) return given;
  const { parent = '', own = '' } = splitPart(column) ?? {};
  const bare = (name: string): string => name.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"');
  const name = `${`${bare(splitPart(parent)?.own ?? parent)}_${bare(own)}`.slice(0, 54)}_not_null`;
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * Gives a column's NOT NULL the name that it has afterwards; none where that is the same. It has one from 18 on only
 * (PostgreSQL docs, release notes of 18): a migration, which runs on other servers as well, leaves it alone on those
 * before.
 */
export function renameNotNull(
  column: string,
  { before, after, purpose }: Pick<AlterContext, 'before' | 'after' | 'purpose'>,
): readonly string[] {
  const [was, is] = [notNullName(column, before), notNullName(column, after)];
  if (was === is) return [];
  const rename = `ALTER TABLE ${splitPart(column)?.parent ?? ''} RENAME CONSTRAINT ${was} TO ${is}`;
  if (purpose === 'fix') return [rename];
  const lines = [
    'BEGIN',
    "  IF current_setting('server_version_num')::int >= 180000 THEN",
    `    ${rename};`,
    '  END IF;',
    'END',
  ];
  const quote = rename.includes('$$') ? '$slipway$' : '$$';
  return [`DO ${quote}\n${lines.join('\n')}\n${quote}`];
}

function nullability({ table, own, was, is, context, alter }: ColumnChange): AlterStep[] {
  if (was.isNotNull === is.isNotNull && was.odd === is.odd) return [];
  if (!is.isNotNull) return [alter('DROP NOT NULL')];
  const column = `${table}.${own}`;
  const fails = warning('failsOnNull');
  const add = (suffix: string, ...warnings: readonly Warning[]): AlterStep =>
    step(
      `ALTER TABLE ${table} ADD CONSTRAINT ${notNullName(column, context.after)} NOT NULL ${own}${suffix}`,
      ...warnings,
    );
  const isNamed = context.after.major >= 18 && context.after.snapshot.has(`not null ${column}`);
  if (!was.isNotNull && is.odd === '') return [isNamed ? add('', fails) : alter('SET NOT NULL', fails)];
  if (was.isNotNull && was.odd === 'not valid' && is.odd === '')
    return [step(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${notNullName(column, context.before)}`, fails)];
  const suffix = is.odd === '' ? '' : ` ${is.odd.toUpperCase()}`;
  const isLoose = is.odd.includes('not valid');
  return [
    ...(was.isNotNull ? [alter('DROP NOT NULL')] : []),
    add(suffix.replace(/^ NOT VALID NO INHERIT$/, ' NO INHERIT NOT VALID'), ...(isLoose ? [] : [fails])),
  ];
}

/** The sequence that a column owns. */
const ownedSequence = (column: string, side: AlterContext['before']): string | null =>
  sequencesOwnedBy(column, side)[0]?.name ?? null;

/** Takes an identity away, and its sequence with it; the default that follows may need one of the same name. */
function dropIdentity({ table, own, was, is, context, alter }: ColumnChange): AlterStep[] {
  if (was.identity === null || is.identity !== null) return [];
  const column = `${table}.${own}`;
  const sequence = ownedSequence(column, context.after);
  if (sequence === null || sequence !== ownedSequence(column, context.before))
    return [alter('DROP IDENTITY')];
  // The identity's sequence goes with it, and only it tells where it stands.
  const as = meanwhile(sequence);
  const text = context.after.snapshot.get(`sequence ${sequence}`)?.text ?? '';
  return [
    step(createSequence(as, text)),
    ...continueSequence(sequence, context, { from: sequence, as }).steps,
    alter('DROP IDENTITY'),
    step(`ALTER SEQUENCE ${as} RENAME TO ${splitPart(sequence)?.own}`),
    step(`ALTER SEQUENCE ${sequence} OWNED BY ${column}`),
  ];
}

function addIdentity({ table, own, was, is, context, alter }: ColumnChange): AlterStep[] {
  if (is.identity === null || was.identity === is.identity) return [];
  if (was.identity !== null) return [alter(`SET GENERATED ${is.identity.toUpperCase()}`)];
  const sequence = ownedSequence(`${table}.${own}`, context.after);
  if (sequence === null) return [alter(`ADD GENERATED ${is.identity.toUpperCase()} AS IDENTITY`)];
  const add = `ADD GENERATED ${is.identity.toUpperCase()} AS IDENTITY${identityOptions(`${table}.${own}`, context.after)}`;
  if (!context.before.snapshot.has(`sequence ${sequence}`)) {
    const { steps, warnings } = continueSequence(sequence, context);
    return [alter(add, ...warnings), ...steps];
  }
  const from = meanwhile(sequence);
  return [
    step(`ALTER SEQUENCE ${sequence} RENAME TO ${splitPart(from)?.own}`, warning('identityContinues')),
    alter(add),
    ...continueSequence(sequence, context, { from }).steps,
    step(`DROP SEQUENCE ${from}`),
  ];
}

/** The name that a sequence has while another one takes its place. */
const meanwhile = (sequence: string): string => `${splitPart(sequence)?.parent}.slipway_meanwhile`;

/** The parameters of an identity column's sequence, where they are not what it gets by itself. */
const identityOptions = (column: string, graph: AlterContext['before']): string =>
  sequenceOf(column, graph)?.options ?? '';
