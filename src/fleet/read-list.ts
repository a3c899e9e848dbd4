import { isUtf8 } from 'node:buffer';
import { readBytes, reasonOf, SlipwayError } from '../core/index.ts';
import { readStandardInput } from '../core/standard-input.ts';
import { type Listed, listIn } from './list.ts';

const onStandardInput = '-';
/** Mebibytes of the standard input. */
const mostInput = 16;

/**
 * Reads a list of databases.
 *
 * @param file `-` is the standard input.
 * @throws SlipwayError (66) where it cannot be read, (78) where it names no database.
 */
export async function readList(file: string, signal: AbortSignal): Promise<Listed[]> {
  const isInput = file === onStandardInput;
  const name = isInput ? 'standard input' : file;
  const bytes = isInput
    ? await readStandardInput(signal, mostInput, 'Give it a list of databases, one a line.')
    : readFile(file);
  if (!isUtf8(bytes)) {
    throw new SlipwayError({
      exit: 'files',
      place: { file: name },
      message: 'the list is not UTF-8 text',
      remedy: 'Save it as UTF-8.',
    });
  }
  const listed = listIn(name, bytes.toString('utf8'));
  if (listed.length > 0) return listed;
  throw new SlipwayError({
    exit: 'config',
    place: { file: name },
    message: 'the list names no database',
    remedy: 'Write a name or a URL a line. Where no database is no mistake, list them with --each-query.',
  });
}

function readFile(file: string): Buffer {
  try {
    return readBytes(file, 'setting');
  } catch (error) {
    const reason = reasonOf(error);
    const remedy = `${reason.remedy} A list that a program writes can be piped in: --each -`;
    throw new SlipwayError({ exit: 'files', place: { file }, ...reason, remedy }, { cause: error });
  }
}
