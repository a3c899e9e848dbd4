import { kindOf, nameOf, splitPart, splitSort } from '../catalog/index.ts';
import { kindsNamed, traitsOf } from '../kinds.ts';
import type { Alteration } from './alter/alteration.ts';
import { operatorName } from './alter/others.ts';
import { alterPartitionConstraint, alterPartitionIndex } from './alter/partition.ts';
import { alterPrivileges } from './alter/privileges.ts';
import { alterColumnOptions, alterIndexOptions, alterOptions } from './alter/storage.ts';
import { alterVerb } from './alter/table.ts';
import { dropDatabaseObject } from './create/database.ts';
import { dependOnExtension } from './create/others.ts';
import { changeDefaultPrivileges } from './create/privileges.ts';
import { mappingTarget } from './create/remote.ts';
import { transformTarget } from './create/server-code.ts';
import { isOfTimescale, isOwnIndex } from './create/timescale.ts';
import { createObject } from './create.ts';
import type { Described } from './schema-graph.ts';

const sqlOf = (alteration: Alteration): readonly string[] | null =>
  alteration.way === 'steps' ? alteration.steps.map(({ sql }) => sql) : null;

/**
 * The statements that take one object away, or set it back where it cannot be without.
 *
 * @returns null where there is no such statement; an empty list where it goes with something else.
 */
export function dropObject(object: string, described: Described): readonly string[] | null {
  const kind = kindOf(object);
  const name = nameOf(object);
  const text = described.snapshot.get(object)?.text ?? '';
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const verb = alterVerb(described.snapshot.get(`table ${parent}`)?.text);
  if (kind === 'view' && isOfTimescale(object, described)) return [`DROP MATERIALIZED VIEW ${name}`];
  if (traitsOf(kind).dropsByName) return [`DROP ${kind.toUpperCase()} ${name}`];
  switch (kind) {
    case 'table':
      return [`DROP ${text.includes('foreign table') ? 'FOREIGN TABLE' : 'TABLE'} ${name}`];
    case 'column':
      return [`${verb} ${parent} DROP COLUMN ${own}`];
    case 'constraint':
      return [`${verb} ${parent} DROP CONSTRAINT ${own}`];
    case 'index':
    case 'unique index':
      // An aggregate's index stands where its rows do; its own goes with it.
      if (isOfTimescale(`view ${parent}`, described))
        return isOwnIndex(name) ? [] : [`DROP INDEX _timescaledb_internal.${own}`];
      return [`DROP INDEX ${splitPart(parent)?.parent}.${own}`];
    case 'trigger':
    case 'rule':
    case 'policy':
      return [`DROP ${kind.toUpperCase()} ${own} ON ${parent}`];
    case 'aggregate':
      return [`DROP AGGREGATE ${name.replace(/\(\)$/, '(*)')}`];
    case 'type':
      return [`DROP ${text.startsWith('domain') ? 'DOMAIN' : 'TYPE'} ${name}`];
    case 'cast':
      return [`DROP CAST (${name.replace(/ as /, ' AS ')})`];
    case 'operator':
      return [`DROP OPERATOR ${operatorName(name)}`];
    case 'operator class': {
      const [, base = '', method = ''] = /^(.*) using (\S+)$/s.exec(name) ?? [];
      const family = / family ((?:"(?:[^"]|"")*"|[^."\s]+)\.(?:"(?:[^"]|"")*"|[^."\s]+))/.exec(text)?.[1];
      // A family of its own would stay behind.
      return [
        family === base
          ? `DROP OPERATOR FAMILY ${base} USING ${method}`
          : `DROP OPERATOR CLASS ${base} USING ${method}`,
      ];
    }
    case 'operator family':
      return [`DROP OPERATOR FAMILY ${name}`];
    case 'transform':
      return [`DROP TRANSFORM ${transformTarget(name)}`];
    case 'user mapping':
      return [`DROP USER MAPPING ${mappingTarget(name)}`];
    case 'without data':
      return [`REFRESH MATERIALIZED VIEW ${name}`];
    case 'extension dependency':
      return [dependOnExtension(name, 'NO DEPENDS')];
    case 'database':
      return dropDatabaseObject(name, text);
    case 'foreign server':
      return [`DROP SERVER ${name}`];
    case 'options':
      return sqlOf(
        alterOptions(
          described.snapshot.has(`materialized view ${name}`)
            ? 'ALTER MATERIALIZED VIEW'
            : alterVerb(described.snapshot.get(`table ${name}`)?.text),
          name,
          text,
          '',
        ),
      );
    case 'column options':
      return sqlOf(alterColumnOptions(verb, name, { before: text, after: '' }, described.major));
    case 'index options':
      return sqlOf(alterIndexOptions(`${splitPart(parent)?.parent}.${own}`, text, ''));
    case 'partition constraint':
      return sqlOf(alterPartitionConstraint(name, text, null));
    case 'partition index options':
      return sqlOf(alterPartitionIndex(name, text, null));
    case 'comment': {
      const [made] = createObject(object, described) ?? [];
      return made === undefined
        ? null
        : [`${made.slice(0, made.lastIndexOf(` IS ${literalOf(text, made)}`))} IS NULL`];
    }
    case 'privileges':
      return alterPrivileges(name, described.snapshot.get(object) ?? null, null, described.snapshot).map(
        ({ sql }) => sql,
      );
    case 'default privileges':
      return changeDefaultPrivileges(name, text, null, described);
    case 'partition key':
    case 'partition index':
    case 'partition trigger':
    case 'enforcement':
    case 'column order':
    case 'column origin':
    case 'extension version':
    case 'owner':
    case 'not null':
      return [];
    default:
      return null;
  }
}

/** The literal that a COMMENT statement ends with. */
const literalOf = (text: string, sql: string): string =>
  sql.endsWith(`'${text.replaceAll("'", "''")}'`) ? `'${text.replaceAll("'", "''")}'` : '';

/** What everybody may from the start, where no default privileges say otherwise. */
export function builtInRights(name: string): string {
  const [kind = ''] = kindsNamed(splitSort(name).sort);
  const { everybody } = traitsOf(kind);
  return everybody === undefined ? '' : `public: ${everybody}`;
}
