import { isDeepStrictEqual } from 'node:util';
import { count, exitCodes, SlipwayError } from '../../core/index.ts';
import { type DatabaseState, inspect } from '../../inspect/index.ts';
import { withOthers } from '../../inspect/made-by-others.ts';
import { compareWith, isContrary } from '../../inspect/match.ts';
import type { LedgerRow } from '../../ledger/index.ts';
import { accept } from '../../ledger/write.ts';
import { expectedAt, type Lock } from '../../lockfile/index.ts';
import { type Run, withRun } from '../../migrate/index.ts';
import {
  type Acceptance,
  acceptDifferences,
  adoptAs,
  LockWaiter,
  matches,
  underLock,
  verified,
} from '../../migrate/own-script.ts';
import type { Version } from '../../migrations/index.ts';
import { adoptable, knownVersions, wantedVersion } from '../../plan/adoptable.ts';
import { plan, type Refusal } from '../../plan/index.ts';
import { explainRefusal } from '../../plan/refusal.ts';
import { type Snapshot, takeSnapshot } from '../../schema/catalog/index.ts';
import type { Difference } from '../../schema/compare/index.ts';
import { type CommandOptions, type Context, command, type FlagsOf } from '../command.ts';
import type { Adopted as AdoptedResult } from '../results.ts';
import { withProgress } from '../show-progress.ts';
import { describeWhere, whereOf } from '../where.ts';
import { fixAsked, fixOptions, reportFixed, reportWritten } from './fix-options.ts';

const options = {
  as: {
    type: 'string',
    placeholder: 'VERSION',
    summary: 'the version that its schema matches; `head` for the newest',
  },
  unverified: {
    type: 'boolean',
    summary: 'accept what differs, in a managed database too; without a lock file nothing is compared',
  },
  ...fixOptions,
} as const satisfies CommandOptions;

type Flags = FlagsOf<typeof options>;

export const adoptCommand = command({
  summary: 'take over a database that Slipway did not make',
  positionals: '',
  options,
  description:
    'Writes the ledger of a database whose schema already matches a version, and changes nothing else. Without --as it finds the version by comparing the schema with the lock file. The next `up` applies what is newer. If the schema matches no version, --write-fix writes the SQL that brings it to the closest one (or to that of --as) without losing a row; you read it; --fix runs it in one transaction and commits only if the schema then matches the version.',
  async run(context) {
    const asked = fixAsked(context, ['unverified']);
    if (asked?.option === 'write-fix') {
      const { writeAdoptionFix } = await import('../../reconcile/index.ts');
      return withProgress(context, async (shown) =>
        reportWritten(shown, await writeAdoptionFix(shown, asked.file)),
      );
    }
    if (asked?.option === 'fix') {
      const { adoptByFix } = await import('../../reconcile/index.ts');
      return reportFixed(context, await adoptByFix(context, asked.file));
    }
    const { adopted, database } = await withRun(context, { isWriter: true }, async (run) => ({
      adopted: await adoptDatabase(run, context),
      database: whereOf(run),
    }));
    const { version, recorded, accepted, verified } = adopted;
    const words = `${say(adopted)}, in ${describeWhere(database)}`;
    context.log.info({ event: 'adopted', version, recorded, accepted, verified, database }, words);
    context.writeTerminationMessage(words, []);
    if (context.isJson)
      context.print(
        JSON.stringify({
          adopted: version,
          recorded,
          accepted,
          verified,
          database,
        } satisfies AdoptedResult),
      );
    return exitCodes.ok.code;
  },
});

function say({ version, recorded, accepted, verified }: Adopted): string {
  const differing = accepted === 0 ? '' : `, ${count(accepted, 'difference')} accepted`;
  if (recorded === 0) return `the database is managed already, at ${version}${differing}`;
  const how = verified ? '' : ', unverified';
  const versions = `${count(recorded, 'version')} recorded`;
  return `adopted at ${version}${how}: ${versions}${differing}`;
}

interface Adopted {
  readonly version: Version;
  readonly recorded: number;
  /** How many differences were accepted. */
  readonly accepted: number;
  /** Whether the schema was found to be that of the version. */
  readonly verified: boolean;
}

/** Where another run was first, or the schema is no longer what it was, everything is inspected again. */
async function adoptDatabase(run: Run, context: Context<Flags>): Promise<Adopted> {
  for (;;) {
    const adopted = await adoptOnce(run, context);
    if (adopted) return adopted;
  }
}

