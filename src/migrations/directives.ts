import { parseDuration } from '../config/index.ts';
import { lockModes, parseAllowance, SlipwayError } from '../core/index.ts';
import type { Directives, Repeat, Source, Text } from '../sql/index.ts';
import { isVersion } from './names.ts';

export interface Header {
  readonly directives: Directives;
  /** What `-- slipway: version ...` says; null where the file does not say. */
  readonly version: string | null;
}

/** What a directive adds to what is read so far. */
type Found = { readonly [Key in keyof Directives]?: Directives[Key] } & {
  readonly version?: string;
};

/** What a directive makes of its argument. */
type Reading =
  | { readonly found: Found }
  | { readonly problem: string; readonly remedy: string }
  /** What follows are no directives. */
  | 'end'
  /** Its argument is not one that it takes. */
  | 'unknown';

interface Directive {
  /** How the argument is shown in a message; absent where it takes none. */
  readonly argument?: string;
  /**
   * A pattern of its argument that is told from the prose of a comment, '' where it takes none; absent where another
   * spelling of it is not looked for.
   */
  readonly likely?: string;
  /** Whether a file that says it twice is refused. */
  readonly isOnce?: true;
  /** @param before what directives above it have said. */
  read(argument: string, before: Found): Reading;
}

const flag = (found: Found): Directive => ({
  likely: '',
  read: (argument) => (argument === '' ? { found } : 'unknown'),
});

/** What `repeat` is without its arguments. */
export const repeatByDefault: Repeat = { rows: 5000, pauseMs: 100 };

/** The most rows that an `int` of the server can say. */
const mostRows = 2 ** 31 - 1;

/** Reads `ROWS pause DURATION`, either of which may be missing; null where it is something else. */
function readRepeat(argument: string): Repeat | null {
  const parts = /^(\d+)?(?:(?:^|\s+)pause\s+(\S+))?$/.exec(argument);
  if (!parts) return null;
  const [, given, pause] = parts;
  const rows = given === undefined ? repeatByDefault.rows : Number(given);
  const pauseMs = pause === undefined ? repeatByDefault.pauseMs : parseDuration(pause);
  return rows < 1 || rows > mostRows || pauseMs === null ? null : { rows, pauseMs };
}

const table: Readonly<Record<string, Directive>> = {
  'no-transaction': flag({ noTransaction: true }),
  irreversible: flag({ irreversible: true }),
  empty: flag({ isEmpty: true }),
  'lock-timeout': {
    argument: 'DURATION',
    likely: String.raw`\d\w*`,
    read: (argument) => {
      const lockTimeoutMs = parseDuration(argument);
      return lockTimeoutMs === null
        ? {
            problem: `"${argument}" is not a duration`,
            remedy: 'Write it like 500ms, 3s, 2m; 0 is no limit.',
          }
        : { found: { lockTimeoutMs } };
    },
  },
  allow: {
    argument: 'LEVEL',
    likely: String.raw`(?:(?:access|row|share|exclusive)[\w-]*|rewrite|scan)(?:[\s,]+(?:[\w-]*(?:share|exclusive)|rewrite|scan))*`,
    read: (argument, before) => {
      const allow = parseAllowance(argument, before.allow);
      return allow === null
        ? {
            problem: `"${argument}" is nothing that can be allowed`,
            remedy: `Write one of: ${lockModes.join(', ')}, or rewrite, or scan; several by comma.`,
          }
        : { found: { allow } };
    },
  },
  isolation: {
    argument: 'LEVEL',
    likely: 'serializable|repeatable-read',
    isOnce: true,
    read: (argument) =>
      argument === 'serializable' || argument === 'repeatable-read'
        ? { found: { isolation: argument } }
        : {
            problem: `"${argument}" is not a level of isolation that it takes`,
            remedy: 'Write serializable or repeatable-read; without the directive it is read committed.',
          },
  },
  version: {
    argument: 'VERSION',
    likely: String.raw`\d{14}`,
    read: (argument) =>
      isVersion(argument)
        ? { found: { version: argument } }
        : {
            problem: `"${argument}" is not a version`,
            remedy: 'Write 14 digits, UTC yyyymmddhhmmss.',
          },
  },
  repeat: {
    argument: '[ROWS] [pause DURATION]',
    likely: String.raw`\d+(?:\s+pause\s+\d\w*)?`,
    isOnce: true,
    read: (argument) => {
      const repeat = readRepeat(argument);
      return repeat === null
        ? {
            problem: `"${argument}" is not a number of rows and a pause`,
            remedy: `Write it like \`repeat 5000 pause 100ms\`, which is what it is without them; pause 0 is none.`,
          }
        : { found: { repeat } };
    },
  },
  keep: { read: () => 'end' },
  commit: { read: () => 'end' },
  'from-default': { argument: 'COLUMN', read: () => ({ found: {} }) },
};

