import { splitPart } from '../catalog/index.ts';
import type { AlterContext } from '../objects/common/alteration.ts';
import { ownerOf } from '../objects/sequence/create.ts';
import type { Change } from './changes/change.ts';

const giving = /^ALTER SEQUENCE (.*) OWNED BY (?!NONE$)(.*)$/s;

/**
 * Changes, each that gives a sequence to a column with what it needs before it: the sequence has the same owner as the
 * table (PostgreSQL docs, ALTER SEQUENCE; else SQLSTATE 55000), and only one that no column owns gets another (0A000).
 *
 * @param isMade whether an object is made anew, and belongs to the role that runs the changes.
 */
export function withSameOwner(
  changes: readonly Change[],
  { before, after }: AlterContext,
  isMade: (object: string) => boolean,
): readonly Change[] {
  return changes.flatMap((change): Change[] => {
    const [, sequence, column = ''] = (change.kind === 'statement' && giving.exec(change.sql)) || [];
    if (sequence === undefined) return [change];
    const table = splitPart(column)?.parent ?? '';
    const isNew = !before.snapshot.has(`sequence ${sequence}`) || isMade(`sequence ${sequence}`);
    const wanted = isMade(`table ${table}`)
      ? before.role
      : (after.snapshot.get(`owner relation ${table}`)?.text ??
        before.snapshot.get(`owner relation ${table}`)?.text);
    const has = isNew ? before.role : before.snapshot.get(`owner relation ${sequence}`)?.text;
    if (wanted === undefined || has === undefined || wanted === has) return [change];
    const owner = isNew ? null : ownerOf(before.snapshot.get(`sequence ${sequence}`)?.text ?? '');
    const told = (sql: string): Change => ({ ...change, kind: 'statement', sql, warnings: [] });
    return [
      ...(owner === null ? [] : [told(`ALTER SEQUENCE ${sequence} OWNED BY NONE`)]),
      told(`ALTER SEQUENCE ${sequence} OWNER TO ${wanted}`),
      change,
    ];
  });
}
