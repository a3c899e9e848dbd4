import { addAbortSignal } from 'node:stream';
import { SlipwayError } from './slipway-error.ts';

const mebibyte = 1024 ** 2;

/**
 * All of the standard input.
 *
 * @param most mebibytes that are read.
 * @param remedy what to do where it is more.
 * @throws SlipwayError (66) where it is more; the signal's reason when it is aborted.
 */
export async function readStandardInput(signal: AbortSignal, most: number, remedy: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of addAbortSignal(signal, process.stdin)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > most * mebibyte) {
        const message = `the standard input is longer than ${most} MiB`;
        throw new SlipwayError({ exit: 'files', message, remedy });
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  return Buffer.concat(chunks);
}
