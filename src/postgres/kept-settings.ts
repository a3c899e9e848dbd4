import { literal } from './quoting.ts';

/** Statements that keep what a transaction has set, and that put it back. */
export interface KeptSettings {
  readonly keep: string;
  readonly putBack: string;
}

/**
 * Keeps settings over statements that change them for the transaction, since a body may run in it afterwards.
 *
 * @param slot names where they are kept: a setting `slipway.SLOT` of the transaction.
 */
export function keepSettings(slot: string, names: readonly string[]): KeptSettings {
  const held = literal(`slipway.${slot}`);
  return {
    keep: `SELECT pg_catalog.set_config(${held}, pg_catalog.json_object_agg(s.name, pg_catalog.current_setting(s.name))::pg_catalog.text, true) FROM (VALUES ${names
      .map((name) => `(${literal(name)})`)
      .join(', ')}) AS s(name)`,
    putBack: `SELECT pg_catalog.set_config(s.key, s.value, true) FROM pg_catalog.json_each_text(pg_catalog.current_setting(${held})::pg_catalog.json) AS s`,
  };
}
