import { lookup, type SnapshotObject } from '../../model/index.ts';
import { parseColumn } from '../column/parts.ts';
import { clausesOf } from '../common/clauses.ts';
import { givenName, split, unquote } from '../common/names.ts';
import type { SchemaGraph } from '../common/schema-graph.ts';

const keywords = [
  'unlogged',
  'logged',
  'as',
  'start',
  'increment',
  'minvalue',
  'maxvalue',
  'cache',
  'cycle',
  'owned by',
] as const;

export type SequenceParts = Partial<Record<(typeof keywords)[number], string>>;

/** What the snapshot says of a sequence, by keyword. */
export const parseSequence = (text: string): SequenceParts => clausesOf(text, keywords);

const greatest: Readonly<Record<string, string>> = {
  smallint: '32767',
  integer: '2147483647',
  bigint: '9223372036854775807',
};

const least: Readonly<Record<string, string>> = {
  smallint: '-32768',
  integer: '-2147483648',
  bigint: '-9223372036854775808',
};

/** What differs from a sequence that is made without a word about it. */
function settingsOf(parts: SequenceParts, type: string): string[] {
  const isDescending = parts.increment?.startsWith('-') ?? false;
  const minvalue = isDescending ? least[type] : '1';
  const maxvalue = isDescending ? '-1' : greatest[type];
  return [
    ...(parts.increment === '1' ? [] : [`INCREMENT ${parts.increment}`]),
    ...(parts.minvalue === minvalue ? [] : [`MINVALUE ${parts.minvalue}`]),
    ...(parts.maxvalue === maxvalue ? [] : [`MAXVALUE ${parts.maxvalue}`]),
    ...(parts.start === (isDescending ? parts.maxvalue : parts.minvalue) ? [] : [`START ${parts.start}`]),
    ...(parts.cache === '1' ? [] : [`CACHE ${parts.cache}`]),
    ...(parts.cycle === undefined ? [] : ['CYCLE']),
  ];
}

/** The column that owns a sequence, `table.column`; null where none does. */
export const ownerOf = (text: string): string | null => parseSequence(text)['owned by'] ?? null;

/** `LOGGED` or `UNLOGGED`, as a sequence is to be; null where nobody can say so (before 15 no owned one is unlogged). */
export function persistenceOf(
  sequence: SnapshotObject,
  { snapshot, major }: SchemaGraph,
): 'LOGGED' | 'UNLOGGED' | null {
  const { unlogged, logged, 'owned by': owner } = parseSequence(sequence.text);
  if (owner !== undefined && major < 15) return null;
  if (unlogged !== undefined) return 'UNLOGGED';
  if (owner === undefined || logged !== undefined) return 'LOGGED';
  return snapshot.get(`table ${split(owner).parent}`)?.text.startsWith('unlogged') ? 'UNLOGGED' : 'LOGGED';
}

/**
 * A sequence by itself; which column owns it is said once that is there (`ownSequence`).
 *
 * @param isUnlogged where that is not in its text: a column owns it.
 */
export function createSequence(name: string, text: string, isUnlogged = false): string {
  const parts = parseSequence(text);
  const type = parts.as ?? 'bigint';
  const settings = [...(type === 'bigint' ? [] : [`AS ${type}`]), ...settingsOf(parts, type)];
  return [
    `CREATE ${isUnlogged || parts.unlogged !== undefined ? 'UNLOGGED ' : ''}SEQUENCE ${name}`,
    ...settings,
  ].join(' ');
}

/** The statement that gives a sequence to the column that owns it; null where none does. */
export function ownSequence(name: string, text: string): string | null {
  const owner = ownerOf(text);
  return owner === null ? null : `ALTER SEQUENCE ${name} OWNED BY ${owner}`;
}

const ownedBy = lookup(({ kind, text }) => (kind === 'sequence' ? [ownerOf(text) ?? []].flat() : []));

/** The sequences that a column owns. */
export const sequencesOwnedBy = (column: string, { snapshot }: SchemaGraph): readonly SnapshotObject[] =>
  ownedBy(snapshot, column);

const serials: Readonly<Record<string, string>> = {
  smallint: 'smallserial',
  integer: 'serial',
  bigint: 'bigserial',
};

/** A column and the sequence that belongs to it. */
interface OwnedSequence {
  /** Its qualified name. */
  readonly sequence: string;
  /** `serial`, where the sequence and the default are exactly what that makes; null otherwise. */
  readonly serial: string | null;
  /** For an identity column: the options in brackets, or an empty text. */
  readonly options: string;
  /** What brings the sequence of an identity column to its type, where that is not the column's. */
  readonly afterwards: readonly string[];
}

/**
 * The sequence that is made with a column: of a serial, or of an identity.
 *
 * @param column `table.column`.
 */
export function sequenceOf(column: string, graph: SchemaGraph): OwnedSequence | null {
  const { snapshot } = graph;
  const parts = parseColumn(snapshot.get(`column ${column}`)?.text ?? '');
  const { parent, own } = split(column);
  const given = givenName(parent, [unquote(own)], 'seq');
  const schema = split(parent).parent;
  if (parts.identity !== null) {
    const [found] = sequencesOwnedBy(column, graph);
    if (found === undefined) return null;
    const is = parseSequence(found.text);
    const isGiven = split(found.name).parent === schema && unquote(split(found.name).own) === given;
    const type = is.as ?? parts.type;
    // An identity's sequence is made with the type of its column.
    const isOther = type !== parts.type;
    const settings = [
      ...(isGiven ? [] : [`SEQUENCE NAME ${found.name}`]),
      ...(isOther ? [] : settingsOf(is, type)),
    ];
    return {
      sequence: found.name,
      serial: null,
      options: settings.length > 0 ? ` (${settings.join(' ')})` : '',
      afterwards: [
        ...(isOther ? [[`ALTER SEQUENCE ${found.name} AS ${type}`, ...settingsOf(is, type)].join(' ')] : []),
        ...ownPersistence(found, graph),
      ],
    };
  }
  const [, sequence] = /^nextval\('((?:[^']|'')*)'::regclass\)$/.exec(parts.default ?? '') ?? [];
  if (sequence === undefined) return null;
  const name = sequence.replaceAll("''", "'");
  const text = snapshot.get(`sequence ${name}`)?.text;
  const isSerial =
    text !== undefined &&
    parts.isNotNull &&
    parts.odd === '' &&
    split(name).parent === schema &&
    unquote(split(name).own) === given &&
    ownerOf(text) === column &&
    createSequence(name, text) ===
      createSequence(
        name,
        `as ${parts.type} start 1 increment 1 minvalue 1 maxvalue ${greatest[parts.type]} cache 1`,
      );
  const serial = isSerial ? (serials[parts.type] ?? null) : null;
  const found = snapshot.get(`sequence ${name}`);
  return serial === null || found === undefined
    ? null
    : { sequence: name, serial, options: '', afterwards: ownPersistence(found, graph) };
}

/** What brings a sequence that was made with its column to another persistence than the table's. */
function ownPersistence(sequence: SnapshotObject, graph: SchemaGraph): readonly string[] {
  const { logged, unlogged } = parseSequence(sequence.text);
  return logged === undefined && unlogged === undefined
    ? []
    : [`ALTER SEQUENCE ${sequence.name} SET ${persistenceOf(sequence, graph)}`];
}