async function adoptOnce(run: Run, { flags, config }: Context<Flags>): Promise<Adopted | null> {
  const wanted = wantedVersion(flags.as, run.set);
  const { state, others } = await inspect(run, { ...run.inspectOptions, withDrift: true });
  if (state.kind === 'managed') {
    const managed = already(state.rows, wanted);
    return flags.unverified === true ? acceptManaged(run, state, others) : managed;
  }
  const { found, match } = adoptable(state);
  if (!run.lock || !match) {
    if (wanted !== null && flags.unverified === true) {
      return adopt(run, wanted, { verified: false, objects: {} }, 0);
    }
    if (wanted === null) {
      throw new SlipwayError({
        exit: 'usage',
        message: 'adopt cannot find the version: there is no lock file to compare the schema with',
        remedy: `Make the lock file (slipway check --write) and deploy it with the files: then adopt finds the version. Or name it: slipway adopt --as VERSION --unverified; known are ${knownVersions(run.set).join(', ')}.`,
      });
    }
    throw new SlipwayError({
      exit: 'files',
      place: { file: config.lockfile },
      message: 'there is no lock file to compare the database with',
      remedy: `Make it (slipway check --write) and deploy it with the files. Or if you know that its schema matches ${wanted}: slipway adopt --as ${wanted} --unverified`,
    });
  }
  if (wanted === null) {
    const planned = plan(state, run.set, { ...run.planOptions, adopt: 'match' });
    if (planned.kind === 'adopt') return adopt(run, planned.version, verified(match.comparison), 0);
    const refusal: Refusal =
      planned.kind === 'refused' ? planned.refusal : { kind: 'unmanaged', found, match };
    throw new SlipwayError(explainRefusal(refusal));
  }
  if (matches(match, wanted)) return adopt(run, wanted, verified(match.comparison), 0);
  const snapshot = await snapshotNow(run, run.lock, others);
  const comparison = compareWith(run.lock, wanted, snapshot, run.inspectOptions.texts());
  if (flags.unverified === true) {
    const objects = acceptDifferences(expectedAt(run.lock, wanted), snapshot);
    const differing = comparison.differences.filter(isContrary).length;
    return adopt(run, wanted, { verified: false, objects }, differing);
  }
  throw new SlipwayError({
    ...explainRefusal({ kind: 'unmanaged', found, match: { kind: 'none', closest: wanted, comparison } }),
    message: `the schema does not match ${wanted}`,
  });
}

const snapshotNow = async (run: Run, { options }: Lock, others: ReadonlySet<string>): Promise<Snapshot> =>
  withOthers(
    await takeSnapshot(run.session, { ledger: run.ledger, withPrivileges: options.privileges }),
    others,
  );

/**
 * Accepts what differs in a managed database from its version as it is now; null where another run was first, and
 * everything is to be inspected again.
 */
async function acceptManaged(
  run: Run,
  { rows, comparison }: DatabaseState & { kind: 'managed' },
  others: ReadonlySet<string>,
): Promise<Adopted | null> {
  const newest = rows.at(-1);
  const { lock } = run;
  if (!lock || !newest || comparison === null) return already(rows, null);
  const { version } = newest;
  const done = { version, recorded: 0, accepted: comparison.differences.filter(isDecisive).length };
  if (done.accepted === 0) return { ...done, verified: false };
  const waiter = new LockWaiter(run);
  for (;;) {
    const result = await underLock(
      run,
      ({ state }) => state.kind === 'managed' && isDeepStrictEqual(state.rows, rows),
      async () => {
        const objects = acceptDifferences(expectedAt(lock, version), await snapshotNow(run, lock, others));
        await run.session.run(accept(run.ledger, version, { ...newest.accepted, ...objects }, 'done'));
        return false;
      },
    );
    if (result === 'committed') return { ...done, verified: false };
    if (result === 'changed') return null;
    await waiter.wait();
  }
}

/** What is accepted: all that is missing or changed, and what is extra and drift. */
const isDecisive = ({ kind, severity }: Difference): boolean => kind !== 'extra' || severity === 'drift';

async function adopt(
  run: Run,
  version: Version,
  acceptance: Acceptance,
  accepted: number,
): Promise<Adopted | null> {
  const recorded = await adoptAs(run, version, acceptance);
  return recorded === 0 ? null : { version, recorded, accepted, verified: acceptance.verified };
}

function already(rows: readonly LedgerRow[], wanted: Version | null): Adopted {
  const at = rows.at(-1)?.version ?? '';
  if (wanted === null || at === wanted) return { version: at, recorded: 0, accepted: 0, verified: false };
  throw new SlipwayError({
    exit: 'usage',
    message: `the database is managed already, at ${at}`,
    remedy: '`slipway status` says more; `slipway up` brings it to head.',
  });
}
