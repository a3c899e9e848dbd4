import { Heartbeat } from '../core/index.ts';
import type { Inspection } from '../inspect/index.ts';
import type { CachedLedger } from '../ledger/index.ts';
import type { Session } from '../postgres/index.ts';
import type { KnownRelations } from './known-relations.ts';
import { PreparedStatements } from './prepared-statements.ts';

/**
 * What a run remembers from one step to the next, so that a step need not ask again. Steps read it, and tell it what
 * they found; each thing that can be told is a method.
 */
export class Memory {
  #ledger: CachedLedger | null = null;
  #planned: Inspection | null = null;
  #backendPid: number | null = null;
  #isOdd = false;
  #isRestless = false;
  #prepared: PreparedStatements | null = null;
  #heartbeat: Heartbeat | null = null;
  #earlier: KnownRelations | null = null;
  #ahead: { readonly session: Session; readonly inspection: Promise<Inspection> } | null = null;

  /** The ledger as the step before left it, which makes the next step right; null: it is to be read again. */
  get ledger(): CachedLedger | null {
    return this.#ledger;
  }

  /** The inspection that is planned from; null: there was none. */
  get planned(): Inspection | null {
    return this.#planned;
  }

  /** The server process that did the work; null: none did. */
  get backendPid(): number | null {
    return this.#backendPid;
  }

  /** Whether something of the database changes the ledger that is made, so that it is made with more care. */
  get isOdd(): boolean {
    return this.#isOdd;
  }

  /** Whether transactions of others may have ended since the last inspection: it was tried to do without a second one. */
  get isRestless(): boolean {
    return this.#isRestless;
  }

  /** What the session has prepared and need not plan again. */
  get prepared(): PreparedStatements {
    this.#prepared ??= new PreparedStatements();
    return this.#prepared;
  }

  /** `prepared`, where anything was ever to be prepared. */
  get preparedYet(): PreparedStatements | null {
    return this.#prepared;
  }

  /** When it is to be said again how far something is. */
  get heartbeat(): Heartbeat {
    this.#heartbeat ??= new Heartbeat();
    return this.#heartbeat;
  }

  /** The relations that were there before this run made any; null: nobody has asked. */
  get earlier(): KnownRelations | null {
    return this.#earlier;
  }

  /** These relations are there, and this run has made none yet. */
  foundEarlier(relations: KnownRelations): void {
    this.#earlier = relations;
  }

  /** An inspection was made, and the next plan comes from it. */
  plansFrom(inspection: Inspection): void {
    this.#planned = inspection;
    this.#ledger = null;
  }

  /** Under the lock the ledger was found as it is now, by the process that does the work. */
  inspected({ seen, backendPid }: Pick<Inspection, 'seen' | 'backendPid'>): void {
    this.#ledger = seen;
    this.#backendPid = backendPid;
  }

  /** A step begins on the word that nothing has happened since the inspection, which is taken once. */
  trustsThatNothingHappened(backendPid: number): void {
    this.inspected({ seen: null, backendPid });
    this.#isRestless = true;
  }

  /** A step has written to the ledger, which is like this now; null: that cannot be told. */
  wrote(ledger: CachedLedger | null): void {
    this.#ledger = ledger;
  }

  /** Somebody else may have written to the ledger, or it is not known what became of a step. */
  forgetsLedger(): void {
    this.#ledger = null;
  }

  /** The ledger that was made is another than was asked for. */
  madeOdd(): void {
    this.#isOdd = true;
  }

  /** The next inspection was begun with the end of the last step. */
  inspectsAhead(session: Session, inspection: Promise<Inspection>): void {
    // Whether it failed is seen by whoever takes it, if anybody does.
    inspection.catch(() => undefined);
    this.#ahead = { session, inspection };
  }

  /** The inspection that was begun in this session, at most once; null: none was. */
  takeAhead(session: Session): Promise<Inspection> | null {
    const ahead = this.#ahead;
    this.#ahead = null;
    return ahead?.session === session ? ahead.inspection : null;
  }

  /** The session is another one, or has lost what was prepared. */
  forgetsPrepared(): void {
    this.#prepared = null;
  }
}
