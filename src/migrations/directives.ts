import { parseDuration } from '../config/index.ts';
import { SlipwayError } from '../core/index.ts';
import type { Directives, Source, Text } from '../sql/index.ts';
import { isVersion } from './names.ts';
export interface Header {
  readonly directives: Directives;
  /** What `-- slipway: version ...` says; null where the file does not say. */
  readonly version: string | null;
}

const known = [
  'no-transaction',
  'irreversible',
  'empty',
  'lock-timeout DURATION',
  'version VERSION',
  'keep',
  'from-default COLUMN',
];

const begins = /^\s*(?:--|\/\/)\s*slipway:/;
/** What would go unseen: without its colon, with a capital letter, or in a block comment. */
const nearly =
  /^\s*(?:--|\/\/|\/\*+)\s*slipway\s*[:=,.-]?\s*(no-transaction|irreversible|empty|lock-timeout\s+\d\w*|version\s+\d{14})\s*(?:\*+\/)?\s*$/i;

/** What a comment, or space ahead of it, begins with. */
const mayBegin = /[\s/-]/;
const noHeader: Header = {
  directives: { noTransaction: false, lockTimeoutMs: null, irreversible: false },
  version: null,
};

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
  if (!mayBegin.test(source.text.slice(0, 1))) return noHeader;
  let noTransaction = false;
  let irreversible = false;
  let isEmpty = false;
  let lockTimeoutMs: number | null = null;
  let version: string | null = null;
  let line = 0;
  for (const text of firstLines(source.text, 50)) {
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
    const argument = rest.join(' ');
    if (word === 'no-transaction' && argument === '') noTransaction = true;
    else if (word === 'irreversible' && argument === '') irreversible = true;
    else if (word === 'empty' && argument === '') isEmpty = true;
    else if (word === 'lock-timeout') {
      const parsed = parseDuration(argument);
      if (parsed === null) {
        throw bad(`"${argument}" is not a duration`, 'Write it like 500ms, 3s, 2m; 0 is no limit.');
      }
      lockTimeoutMs = parsed;
    } else if (word === 'version') {
      if (!isVersion(argument)) {
        throw bad(`"${argument}" is not a version`, 'Write 14 digits, UTC yyyymmddhhmmss.');
      }
      version = argument;
    } else if (word === 'keep' || word === 'end') {
      break;
    } else if (word !== 'from-default') {
      throw bad(`unknown directive "${directive}"`, `Known are: ${known.join(', ')}.`);
    }
  }
  const directives = {
    noTransaction,
    lockTimeoutMs,
    irreversible,
    ...(isEmpty ? { isEmpty: true as const } : {}),
  };
  return { directives, version };
}
