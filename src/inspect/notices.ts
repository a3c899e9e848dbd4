import { type LedgerName, ledgerTable } from '../ledger/index.ts';
import { identifier } from '../postgres/index.ts';
import { type Comparison, type Difference, hasDrift, kindOf } from '../schema/compare/index.ts';
import { traitsOf } from '../schema/kinds.ts';
import type { InspectContext } from './context.ts';
import type { OtherHands, Publication } from './inspection.ts';
import type { DatabaseState } from './state.ts';

/** Why the schema of a managed database was not held against the lock. */
export type Unchecked = 'noLock' | 'unknownVersion';

/** null where it was, or where SLIPWAY_ON_DRIFT=ignore says not to. */
export function unchecked(
  state: DatabaseState,
  { lock, config }: Pick<InspectContext, 'lock' | 'config'>,
): Unchecked | null {
  if (state.kind !== 'managed' || state.comparison !== null || config.onDrift === 'ignore') return null;
  return lock === null ? 'noLock' : 'unknownVersion';
}

/** Whether a difference is worth a word at each start: an extra object is not, unless it decides about rows. */
export function isNotable({ kind, object, severity }: Difference): boolean {
  const { is, isQuiet } = traitsOf(kindOf(object));
  return !isQuiet && (kind !== 'extra' || severity === 'drift' || is === 'setting');
}

/** How a publication came by the ledger, and what takes it out (PostgreSQL docs, ALTER PUBLICATION). */
const ways: Readonly<
  Record<
    Publication['by'],
    {
      readonly said: string;
      readonly remedy: (publication: string, table: string, ledger: LedgerName) => string;
    }
  >
> = {
  all: {
    said: ' (FOR ALL TABLES)',
    remedy: (publication) =>
      `Publish the schemas or tables that are meant: DROP PUBLICATION ${publication}; CREATE PUBLICATION ${publication} FOR TABLES IN SCHEMA ...;`,
  },
  schema: {
    said: ' (FOR TABLES IN SCHEMA)',
    remedy: (publication, _, { schema }) =>
      `ALTER PUBLICATION ${publication} DROP TABLES IN SCHEMA ${identifier(schema)};`,
  },
  table: {
    said: '',
    remedy: (publication, table) => `ALTER PUBLICATION ${publication} DROP TABLE ${table};`,
  },
};

/** Whether there is a table that the lock does not name; most databases have none, and then no more is loaded. */
const mayHaveTenants = (state: DatabaseState): boolean =>
  state.kind === 'managed'
    ? state.comparison?.differences.some(
        ({ kind, object }) => kind === 'extra' && object.startsWith('table '),
      ) === true
    : state.kind === 'empty' && state.found.length > 0;

/** What is said needs this, and no more. */
type NoticeContext = Pick<InspectContext, 'session' | 'ledger' | 'lock' | 'config' | 'log'>;

/** Says in the log what an inspection found that decides nothing; the same is said once a context. */
export class InspectionNotices {
  readonly #context: NoticeContext;
  #said = '';
  #isPublished = false;
  #isInOtherHands = false;
  #isTold = false;

  constructor(context: NoticeContext) {
    this.#context = context;
  }

  /** Says what differs and stands in no one's way, and what other tools left in a database that is not managed. */
  async on(state: DatabaseState, planned: { readonly kind: string }): Promise<void> {
    if (state.kind === 'unmanaged') await this.#evidence();
    await this.#tenants(state);
    if (state.kind === 'managed' && state.comparison && planned.kind !== 'refused') {
      await this.#differences(state.comparison);
    }
  }

  /** Says that the ledger is in a publication, with what takes it out of it. */
  published(publications: readonly Publication[]): void {
    if (publications.length === 0 || this.#isPublished) return;
    this.#isPublished = true;
    const { ledger, log } = this.#context;
    const table = ledgerTable(ledger);
    const named = publications.map(({ name, by }) => `"${name}"${ways[by].said}`).join(', ');
    log.warn(
      {
        event: 'published',
        publications,
        remedy: publications
          .map(({ name, by }) => ways[by].remedy(identifier(name), table, ledger))
          .join(' '),
      },
      `the ledger ${ledger.schema}.ledger is in the publication ${named}: on a subscriber it says that versions are there whose schema is not, and \`wait\` believes it`,
    );
  }

  /**
   * Says that the ledger's schema is in other hands: whoever owns a schema may drop what is in it, whoever owns that
   * (PostgreSQL docs, DROP TABLE).
   *
   * @param hands null where the schema is in trusted hands.
   */
  inOtherHands(hands: OtherHands | null): void {
    if (hands === null || this.#isInOtherHands) return;
    this.#isInOtherHands = true;
    const { ledger, log } = this.#context;
    const { owner, ledgerOwner } = hands;
    log.warn(
      {
        event: 'ledgerSchemaOwner',
        schema: ledger.schema,
        owner,
        remedy: `ALTER SCHEMA ${identifier(ledger.schema)} OWNER TO ${identifier(ledgerOwner)}; -- as a superuser; or let SLIPWAY_SCHEMA name another schema`,
      },
      `the schema ${ledger.schema} of the ledger belongs to "${owner}", who may drop the ledger and make another: that is neither this role, a role it is a member of, the database's owner nor a superuser`,
    );
  }

  /** Says once which schemas resemble a tenant's copy of what the lock names. */
  async #tenants(state: DatabaseState): Promise<void> {
    const { lock, log } = this.#context;
    if (this.#isTold || lock === null || !mayHaveTenants(state)) return;
    const { copiesOf, copyRemedy, describeCopy } = await import('./tenants.ts');
    for (const copy of copiesOf(state, lock)) {
      this.#isTold = true;
      log.warn({ event: 'tenants', ...copy, remedy: copyRemedy(copy) }, describeCopy(copy));
    }
  }

  async #evidence(): Promise<void> {
    const { session, config, lock, log } = this.#context;
    if (this.#said === 'evidence') return;
    this.#said = 'evidence';
    const { describeEvidence, findEvidence } = await import('./evidence.ts');
    const { knowsTable } = await import('./match.ts');
    for (const evidence of await findEvidence(session, config.role, knowsTable(lock))) {
      log[evidence.problems.length > 0 ? 'warn' : 'info'](
        { event: 'evidence', ...evidence },
        describeEvidence(evidence),
      );
    }
  }

  async #differences(comparison: Comparison): Promise<void> {
    const { log } = this.#context;
    const differences = comparison.differences.filter(isNotable);
    const { unverified } = comparison;
    if (differences.length === 0 && unverified.length === 0) return;
    const { describeDifferences } = await import('../schema/compare/text.ts');
    const detail = describeDifferences({ differences, unverified });
    const said = JSON.stringify(detail);
    if (said === this.#said) return;
    this.#said = said;
    if (differences.length === 0) {
      log.info({ event: 'unverified', unverified, detail }, 'not all of the schema can be verified here');
    } else if (hasDrift(comparison)) {
      log.warn({ event: 'drift', detail }, 'the schema has drifted; SLIPWAY_ON_DRIFT=warn lets it pass');
    } else {
      log.warn(
        { event: 'differences', detail },
        'the schema differs only in storage, comments or other non-functional properties',
      );
    }
  }
}
