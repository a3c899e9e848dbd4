import { createHash } from 'node:crypto';
import { isVersion } from '../migrations/names.ts';
import { kindOf } from '../schema/compare/index.ts';
import { isKind, type Kind, kinds } from '../schema/kinds.ts';
import { asLock, type Lock, parseLock } from './lockfile.ts';

/** A lock file whose objects are read when they are first asked for: at head nobody does. */
export interface LateLock {
  /** @throws SlipwayError (66) where it is damaged, of what it says of objects. */
  readonly lock: Lock;
  /** Of the file's text. */
  readonly digest: string;
  /** The kinds of its objects, as far as it is written as `formatLock` does: see `hasItsKinds`. */
  readonly kinds: ReadonlySet<Kind>;
  /** Whether what it says of some object follows the time zone. */
  readonly isZoned: boolean;
  /** Reads all of it. @throws SlipwayError (66, 83) as `readLock`. */
  readonly whole: () => Lock;
}

/**
 * Reads of a lock file's text all but its objects, and which kinds they are of.
 *
 * @throws SlipwayError (66, 83) as `readLock`, of what was read.
 */
export function readLate(path: string, text: string): LateLock {
  let read: Lock | null = null;
  const whole = (): Lock => {
    read ??= parseLock(path, text);
    return read;
  };
  const { outline, sections } = outlineOf(text);
  const lock = outlined(path, outline, whole);
  return {
    lock,
    digest: createHash('sha256').update(text).digest('base64url'),
    kinds: kindsIn(sections),
    isZoned: text.includes('"zoned"'),
    whole,
  };
}

/** Whether the kinds that were read of a lock are those of its objects: somebody may have written it otherwise. */
export function hasItsKinds({ whole, kinds: read }: LateLock): boolean {
  const { baseline, migrations } = whole();
  const maps = [
    baseline.objects,
    ...Object.values(migrations).flatMap(({ delta: { added, changed } }) => [added, changed]),
  ];
  return maps.every((objects) => Object.keys(objects).every((object) => read.has(kindOf(object) as Kind)));
}

/**
 * The outline as a lock; where it is not as it should be, all of the file is read, so that a message has the right place.
 * What stands beneath a migration is not looked at: a start at head knows by the digest that all was right.
 */
function outlined(path: string, outline: string, whole: () => Lock): Lock {
  try {
    const { migrations, ...rest } = JSON.parse(outline) as { readonly migrations: object };
    const lock = asLock(path, { ...rest, migrations: {} });
    return {
      ...lock,
      baseline: {
        ...lock.baseline,
        get objects() {
          return whole().baseline.objects;
        },
      },
      migrations: lateMigrations(migrations, whole),
    };
  } catch {
    return whole();
  }
}

/**
 * The migrations of which only the versions are read: at head nobody asks for more, and of thousands each would cost.
 *
 * @throws Error where one is none.
 */
function lateMigrations(outlined: object, whole: () => Lock): Lock['migrations'] {
  if (!Object.keys(outlined).every(isVersion)) throw new Error('a key is no version');
  return new Proxy(outlined as Lock['migrations'], {
    get: (_, version) => Reflect.get(whole().migrations, version),
  });
}

/**
 * A lock's text with its maps of objects empty, and these, as `formatLock` writes them: no line break stands within a
 * string of JSON, and so each map ends with the first line that is no deeper than its key.
 */
function outlineOf(text: string): { readonly outline: string; readonly sections: readonly string[] } {
  const opening = /\n( {2}| {4})"(?:objects|added|changed)": \{(?=\n)/g;
  const kept: string[] = [];
  const sections: string[] = [];
  let at = 0;
  for (let found = opening.exec(text); found; found = opening.exec(text)) {
    const [, spaces = ''] = found;
    const end = text.indexOf(`\n${spaces}}`, opening.lastIndex);
    if (end === -1) break;
    kept.push(text.slice(at, opening.lastIndex));
    sections.push(text.slice(opening.lastIndex, end));
    at = end;
    opening.lastIndex = end;
  }
  return { outline: `${kept.join('')}${text.slice(at)}`, sections };
}

/** Kinds whose name begins another's: of these each object is looked at. */
const begins = (kind: string): boolean => Object.keys(kinds).some((other) => other.startsWith(`${kind} `));

/** Of objects that stand one a line, in the order of their names; what stands beneath an object has no kind. */
function kindsIn(sections: readonly string[]): ReadonlySet<Kind> {
  const found = new Set<Kind>();
  for (const text of sections) {
    const head = /^\n +"/.exec(text)?.[0] ?? '\n';
    let last: string | null = null;
    for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, at)) {
      at += head.length;
      if (last !== null && text.startsWith(last, at)) continue;
      const kind = kindOf(text.slice(at, text.indexOf('"', at)));
      if (isKind(kind)) found.add(kind);
      last = begins(kind) ? null : `${kind} `;
    }
  }
  return found;
}