/** What ends what `keep` begins; by itself it is none that a person writes. */
const ending: Directive = { read: () => 'end' };

const known = Object.entries(table).map(([word, { argument }]) =>
  argument === undefined ? word : `${word} ${argument}`,
);

const likely = Object.entries(table).flatMap(([word, directive]) =>
  directive.likely === undefined
    ? []
    : [directive.likely === '' ? word : String.raw`${word}\s+${directive.likely}`],
);

const begins = /^\s*(?:--|\/\/)\s*slipway:/;
/** What would go unseen: without its colon, with a capital letter, or in a block comment. */
const nearly = new RegExp(
  String.raw`^\s*(?:--|\/\/|\/\*+)\s*slipway\s*[:=,.-]?\s*(${likely.join('|')})\s*(?:\*+\/)?\s*$`,
  'i',
);

/** What a comment, or space ahead of it, begins with. */
const mayBegin = /[\s/-]/;
const noDirectives: Directives = { noTransaction: false, lockTimeoutMs: null, irreversible: false };

function* firstLines(text: Text, most: number): Generator<string> {
  for (let line = 0, start = 0; line < most && start <= text.length; line += 1) {
    const end = text.indexOf('\n', start);
    yield text.slice(start, end < 0 ? undefined : end);
    start = end < 0 ? text.length + 1 : end + 1;
  }
}

/**
 * Reads the directives (`-- slipway: ...`, in modules `// slipway: ...`) from a file's first comment lines.
 *
 * @throws SlipwayError (65) for a directive that is unknown or malformed.
 */
export function readHeader(source: Source): Header {
  let found: Found = {};
  const said = new Set<string>();
  let line = 0;
  for (const text of mayBegin.test(source.text.slice(0, 1)) ? firstLines(source.text, 50) : []) {
    line += 1;
    if (text.trim() === '') continue;
    const bad = (message: string, remedy: string): SlipwayError =>
      new SlipwayError({ exit: 'migration', place: { file: source.path, line }, message, remedy });
    const meant = begins.test(text) ? undefined : nearly.exec(text)?.[1];
    if (meant !== undefined) {
      const marker = source.path.endsWith('.sql') ? '--' : '//';
      throw bad(
        'the line is a comment, but resembles a directive',
        `Write it so: ${marker} slipway: ${meant.toLowerCase()}`,
      );
    }
    const comment = /^\s*(?:--|\/\/)(.*)$/.exec(text);
    if (!comment) break;
    const directive = /^\s*slipway:\s*(.*?)\s*$/.exec(comment[1] ?? '')?.[1];
    if (directive === undefined) continue;
    const [word = '', ...rest] = directive.split(/\s+/);
    const row = word === 'end' ? ending : Object.hasOwn(table, word) ? table[word] : undefined;
    if (row?.isOnce && said.has(word))
      throw bad(`the directive ${word} stands here twice`, 'Keep one of them.');
    said.add(word);
    const reading = row?.read(rest.join(' '), found) ?? 'unknown';
    if (reading === 'end') break;
    if (reading === 'unknown') {
      throw bad(`unknown directive "${directive}"`, `Known are: ${known.join(', ')}.`);
    }
    if ('problem' in reading) throw bad(reading.problem, reading.remedy);
    found = { ...found, ...reading.found };
  }
  const { version = null, ...directives } = found;
  return { directives: { ...noDirectives, ...directives }, version };
}
