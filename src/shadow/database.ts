import type { Migration, MigrationSet } from '../migrations/index.ts';
import { identifier } from '../postgres/index.ts';
import { parseSql, type Script, type Source, TokenReader } from '../sql/index.ts';
/** Makes migrations, and sets of them, about another database. */
export interface AboutDatabase {
  migration(migration: Migration): Migration;
  set(set: MigrationSet): MigrationSet;
}

/**
 * Makes every statement about a database by its name one about another: a file that says `ALTER DATABASE app SET ...`
 * says it of the shadow while it is tried there, and not of a database of that name on the same server. Each migration
 * is gone through once, however many sets have it.
 */
export function aboutDatabase(database: string): AboutDatabase {
  const made = new WeakMap<Migration, Migration>();
  const about = <T extends Script>(script: T): T =>
    script.format === 'sql' ? { ...script, source: sourceAbout(script.source, database) } : script;
  const migration = (one: Migration): Migration => {
    const known = made.get(one);
    if (known) return known;
    const { down } = one;
    const other = { ...about(one), down: down && about(down) };
    made.set(one, other);
    return other;
  };
  const set = (one: MigrationSet): MigrationSet => ({
    ...one,
    baseline: one.baseline && migration(one.baseline),
    migrations: one.migrations.map(migration),
  });
  return { migration, set };
}

const firstWords = new Set(['alter', 'comment', 'grant', 'revoke', 'security']);

/** A file that is larger than any schema is not gone through once more: it holds rows. */
const largestSearched = 64 * 1024 ** 2;

function sourceAbout(source: Source, database: string): Source {
  if (source.text.length > largestSearched || !/\bdatabase\b/i.test(source.text.toString())) return source;
  let text = '';
  let from = 0;
  for (const { start, end } of parseSql(source).statements) {
    const name = nameOfDatabase(source.text.slice(start, end));
    if (name === null) continue;
    text += source.text.slice(from, start + name.start) + identifier(database);
    from = start + name.end;
  }
  return from === 0 ? source : { ...source, text: text + source.text.slice(from) };
}

/** Where a statement that changes something of a database names it; null where it does not. */
function nameOfDatabase(statement: string): { readonly start: number; readonly end: number } | null {
  const reader = new TokenReader({ path: '', text: statement, checksum: '' });
  const words: string[] = [];
  while (reader.next()) {
    const word = statement.slice(reader.start, reader.end).toLowerCase();
    const [before, last] = words.slice(-2);
    const isNamed =
      last === 'database' &&
      (before === 'in' || before === 'on' || (before === 'alter' && words.length === 2));
    if (isNamed) {
      const found = { start: reader.start, end: reader.end };
      const isRenamed = reader.next() && statement.slice(reader.start, reader.end).toLowerCase() === 'rename';
      return isRenamed ? null : found;
    }
    words.push(word);
    if (words.length === 1 && !firstWords.has(word)) return null;
  }
  return null;
}
