import type { Repeated } from '../ledger/index.ts';
import type { Version } from '../migrations/index.ts';
import type { Plan, Step } from '../plan/index.ts';
/** What became of one planned step. `elsewhere`: another run did it meanwhile. */
export interface StepOutcome {
  readonly version: Version;
  readonly name: string;
  readonly kind: 'baseline' | 'migration';
  readonly file: string;
  /** Whether it runs in a transaction, and so leaves nothing when it fails; of a repeated file, whether each batch does. */
  readonly transaction: boolean;
  readonly status: 'applied' | 'elsewhere' | 'failed' | 'notExecuted';
  /** Milliseconds; null for what did not run here. */
  readonly ms: number | null;
  /** Of a file that is repeated and that this run has begun: how far it is, batches of other runs included. */
  readonly repeated?: Repeated;
}

/** Keeps account of a run: every step is listed from the start, as not executed. */
export class Tally {
  readonly #steps = new Map<Version, StepOutcome>();
  #from: Version | null | undefined;

  /** Takes in a plan, the first or a later one of the same run. */
  plan(plan: Plan): void {
    const pending = plan.kind === 'run' || plan.kind === 'adopt' ? plan.steps : [];
    if (plan.kind === 'run') this.#from = this.#from === undefined ? plan.from : this.#from;
    const versions = new Set(pending.map(({ migration }) => migration.version));
    for (const [version, step] of this.#steps) {
      if (step.status === 'notExecuted' && plan.kind !== 'refused' && !versions.has(version)) {
        this.#steps.set(version, { ...step, status: 'elsewhere' });
      }
    }
    for (const { migration } of pending) {
      const { version, name, kind, source, directives } = migration;
      if (!this.#steps.has(version)) {
        this.#steps.set(version, {
          version,
          name,
          kind,
          file: source.path,
          transaction: !directives.noTransaction,
          status: 'notExecuted',
          ms: null,
        });
      }
    }
    const [first] = pending;
    if (first && plan.kind === 'run' && plan.repeated) this.repeated(first, plan.repeated);
  }

  applied(step: Step, ms: number): void {
    this.#set(step, 'applied', ms);
  }

  failed(step: Step): void {
    this.#set(step, 'failed', null);
  }

  /** A batch of a file that is repeated was committed. */
  repeated({ migration: { version } }: Step, repeated: Repeated): void {
    const step = this.#steps.get(version);
    if (step) this.#steps.set(version, { ...step, repeated });
  }

  /** How far a step that is repeated is, as far as this run knows. */
  repeatedOf({ migration: { version } }: Step): Repeated {
    return this.#steps.get(version)?.repeated ?? { batches: 0, rows: 0 };
  }

  #set({ migration: { version } }: Step, status: StepOutcome['status'], ms: number | null): void {
    const step = this.#steps.get(version);
    if (step) this.#steps.set(version, { ...step, status, ms });
  }

  get steps(): readonly StepOutcome[] {
    return [...this.#steps.values()];
  }

  /** The version that the database had when the run began; undefined where nothing was planned. */
  get from(): Version | null | undefined {
    return this.#from;
  }

  count(status: StepOutcome['status']): number {
    return this.steps.filter((step) => step.status === status).length;
  }

  /** `2 of 4: 20251204093000_add_fee_tier`: where a step stands in the whole run. */
  title({ migration: { version, name } }: Step): string {
    const all = [...this.#steps.keys()];
    return `${all.indexOf(version) + 1} of ${all.length}: ${version}_${name}`;
  }
}
