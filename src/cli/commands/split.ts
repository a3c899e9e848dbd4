import { exitCodes, SlipwayError } from '../../core/index.ts';
import { splitFile } from '../../split/index.ts';
import { type CommandOptions, command } from '../command.ts';
import type { SplitPrinted } from '../results.ts';

const options = {
  'dry-run': { type: 'boolean', summary: 'print the files, and write nothing' },
} as const satisfies CommandOptions;

export const splitCommand = command({
  summary: 'write a migration with CONCURRENTLY in its midst as files that run',
  positionals: 'FILE',
  options,
  description:
    'Writes a migration whose statements cannot all run in one transaction as several files, in the order of its statements: those that share a transaction, and no-transaction files between them. The first keeps the name and the version, the others get the seconds after it. Directives, and what SET has set before, are in each of them. BEGIN and COMMIT are understood as the ends of transactions. The down file stays with the first: how each of the others is undone is yours to write. A version that the lock lists is left alone.',
  async run(context) {
    const { positionals, flags, log } = context;
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) {
      throw new SlipwayError({
        exit: 'usage',
        message: file === undefined ? 'no file is named' : 'more than one file is named',
        remedy: 'Name one migration: slipway split migrations/20251204093000_add_fee_tier.sql',
      });
    }
    const isWritten = flags['dry-run'] !== true;
    const { files, down } = splitFile(context, file, isWritten);
    if (down !== null && files.length > 1)
      log.warn(
        { event: 'split', file: down },
        `${down} stays with the first file: take out of it what the others make, and write how each of them is undone`,
      );
    if (context.isJson) context.print(JSON.stringify({ files, written: isWritten } satisfies SplitPrinted));
    else
      context.print(
        files.map((one) => (isWritten ? one.file : `==> ${one.file} <==\n${one.text}`)).join('\n'),
      );
    return exitCodes.ok.code;
  },
});
