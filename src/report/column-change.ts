import { type ColumnParts, parseColumn } from '../schema/objects/column/parts.ts';
import { displayDefault, displayType } from '../schema/objects/common/display.ts';
import { code, joined, type Words } from './words.ts';

/** How a column changes, in words: of its two texts in a snapshot. */
export function columnChange(was: string, is: string): Words {
  const [before, after] = [parseColumn(was), parseColumn(is)];
  const said = [
    becomes('type', displayType(before.type), displayType(after.type)),
    becomes('collation', before.collation, after.collation),
    nullability(before, after),
    becomes('default', defaultOf(before), defaultOf(after)),
    becomes('identity', before.identity, after.identity),
    becomes('expression', before.generated?.expression ?? null, after.generated?.expression ?? null),
  ].filter((words) => words.length > 0);
  return said.length > 0 ? joined(said, '; ') : [code(was), ' becomes ', code(is)];
}

const defaultOf = (parts: ColumnParts): string | null =>
  parts.default === null ? null : displayDefault(parts.default, parts.type);

function becomes(what: string, was: string | null, is: string | null): Words {
  if (was === is) return [];
  if (was === null) return [`gets the ${what} `, code(is ?? '')];
  if (is === null) return [`loses the ${what} `, code(was)];
  return [`${what} `, code(was), ' becomes ', code(is)];
}

function nullability(before: ColumnParts, after: ColumnParts): Words {
  if (before.isNotNull === after.isNotNull && before.odd === after.odd) return [];
  if (before.isNotNull !== after.isNotNull)
    return [after.isNotNull ? 'NULL is no longer allowed' : 'NULL is now allowed'];
  return becomes('NOT NULL', before.odd || 'valid and inherited', after.odd || 'valid and inherited');
}
