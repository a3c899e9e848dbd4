/** What a statement may cost, or need of a person: each kind with its text. */
const texts = {
  rewritesTable: () => 'rewrites the table',
  readsTable: () => 'reads the whole table',
  buildsIndex: () => 'builds its index',
  rebuildsIndexes: () => 'builds its indexes again',
  blocksWrites: () => 'writes wait while it is built',
  blocksWritesUnless: (otherwise: string) =>
    `writes wait while it is built: ${otherwise}, in a file of its own, lets them go on`,
  movesTable: () => 'moves the table',
  movesIndex: () => 'moves the index',
  movesRows: () => 'moves the rows that are there into chunks, and locks the table meanwhile',
  needsSuperuser: () => 'only a superuser may',
  failsToMove: () => 'fails where the extension cannot be moved',
  failsOnCompressed: () => 'fails while a chunk is compressed: decompress_chunk first',
  failsOnNull: () => 'fails where rows hold NULL',
  failsOnRows: () => 'fails where the table has rows',
  failsOnViolation: (query: string | null) =>
    `fails where rows do not keep it${query === null ? '' : `, which this finds:\n${query}`}`,
  failsOutOfBounds: () => 'fails where a row is outside of the bounds',
  failsOnLongValue: () => 'fails where a value is too long',
  failsToConvert: () => 'fails where a value does not convert',
  rounds: () => 'rounds values, fails where one is out of range',
  losesRows: (table: string) => `loses the rows of the table ${table}`,
  losesColumn: (column: string) => `loses what the column ${column} holds`,
  losesAggregate: (view: string) =>
    `loses what the continuous aggregate ${view} holds of rows that its source has no more`,
  losesAttribute: (attribute: string) => `loses what is stored in the attribute ${attribute}`,
  losesPosition: (sequence: string) => `loses where the sequence ${sequence} stands`,
  madeAgain: () => 'it is made again below',
  refreshAfterwards: () => 'refresh it afterwards',
  identityContinues: () => 'the identity brings its own, which goes on where this one stands',
  movesIntoLimits: () => 'if it is outside of its new limits, it moves to the nearest of them',
  newlyCompressedOnly: () => 'holds for chunks that are compressed from now on',
  usableLater: () => 'the new value cannot be used before this is committed',
  newChunksOnly: () => 'holds for chunks that are made from now on',
  unchecked: () => 'routines below name each other',
  /** A person decides by itself whether such a statement is to run. */
  takesAway: (object: string) => `takes away what is extra: ${object}`,
  columnStays: () => 'the column stays',
  refusedWhileCompressed: (table: string, before: string, after: string) =>
    `is refused while ${table} is compressed; before it:\n${before}and after it:\n${after}`,
  /** A person has to see to it. */
  leftToYou: (reason: string) => `left to you: ${reason}`,
};

export type WarningKind = keyof typeof texts;

export interface Warning {
  readonly kind: WarningKind;
  /** What stands in its text. */
  readonly about: readonly (string | null)[];
}

/** A warning of this kind, with what its text is about. */
export const warning = <Kind extends WarningKind>(
  kind: Kind,
  ...about: Parameters<(typeof texts)[Kind]>
): Warning => ({ kind, about });

/** Warnings in words, as one sentence without a full stop; empty for none. */
export const describeWarnings = (warnings: readonly Warning[]): string =>
  warnings
    .map(({ kind, about }) => (texts[kind] as (...about: readonly (string | null)[]) => string)(...about))
    .join('; ');

/** Whether something that tables hold is lost. */
export const losesData = ({ kind }: Warning): boolean =>
  kind === 'losesRows' || kind === 'losesColumn' || kind === 'losesAggregate' || kind === 'losesAttribute';
