import { describeProblem, problemsOf } from '../check-problems.ts';
import { nowMs } from '../clock.ts';
import { exitCodes } from '../errors.ts';
import { readMigrationSet } from '../files.ts';
import { lockOf } from '../lock-made.ts';
import { type Kept, readKept } from '../lock-renewal.ts';
import { formatLock, type Lock, type LockOptions, lockedVersions, requireLock } from '../lockfile.ts';
import type { MigrationSet } from '../model.ts';
import { replaceFile } from '../replace-file.ts';
import { type Replayed, replay } from '../replay.ts';
import { withShadow } from '../shadow.ts';
import { formatTexts, readTexts, textsPath } from '../texts.ts';
import type { Command, Context } from './command.ts';

/** The files, and what is known of them. */
interface Matter {
  readonly set: MigrationSet;
  /** What the files are held against; null with --write. */
  readonly lock: Lock | null;
  readonly kept: Kept | null;
}

export const check: Command = {
  summary: 'prove on a shadow database that files, lock and baseline agree',
  positionals: '',
  options: { write: { type: 'boolean', summary: 'renew the lock file and the readable snapshot beside it' } },
  description:
    'Replays the baseline and every migration on a shadow database, undoes what can be undone, and compares each step with the lock file. Ends with 1 and the difference where something does not hold. The shadow is a temporary database on SLIPWAY_SHADOW_URL, or an embedded PostgreSQL.',
  async run(context) {
    const startedAt = nowMs();
    const matter = readMatter(context);
    const { set, lock, kept } = matter;
    const replayed = await withShadow(context, (shadow) =>
      replay(context, shadow, set, kept?.options.privileges ?? false),
    );
    const problems = problemsOf(replayed, {
      set,
      lock,
      known: kept?.versions ?? [],
      allowOutOfOrder: context.config.allowOutOfOrder,
      texts: readTexts(context.config.lockfile),
    });
    const ms = Math.round(nowMs() - startedAt);
    if (problems.length > 0) {
      if (context.isJson) context.print(JSON.stringify({ ok: false, problems, ms }));
      else context.print(problems.flatMap(describeProblem).join('\n'));
      return exitCodes.no.code;
    }
    if (context.flags.write) write(context, matter, replayed);
    const versions = replayed.length;
    if (context.isJson) context.print(JSON.stringify({ ok: true, versions, head: set.head, ms }));
    else
      context.print(
        `${versions} versions replayed, head is ${set.head}: files, lock and baseline agree (${ms} ms)`,
      );
    return exitCodes.ok.code;
  },
};

/** @throws SlipwayError (65, 66, 83), also where there is no lock and none is to be written. */
function readMatter({ config, flags }: Context): Matter {
  const files = readMigrationSet(config);
  if (flags.write) {
    const kept = readKept(config.lockfile);
    return { set: { ...files, superseded: kept?.superseded ?? [] }, lock: null, kept };
  }
  const lock = requireLock(config.lockfile);
  const { app, options, superseded } = lock;
  return {
    set: { ...files, superseded },
    lock,
    kept: { app, options, superseded, versions: lockedVersions(lock) },
  };
}

function write({ config, log }: Context, { set, kept }: Matter, replayed: readonly Replayed[]): void {
  const options: LockOptions = kept?.options ?? { ignore: [], privileges: false };
  const made = lockOf(set, replayed, options, config.app ?? kept?.app ?? 'default');
  const head = replayed.at(-1);
  const texts = textsPath(config.lockfile);
  if (head) replaceFile(texts, formatTexts(set.head, head.after), 'SLIPWAY_LOCKFILE');
  replaceFile(config.lockfile, formatLock(made), 'SLIPWAY_LOCKFILE');
  log.info({ event: 'written', file: config.lockfile }, `written: ${config.lockfile}, ${texts}`);
}
