import { type LockMode, lockModes } from '../core/index.ts';

/** What is known of a lock mode (PostgreSQL docs 13.3.1). */
interface ModeTraits {
  /** As `pg_locks.mode` spells it. */
  readonly server: string;
  /** The modes that nobody else can take on the table meanwhile: Table 13.2, "Conflicting Lock Modes". */
  readonly conflicts: readonly LockMode[];
}

const strong = ['share', 'share-row-exclusive', 'exclusive', 'access-exclusive'] as const;

const modes: Readonly<Record<LockMode, ModeTraits>> = {
  'access-share': { server: 'AccessShareLock', conflicts: ['access-exclusive'] },
  'row-share': { server: 'RowShareLock', conflicts: ['exclusive', 'access-exclusive'] },
  'row-exclusive': { server: 'RowExclusiveLock', conflicts: strong },
  'share-update-exclusive': {
    server: 'ShareUpdateExclusiveLock',
    conflicts: ['share-update-exclusive', ...strong],
  },
  share: {
    server: 'ShareLock',
    conflicts: [
      'row-exclusive',
      'share-update-exclusive',
      'share-row-exclusive',
      'exclusive',
      'access-exclusive',
    ],
  },
  'share-row-exclusive': {
    server: 'ShareRowExclusiveLock',
    conflicts: ['row-exclusive', 'share-update-exclusive', ...strong],
  },
  exclusive: {
    server: 'ExclusiveLock',
    conflicts: ['row-share', 'row-exclusive', 'share-update-exclusive', ...strong],
  },
  'access-exclusive': { server: 'AccessExclusiveLock', conflicts: lockModes },
};

const byServerName = new Map(lockModes.map((mode) => [modes[mode].server, mode]));

/** The mode that `pg_locks.mode` names; null for one that is no mode of a table. */
export const modeOfServer = (name: string): LockMode | null => byServerName.get(name) ?? null;

/** Whom a lock keeps waiting while it is held. */
export interface Blocked {
  /** SELECT, which takes ACCESS SHARE. */
  readonly reads: boolean;
  /** INSERT, UPDATE, DELETE and MERGE, which take ROW EXCLUSIVE. */
  readonly writes: boolean;
}

export const blockedBy = (mode: LockMode): Blocked => ({
  reads: modes[mode].conflicts.includes('access-share'),
  writes: modes[mode].conflicts.includes('row-exclusive'),
});

/** What a lock blocks, in words: `reads and writes`. */
export function describeBlocked(mode: LockMode): string {
  const { reads, writes } = blockedBy(mode);
  if (reads) return 'reads and writes';
  if (mode === 'exclusive') return 'writes and SELECT FOR UPDATE';
  if (writes) return 'writes';
  return mode === 'share-update-exclusive' ? 'no reads and no writes, only other DDL and VACUUM' : 'nothing';
}

/**
 * Behind which open transactions a statement waits before it gets the lock, and everybody who comes later behind it
 * (PostgreSQL docs 13.3.1: a lock is granted in the order of the requests that conflict); null: none that a client has.
 */
export function describeWait(mode: LockMode): string | null {
  const { reads, writes } = blockedBy(mode);
  if (reads)
    return 'waits for every open transaction that has used the table, and all who come later wait behind it';
  if (writes)
    return 'waits for every open transaction that has written to the table, and all who write later wait behind it';
  return null;
}

/** As documentation and messages write it: `ACCESS EXCLUSIVE`. */
export const sqlOfMode = (mode: LockMode): string => mode.replaceAll('-', ' ').toUpperCase();
