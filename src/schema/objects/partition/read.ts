import { triggerState } from '../common/switches-sql.ts';
import { userOptions } from '../common/user-options.ts';
import { statisticsTargets } from '../index/read.ts';

/*
 * What a partition has from the table that it is part of is described by what differs; nothing that differs is no object.
 * It is called as the parent calls it.
 */

/** `r`: a partition that can have indexes; `p`: an index of its parent; `x`: its own that is attached there, null for none. */
const pairs = `rel r JOIN pg_inherits h ON r.relispartition AND r.relkind IN ('r', 'p') AND h.inhrelid = r.oid
    JOIN pg_index p ON p.indrelid = h.inhparent JOIN pg_class pc ON pc.oid = p.indexrelid
    LEFT JOIN (pg_inherits a JOIN pg_index x ON x.indexrelid = a.inhrelid JOIN pg_class xc ON xc.oid = x.indexrelid)
      ON a.inhparent = p.indexrelid AND x.indrelid = r.oid`;

/** An index or key of its parent that a partition lacks, or has as an index that is not valid. */
export const partitionIndexes = `
  SELECT CASE WHEN p.indisunique OR p.indisexclusion THEN 'partition key' ELSE 'partition index' END,
      r.name || '.' || quote_ident(pc.relname), r.name, CASE WHEN x.indexrelid IS NULL THEN 'not attached' ELSE 'INVALID' END, NULL
    FROM ${pairs}
   WHERE x.indexrelid IS NULL OR NOT (x.indisvalid AND x.indisready)`;

/**
 * The name that PostgreSQL gives to a partition's index where it makes one for its parent's (source: ChooseIndexName,
 * makeObjectName): the table, the columns, and what it is; shortened to 63 bytes, the longer of table and columns first.
 *
 * @param label what it ends with, an expression.
 */
const givenName = (
  label: string,
): string => `(SELECT left(r.relname, s.first) || coalesce('_' || left(n.columns, s.second), '') || '_' || ${label}
    FROM (SELECT 62 - octet_length(${label}) - (n.columns IS NOT NULL)::int AS room, octet_length(r.relname::text) AS own, coalesce(octet_length(n.columns), 0) AS listed) AS l
    CROSS JOIN LATERAL (SELECT least(l.own, greatest(l.room - l.listed, (l.room + 1) / 2)) AS first) AS f
    CROSS JOIN LATERAL (SELECT f.first, least(l.listed, l.room - f.first) AS second) AS s)`;

const tablespace = (index: string): string =>
  `coalesce((SELECT quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = ${index}.reltablespace), 'pg_default')`;

/**
 * The name, storage and statistics targets of a partition's index where they are not what PostgreSQL gives it with its
 * parent's: a number at the end of the name only tells it from another. `key` where it is that of a constraint which the
 * partition has by itself. OFFSET 0 keeps what is found out once from being planned wherever it is used.
 */
