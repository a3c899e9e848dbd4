import { SlipwayError } from '../core/index.ts';
import { placeAt } from './place.ts';
import type { SqlScript } from './script.ts';
import type { Statement } from './statement.ts';
import { createdRelation } from './statements.ts';
import { foldName, type QualifiedName } from './words.ts';

/**
 * What a dump holds that belongs to a program and not to the schema, and that would be refused or wrong when it is made
 * anew: Slipway's own ledger, and what TimescaleDB keeps of its tables.
 *
 * @param ledgerSchema SLIPWAY_SCHEMA.
 * @returns the problem (65) with its place, or null.
 */
export function dumpedByMistake(script: SqlScript, ledgerSchema: string): SlipwayError | null {
  const problem = (statement: Statement, message: string, remedy: string): SlipwayError =>
    new SlipwayError({
      exit: 'migration',
      place: placeAt(script.source, statement.start),
      message,
      remedy,
    });
  for (const statement of script.statements) {
    const made = madeBy(script, statement);
    if (made === null) continue;
    if (made.name === 'ledger' && (made.schema === ledgerSchema || statement.words[0] === 'COMMENT')) {
      return problem(
        statement,
        `the file holds Slipway's own ledger, ${made.schema}.ledger`,
        `Each database has its own: dump again with --exclude-schema=${made.schema} (--exclude-table='${made.schema}.ledger' where the schema holds more), or remove what makes and fills it.`,
      );
    }
    if (made.schema?.startsWith('_timescaledb_')) {
      return problem(
        statement,
        `the file is the dump of a TimescaleDB database: ${made.schema}.${made.name} belongs to the extension`,
        'pg_dump writes hypertables as plain tables with their chunks, which loads without an error and is wrong. Let Slipway write the schema with create_hypertable, settings and policies: slipway new init --from URL, the URL of that database, in a project without a baseline. For rows add pg_dump --data-only --table=NAME of plain tables.',
      );
    }
  }
  return null;
}

/** The relation that a statement makes or fills, or whose function a trigger is to call; null for all else. */
function madeBy({ source }: SqlScript, statement: Statement): QualifiedName | null {
  const { start, end, words } = statement;
  const nameAt = (at: number): QualifiedName | null =>
    words[at + 1] === '.' ? { schema: foldName(words[at] ?? ''), name: foldName(words[at + 2] ?? '') } : null;
  switch (words[0]) {
    case 'CREATE': {
      const call = words[1] === 'TRIGGER' ? words.indexOf('FUNCTION') : -1;
      return call > 0 ? nameAt(call + 1) : createdRelation(statement);
    }
    case 'COPY':
      return nameAt(1);
    case 'INSERT':
      return nameAt(2);
    case 'COMMENT':
      return source.text.slice(start, end).endsWith(`Kept by Slipway.'`) ? nameAt(3) : null;
    default:
      return null;
  }
}
