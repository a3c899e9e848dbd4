import { keepSettings } from './kept-settings.ts';
import type { Session } from './session.ts';

const { keep, putBack } = keepSettings('before_copy', ['row_security', 'datestyle', 'timezone']);

/** A row of a table as its columns' names and what they hold, as the server prints it; null for NULL. */
export type CopiedRow = Readonly<Record<string, string | null>>;

/** What is read. */
interface Copied {
  /** Qualified and quoted. */
  readonly table: string;
  /** null: all that there are. */
  readonly columns: readonly string[] | null;
}

/**
 * Reads a table that may be anybody's, in a transaction that is under way or in the one that the message is.
 *
 * COPY is the one way to read a table that runs nothing of its owner's: it is neither planned, so no function of an
 * index or a statistics object is called, nor rewritten, so no view or rule is; the server inspects what the name
 * stands for under the lock that it reads with, and refuses a view, a foreign table and a partitioned one (42809). Row
 * security that would bind us is an error (42501), no policy of somebody's is asked. Columns are printed by the
 * functions of their base types, which only a superuser makes.
 *
 * @param ahead statements of ours, each ended by a semicolon.
 * @param mostBytes that are taken.
 * @throws pg.DatabaseError; TooLarge.
 */
export async function copyTable(
  session: Session,
  ahead: string,
  { table, columns }: Copied,
  mostBytes: number,
): Promise<CopiedRow[]> {
  const listed = columns === null ? '' : ` (${columns.join(', ')})`;
  const text = await session.copied(
    `${ahead}${keep}; SET LOCAL row_security = off; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC';
    COPY ${table}${listed} TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE *, ENCODING 'UTF8'); ${putBack}`,
    mostBytes,
  );
  return readCsv(text);
}

/** Reads what COPY writes with FORCE_QUOTE: a value is in quotes, NULL is nothing. */
function readCsv(text: string): CopiedRow[] {
  let names: string[] | null = null;
  const rows: CopiedRow[] = [];
  let fields: (string | null)[] = [];
  for (let at = 0; at < text.length; ) {
    const { value, end } = readField(text, at);
    fields.push(value);
    const mark = text[end];
    at = end + 1;
    if (mark === ',') continue;
    if (mark !== '\n' && mark !== undefined) throw new Error('what COPY wrote cannot be read');
    if (names === null) names = fields.map(String);
    else rows.push(Object.fromEntries(names.map((name, n) => [name, fields[n] ?? null])));
    fields = [];
  }
  return rows;
}

/** One field and where it ends; by searching, since a value may have millions of characters. */
function readField(text: string, start: number): { readonly value: string | null; readonly end: number } {
  if (text[start] !== '"') {
    const end = /[,\n]|$/g;
    end.lastIndex = start;
    const at = end.exec(text)?.index ?? text.length;
    return { value: at === start ? null : text.slice(start, at), end: at };
  }
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) throw new Error('what COPY wrote cannot be read');
  return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}