export const partitionIndexOptions = `
  SELECT 'partition index options', r.name || '.' || quote_ident(pc.relname), r.name,
      concat_ws('; ', coalesce(o.name, 'name ' || quote_ident(xc.relname)), NULLIF(o.storage, '')), NULL
    FROM ${pairs}
    CROSS JOIN LATERAL (SELECT string_agg(coalesce(t.attname, i.attname), '_' ORDER BY i.attnum) AS columns
      FROM pg_attribute i LEFT JOIN pg_attribute t ON t.attrelid = p.indrelid AND t.attnum = p.indkey[i.attnum - 1]
     WHERE i.attrelid = p.indexrelid AND NOT p.indisprimary) AS n
    CROSS JOIN LATERAL (SELECT CASE WHEN p.indisprimary THEN 'pkey' WHEN p.indisexclusion THEN 'excl'
      WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = p.indexrelid AND k.conrelid = p.indrelid AND k.contype = 'u') THEN 'key' ELSE 'idx' END AS label OFFSET 0) AS b
    CROSS JOIN LATERAL (SELECT ${givenName('b.label')} AS given OFFSET 0) AS g
    CROSS JOIN LATERAL (SELECT
      coalesce((SELECT 'key ' || quote_ident(k.conname) || ' instead of ' || quote_ident(g.given) FROM pg_constraint k
          WHERE k.conindid = x.indexrelid AND k.conrelid = r.oid AND k.contype IN ('p', 'u', 'x') AND k.conparentid = 0),
        CASE WHEN xc.relname <> g.given AND xc.relname <> ${givenName("(b.label || substring(xc.relname FROM '[0-9]*$'))")}
          THEN 'name ' || quote_ident(xc.relname) || ' instead of ' || quote_ident(g.given) END) AS name,
      concat_ws('; ',
      CASE WHEN xc.reloptions IS DISTINCT FROM pc.reloptions THEN (SELECT s.own || ' instead of ' || substr(s.above, 6) FROM (SELECT
        coalesce(${userOptions('xc.reloptions')}, 'with nothing') AS own, coalesce(${userOptions('pc.reloptions')}, 'with nothing') AS above) AS s WHERE s.own <> s.above) END,
      CASE WHEN xc.reltablespace <> pc.reltablespace THEN
        'tablespace ' || ${tablespace('xc')} || ' instead of ' || ${tablespace('pc')} END,
      CASE WHEN x.indexprs IS NOT NULL THEN ${statisticsTargets('xc.oid')} END) AS storage OFFSET 0) AS o
   WHERE x.indexrelid IS NOT NULL AND (o.name IS NOT NULL OR o.storage <> '')`;

/** Whether a constraint is enforced is told from 18 on; before, `conenforced` is that of `before_18`. */
const keptConstraints = `LATERAL (SELECT k.oid, k.conrelid, k.contype, k.conname, k.conparentid, k.convalidated, conenforced AS enforced
    FROM pg_constraint k WHERE k.contype IN ('f', 'c'))`;

/** A parent's foreign key or CHECK that its partition calls otherwise, has not validated, or enforces otherwise. */
export const partitionConstraints = `
  SELECT 'partition constraint', r.name || '.' || quote_ident(p.conname), r.name, o.text, NULL
    FROM (SELECT true AS conenforced) AS before_18
    CROSS JOIN rel r JOIN ${keptConstraints} AS c ON r.relispartition AND c.conrelid = r.oid
    JOIN pg_inherits h ON h.inhrelid = r.oid
    JOIN ${keptConstraints} AS p ON p.conrelid = h.inhparent
      AND CASE c.contype WHEN 'f' THEN p.oid = c.conparentid ELSE p.contype = 'c' AND p.conname = c.conname END
    CROSS JOIN LATERAL (SELECT concat_ws(' ',
      CASE WHEN c.conname <> p.conname THEN 'named ' || quote_ident(c.conname) END,
      CASE WHEN c.enforced <> p.enforced THEN CASE WHEN c.enforced THEN 'ENFORCED' ELSE 'NOT ENFORCED' END
        WHEN p.convalidated AND NOT c.convalidated THEN 'NOT VALID' END) AS text) AS o
   WHERE o.text <> ''`;

/**
 * A partition's copy of its parent's trigger that is switched otherwise. Until 14 a copy keeps its name where the
 * parent's is renamed.
 */
export const partitionTriggers = `
  SELECT 'partition trigger', r.name || '.' || quote_ident(p.tgname), r.name, ${triggerState('t.tgenabled')},
      CASE WHEN t.tgname <> p.tgname THEN jsonb_build_object('name, PostgreSQL 14', quote_ident(t.tgname)) END
    FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid JOIN pg_trigger p ON p.oid = t.tgparentid
   WHERE t.tgenabled <> p.tgenabled AND (t.tgconstraint = 0 OR EXISTS (SELECT FROM pg_constraint c WHERE c.oid = t.tgconstraint AND c.contype = 't'))`;
