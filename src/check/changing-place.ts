import type { Place } from '../core/index.ts';
import { nameOf, splitPart } from '../schema/catalog/index.ts';
import { foldName, parseSql, placeAt, type Source, TokenReader } from '../sql/index.ts';
import type { Changing } from './changing.ts';

/** A literal that the server turns into a moment as soon as it reads it (PostgreSQL docs, 8.5.1.4 Special Values). */
const moment = /^'\s*(?:now|today|tomorrow|yesterday)\b/i;
/** A date, or a time of day, without an offset or a zone after it: it becomes a moment by the zone of the session. */
const clock =
  /^'\W*(?:\d{4,6}-\d\d?-\d\d?|\d\d?:\d\d)(?!.*(?:\d\s*[+-]\d\d?(?::?\d\d)*|\d\s*[A-Za-z][\w/]*)\W*'$)/s;
/** What gives another value each time that it runs, in a statement that makes objects from texts. */
const changing =
  /\b(?:now|random|gen_random_\w+|uuid\w*|\w+_timestamp|timeofday|current_(?:date|time)|localtime|localtimestamp|pg_backend_pid)\b/i;

/**
 * Where a file makes something that is another one each time, as far as its words tell: at a literal such as 'now', or
 * one without an offset where it is the time zone that counts, best in a statement that names the object; else at a statement that reads the clock. The file alone for a module.
 */
export function placeOfChanging({ migration, object, zone }: Changing): Place {
  const { source, format } = migration;
  if (format !== 'sql') return { file: source.path };
  const [own, ...others] = namesOf(object);
  const statements = [...parseSql(source).statements].map(({ start, end }) => {
    const words = wordsIn(source, [start, end], zone === null ? moment : clock);
    const named = words.find(({ name }) => name === own)?.at;
    return {
      at:
        words.find(({ isMoment, at }) => isMoment && at > (named ?? start))?.at ??
        words.find(({ isMoment }) => isMoment)?.at,
      start,
      naming:
        (named === undefined ? 0 : 2) +
        (others.some((other) => words.some(({ name }) => name === other)) ? 1 : 0),
      isChanging: zone === null && changing.test(source.text.slice(start, end)),
    };
  });
  const [best] = statements
    .map((one) => ({ ...one, score: one.naming + (one.at !== undefined ? 8 : one.isChanging ? 4 : 0) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  return best ? placeAt(source, best.at ?? best.start) : { file: source.path };
}

/** A word of a statement: a name as the server reads it, or a literal. */
interface Word {
  readonly at: number;
  readonly name: string | null;
  readonly isMoment: boolean;
}

function wordsIn(source: Source, [start, end]: readonly [number, number], sought: RegExp): Word[] {
  const reader = new TokenReader(source, start);
  const words: Word[] = [];
  while (reader.next() && reader.start < end) {
    if (reader.kind === 'character') continue;
    const text = source.text.slice(reader.start, reader.end);
    const isLiteral = reader.kind === 'literal';
    words.push({
      at: reader.start,
      name: isLiteral ? null : foldName(text),
      isMoment: isLiteral && sought.test(text),
    });
  }
  return words;
}

/** The parts of an object's name, its own first: a column's, its table's. */
function namesOf(object: string): string[] {
  const { own, parent } = splitPart(nameOf(object)) ?? { own: nameOf(object), parent: '' };
  return [own, splitPart(parent)?.own ?? parent].filter((name) => name !== '').map(foldName);
}
