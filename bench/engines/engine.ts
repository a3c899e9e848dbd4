/** A database as an engine is shown it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly url: string;
}

/** SQL that an engine wants run as one; in a transaction unless it says otherwise. */
export interface Unit {
  readonly sql: string;
  readonly isTransactional: boolean;
}

/** What an engine writes to turn one schema into another. */
export interface Written {
  readonly units: readonly Unit[];
  /** What it says that it could not write for this change. */
  readonly left: readonly string[];
}

/** What each file of adapters/ exports: an engine, asked as its documentation says, with everything switched on. */
export interface Adapter {
  /** @throws where the engine fails. */
  write(before: Place, after: Place): Promise<Written>;
}

/** An engine, where it comes from, and how it is asked. */
export interface Engine {
  readonly name: string;
  readonly version: string;
  /** The file in adapters/. */
  readonly adapter: string;
  /** The major of the server that it is scored on. */
  readonly major: number;
  /** SQL that takes from the schema what it fails on whatever the change; the changes of that are failures of its. */
  readonly without?: string;
  /** What must be known to read its score. */
  readonly note?: string;
}
