import type { Place } from '../core/index.ts';
import type { RowColumn, RowTable, Volatile } from '../data/index.ts';
import type { Migration, Version } from '../migrations/index.ts';
import { foldName, placeAt, type SqlScript, type Statement, TokenReader } from '../sql/index.ts';
/** A file that is folded; a module has no script. */
export interface SquashedFile {
  readonly migration: Migration;
  readonly script: SqlScript | null;
}

/** What gives another value each time, or another one in each place. */
const changing =
  /^(?:now|random|random_normal|setseed|gen_random_\w+|gen_salt|uuid\w*|\w+_timestamp|timeofday|current_(?:date|time|user|role|setting)|session_user|localtime|localtimestamp|nextval|setval|currval|lastval|txid_\w+|pg_current_\w+|pg_backend_pid|inet_\w+|version)$/i;

/** A column that a sequence fills, and the version that wrote the table last. */
export interface User {
  readonly table: RowTable;
  readonly column: RowColumn;
  readonly by: Version | null;
}

/** Finds the statement that something volatile comes from, as far as the files' words tell; null where they do not. */
export function placeOf(
  found: Volatile,
  folded: readonly SquashedFile[],
  users: readonly User[],
): Place | null {
  if (found.kind !== 'sequence') {
    return writerOf(folded, found.table.name, found.by, found.kind === 'column' ? found.column : null);
  }
  const direct = candidates(folded, (words) => isNamed(words, found.sequence, true)).filter(({ words }) =>
    words.some((word) => /^(?:setval|nextval|restart)$/i.test(word.text)),
  );
  const last = direct.at(-1);
  if (last) return placeAt(last.source, last.statement.start);
  return (
    users
      .map(({ table, column, by }) => writerOf(folded, table.name, by, column))
      .find((place) => place !== null) ?? null
  );
}

interface Word {
  readonly text: string;
  readonly isLiteral: boolean;
}

interface Candidate {
  readonly version: Version;
  readonly source: Migration['source'];
  readonly statement: Statement;
  readonly words: readonly Word[];
}

/** The statement that most likely wrote a table: of those that name it, or of the file that wrote it last. */
function writerOf(
  folded: readonly SquashedFile[],
  table: string,
  by: Version | null,
  column: RowColumn | null,
): Place | null {
  const writing = candidates(folded, (words) =>
    words.some(({ text }) => /^(?:insert|update|copy|merge|do|call|select)$/i.test(text)),
  );
  const naming = writing.filter(({ words }) => isNamed(words, table, false));
  const byFile = writing.filter(({ version }) => version === by);
  const [best] = (naming.length > 0 ? naming : byFile)
    .map((candidate, n) => ({ candidate, score: scoreOf(candidate, column, by), n }))
    .sort((a, b) => b.score - a.score || b.n - a.n);
  if (best) return placeAt(best.candidate.source, best.candidate.statement.start);
  const file = folded.find(({ migration }) => migration.version === by);
  return file ? { file: file.migration.source.path } : null;
}

/** What changes by itself weighs most, then an INSERT that lets the default fill the column, then the column's name. */
function scoreOf({ words, version }: Candidate, column: RowColumn | null, by: Version | null): number {
  const isChanging = words.some(({ text, isLiteral }) =>
    isLiteral ? text.split(/\W+/).some((word) => changing.test(word)) : changing.test(text),
  );
  const isNaming = column !== null && isNamed(words, column.name, true);
  const isInsert = words.some(({ text }) => /^(?:insert|copy)$/i.test(text));
  return (
    (isChanging ? 8 : 0) +
    (column?.hasDefault && isInsert && !isNaming ? 4 : 0) +
    (isNaming ? 2 : 0) +
    (version === by ? 1 : 0)
  );
}

function candidates(
  folded: readonly SquashedFile[],
  isWanted: (words: readonly Word[]) => boolean,
): Candidate[] {
  return folded.flatMap(({ migration: { version, source }, script }) =>
    [...(script?.statements ?? [])].flatMap((statement) => {
      const words = wordsOf(source, statement);
      return isWanted(words) ? [{ version, source, statement, words }] : [];
    }),
  );
}

function wordsOf(source: Migration['source'], { start, end }: Statement): Word[] {
  const reader = new TokenReader(source, start);
  const words: Word[] = [];
  while (reader.next() && reader.start < end) {
    if (reader.kind === 'character') continue;
    words.push({ text: source.text.slice(reader.start, reader.end), isLiteral: reader.kind === 'literal' });
  }
  return words;
}

/** Whether a qualified name's last part stands among words; within strings too where a function takes it as one. */
function isNamed(words: readonly Word[], name: string, inLiterals: boolean): boolean {
  const last = foldName(/(?:"(?:[^"]|"")*"|[^."]+)$/.exec(name)?.[0] ?? name);
  return words.some(({ text, isLiteral }) =>
    isLiteral ? inLiterals && text.includes(last) : foldName(text) === last,
  );
}
