import { MigrationError, Umzug } from 'umzug';
import type { Step } from '../plan/index.ts';
import type { StepResult } from './run.ts';

/**
 * Runs the planned steps in order, by name, through umzug. Each step's closure does all from BEGIN to COMMIT, ledger
 * row included; umzug's own storage is therefore empty.
 *
 * @returns `done` when every step is done, else why the first that was not has to wait.
 * @throws what a step throws.
 */
export async function execute(
  steps: readonly Step[],
  runStep: (step: Step) => Promise<StepResult>,
): Promise<StepResult['kind']> {
  const umzug = new Umzug({
    migrations: steps.map((step) => ({
      name: step.migration.version,
      up: async () => {
        const result = await runStep(step);
        if (result.kind !== 'done') throw new NotDone(result.kind);
      },
    })),
    storage: {
      executed: async () => [],
      logMigration: async () => undefined,
      unlogMigration: async () => undefined,
    },
    logger: undefined,
  });
  try {
    await umzug.up({ migrations: steps.map(({ migration }) => migration.version) });
    return 'done';
  } catch (error) {
    const cause = error instanceof MigrationError ? error.cause : error;
    if (cause instanceof NotDone) return cause.kind;
    throw cause;
  }
}

/** Ends umzug's run where a step is not to be done now. */
class NotDone extends Error {
  readonly kind: Exclude<StepResult['kind'], 'done'>;

  constructor(kind: NotDone['kind']) {
    super(kind);
    this.kind = kind;
  }
}
