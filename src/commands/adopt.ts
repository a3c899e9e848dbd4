import { deadlineIn } from '../deadline.ts';
import { exitCodes, SlipwayError } from '../errors.ts';
import { insertAdopted } from '../ledger.ts';
import { look } from '../look.ts';
import type { DatabaseState, FoundRelation, Migration, MigrationSet, Version } from '../model.ts';
import { explainRefusal, listRelations } from '../refusal.ts';
import type { Run } from '../run.ts';
import { withRun } from '../start.ts';
import { underLock } from '../steps/transaction.ts';
import { Turn } from '../steps/turn.ts';
import type { Command, Context } from './command.ts';

export const adopt: Command = {
  summary: 'put a database that was made otherwise under management',
  positionals: '',
  options: {
    as: {
      type: 'string',
      placeholder: 'VERSION',
      summary: 'the version that its schema is; `head` for the newest',
    },
    unverified: { type: 'boolean', summary: 'believe it: nothing is compared' },
  },
  description:
    'Writes the ledger of a database whose schema is already that of a version, and touches nothing else of it. The next `up` applies what is newer.',
  async run(context) {
    const adopted = await withRun(context, { isWriter: true }, (run) => {
      const version = wantedVersion(context, run.set);
      return adoptAs(run, version);
    });
    context.log.info(
      { event: 'adopted', version: adopted.version, rows: adopted.rows },
      adopted.rows === 0
        ? `the database is managed already, at ${adopted.version}`
        : `adopted at ${adopted.version}, unverified: ${adopted.rows} version${adopted.rows === 1 ? '' : 's'} recorded`,
    );
    if (context.isJson) context.print(JSON.stringify({ adopted: adopted.version, recorded: adopted.rows }));
    return exitCodes.ok.code;
  },
};

/** @throws SlipwayError (64) where the command line does not name a version that this image can vouch for. */
function wantedVersion({ flags }: Context, set: MigrationSet): Version {
  const known = [...(set.baseline ? [set.baseline] : []), ...set.migrations].map(({ version }) => version);
  const wanted = flags.as === 'head' ? set.head : flags.as;
  const usage = (message: string, remedy: string): SlipwayError =>
    new SlipwayError({ exit: 'usage', message, remedy });
  if (typeof wanted !== 'string') {
    throw usage(
      'adopt does not know as which version',
      `Say which: slipway adopt --as VERSION --unverified; known are ${known.join(', ')}.`,
    );
  }
  if (!known.includes(wanted)) {
    throw usage(`this image does not carry version ${wanted}`, `Known are ${known.join(', ')}.`);
  }
  if (set.baseline && wanted < set.baseline.version) {
    throw usage(
      `version ${wanted} is older than the baseline ${set.baseline.version}`,
      'Run the image before the one whose baseline was rolled forward.',
    );
  }
  if (flags.unverified !== true) {
    throw new SlipwayError({
      exit: 'files',
      message: 'there is no lock file to compare the database with',
      remedy: `If you know that its schema is that of ${wanted}: slipway adopt --as ${wanted} --unverified`,
    });
  }
  return wanted;
}

async function adoptAs(run: Run, version: Version): Promise<{ version: Version; rows: number }> {
  const { state } = await look(run);
  if (state.kind === 'managed') {
    const at = state.rows.at(-1)?.version ?? '';
    if (at === version) return { version, rows: 0 };
    throw new SlipwayError({
      exit: 'usage',
      message: `the database is managed already, at ${at}`,
      remedy: '`slipway status` says more; `slipway up` brings it to head.',
    });
  }
  const found = adoptable(state);
  const { baseline, migrations } = run.set;
  const recorded: Migration[] = [...(baseline ? [baseline] : []), ...migrations].filter(
    (migration) =>
      migration.version <= version && (baseline === null || migration.version >= baseline.version),
  );
  const accepted = JSON.stringify({ unverified: true, relations: found.length });
  const turn = new Turn(run, deadlineIn(run.config.lockTimeoutMs));
  for (;;) {
    const result = await underLock(
      run,
      (inspection) => inspection.state.kind === 'unmanaged',
      async () => {
        const rows = recorded.map((migration) => insertAdopted(run.ledger, migration, run.author, accepted));
        await run.session.run(rows.join('; '));
      },
    );
    if (result === 'committed') return { version, rows: recorded.length };
    if (result === 'changed') return adoptAs(run, version);
    await turn.wait();
  }
}

function adoptable(state: Exclude<DatabaseState, { kind: 'managed' }>): readonly FoundRelation[] {
  switch (state.kind) {
    case 'unmanaged':
      return state.found;
    case 'empty':
      throw new SlipwayError({
        exit: 'usage',
        message: 'there is nothing to adopt: the database is empty for this app',
        detail: state.found.length > 0 ? listRelations(state.found) : undefined,
        remedy: '`slipway up` makes the schema. Is it the right database?',
      });
    case 'corrupt':
      throw new SlipwayError(explainRefusal({ kind: 'corrupt', problems: state.problems }));
    case 'newer':
      throw new SlipwayError(explainRefusal({ kind: 'newerLedger', format: state.format }));
  }
}
