import { checksumOf } from '../core/checksum.ts';
import { SlipwayError } from '../core/index.ts';
import type { Source } from '../sql/index.ts';
import { LargeFile } from './large-file.ts';

/**
 * Turns a file's bytes into the text that is judged, run and checksummed: UTF-8, without BOM, line ends as LF. A large
 * file is that already.
 *
 * @throws SlipwayError (65) where the bytes are not UTF-8 text, with the line and column of the first that is not;
 *   (66) where the text holds the markers of an unfinished merge.
 */
export function decodeSource(path: string, bytes: Buffer | LargeFile): Source {
  if (bytes instanceof LargeFile) return { path, text: bytes, checksum: bytes.checksum };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new SlipwayError({
      exit: 'migration',
      place: { file: path },
      message: 'the file is UTF-16, not UTF-8',
      remedy: 'Save it as UTF-8.',
    });
  }
  const decoded = bytes.toString('utf8');
  rejectInvalidUtf8(path, bytes, decoded);
  const isPlain = decoded.charCodeAt(0) !== 0xfeff && !decoded.includes('\r');
  const text = isPlain ? decoded : decoded.replace(/^\uFEFF+/, '').replaceAll('\r\n', '\n');
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    throw new SlipwayError({
      exit: 'migration',
      place: placeBefore(path, text.slice(0, nul)),
      message: 'the file holds a NUL byte, which PostgreSQL cannot take',
      remedy: 'Remove it: the file is damaged, or is not text.',
    });
  }
  const conflict = text.includes('<<<<<<< ') ? /^<{7} .*$/m.exec(text) : null;
  if (conflict && /^={7}$/m.test(text) && /^>{7} /m.test(text)) {
    throw new SlipwayError({
      exit: 'files',
      place: placeBefore(path, text.slice(0, conflict.index)),
      message: 'the file holds the markers of an unfinished merge',
      remedy: 'Resolve the merge, then start again.',
    });
  }
  // Mostly the text is the bytes, and a copy of them is spared.
  const isAsItWas = text.length === decoded.length;
  return { path, text, checksum: checksumOf(isAsItWas ? bytes : text) };
}

function rejectInvalidUtf8(path: string, bytes: Buffer, decoded: string): void {
  if (!decoded.includes('\uFFFD')) return;
  const again = Buffer.from(decoded, 'utf8');
  if (again.equals(bytes)) return;
  let at = 0;
  while (again[at] === bytes[at]) at += 1;
  const hex = (bytes[at] ?? 0).toString(16).padStart(2, '0');
  throw new SlipwayError({
    exit: 'migration',
    place: placeBefore(path, bytes.subarray(0, at).toString('utf8')),
    message: `the file is not UTF-8: byte 0x${hex} at offset ${at}`,
    remedy: 'Save it as UTF-8.',
  });
}

function placeBefore(file: string, before: string): { file: string; line: number; column: number } {
  const lines = before.split('\n');
  return { file, line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 };
}
