/** Engines that could not be scored, and why. */
export const unavailable: readonly { readonly name: string; readonly reason: string }[] = [
  {
    name: 'drizzle-kit 0.31.11 (npm)',
    reason:
      'the `schema.ts` that it pulls from the hard schema does not load, since it has types it does not know',
  },
  {
    name: '@ariga/atlas 1.3.3 (npm)',
    reason:
      'no program comes with it, its install script downloads one; Debian has Atlas as a Go library alone',
  },
  { name: 'pg-diff-cli 2.4.1 (npm)', reason: 'it runs pg-diff-api' },
  {
    name: '@toichubek/pg-ddl-extractor 1.0.7 (npm)',
    reason: 'a table that changed is left to the reader, whatever changed',
  },
  {
    name: 'migra (Python), stripe/pg-schema-diff, sqldef, pgschema, results',
    reason: 'neither npm nor Debian has them; @pgkit/migra is a port of the first',
  },
];
