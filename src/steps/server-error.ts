import type pg from 'pg';
import type { ExitName } from '../errors.ts';

/** What an objection of the server, met while a step ran, means for the run. */
export interface Verdict {
  readonly exit: ExitName;
  readonly remedy: string;
  /** Whether the same transaction may be tried again, and how often. */
  readonly again: 'deadlock' | 'lockTimeout' | null;
}

/** By SQLSTATE (PostgreSQL docs, appendix A); pure. */
export function judgeServerError(error: Pick<pg.DatabaseError, 'code' | 'message' | 'hint'>): Verdict {
  const code = error.code ?? '';
  // The names of settings are the same in every language of the server.
  const told = `${error.message} ${error.hint ?? ''}`;
  if (/shared_preload_libraries|must be preloaded/.test(told)) return notPreloaded;
  const setting = code === outOfMemory ? /\bmax_\w+/.exec(told)?.[0] : undefined;
  if (setting) return tooSmall(setting);
  const known = verdicts[code] ?? verdicts[code.slice(0, 2)];
  return known ?? { exit: 'migration', remedy: 'Correct the statement and start again.', again: null };
}

const notPreloaded: Verdict = {
  exit: 'config',
  again: null,
  remedy: 'Add the library to shared_preload_libraries on the server and restart it.',
};

const outOfMemory = '53200';

const tooSmall = (setting: string): Verdict => ({
  exit: 'config',
  again: null,
  remedy: `Raise ${setting} on the server (it takes a restart), or split the migration.`,
});

const verdicts: Readonly<Record<string, Verdict>> = {
  '40P01': { exit: 'temporary', again: 'deadlock', remedy: 'Try again when less is going on.' },
  '40001': { exit: 'temporary', again: 'deadlock', remedy: 'Try again when less is going on.' },
  '55P03': {
    exit: 'temporary',
    again: 'lockTimeout',
    remedy: 'Try again when the tables are less busy, or raise SLIPWAY_DDL_LOCK_TIMEOUT.',
  },
  '42501': {
    exit: 'denied',
    again: null,
    remedy: 'Grant the privilege, run as the owner, or name the owning role with SLIPWAY_ROLE.',
  },
  '25006': { exit: 'config', again: null, remedy: 'Use a role and a server that may be written to.' },
  '53100': {
    exit: 'temporary',
    again: null,
    remedy: "Make room on the server's disk, where that file lies, then start again.",
  },
  '53': { exit: 'temporary', again: null, remedy: 'The server is out of resources: see its log.' },
  '57014': {
    exit: 'migration',
    again: null,
    remedy:
      'It ran longer than SLIPWAY_STATEMENT_TIMEOUT, or somebody cancelled it: raise the timeout, or split it.',
  },
  '58': { exit: 'temporary', again: null, remedy: "The server's system failed: see its log." },
};
