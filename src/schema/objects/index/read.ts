import { hasUserOptions, userOptions } from '../common/user-options.ts';

/**
 * The columns of plain indexes, as `pg_get_indexdef` lists them. That function opens the table and searches the default
 * operator class of each column, which takes most of the time of a whole snapshot. Plain is a B-tree without expression,
 * condition and included columns, in which each column has the order, the collation and the operator class that it has
 * when none is named: the built-in one that is the default for just that type (PostgreSQL source, GetDefaultOpClass),
 * and text's for varchar. `indnullsnotdistinct` exists from 15 on; 14 finds `before_15` instead.
 */
const plainIndexes = `
  SELECT k.indexrelid, string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) AS columns
    FROM (SELECT false AS indnullsnotdistinct) AS before_15
    CROSS JOIN rel r CROSS JOIN LATERAL (SELECT i.indexrelid, i.indrelid, generate_subscripts(i.indkey, 1) AS place, unnest(i.indkey::int2[]) AS attnum,
        unnest(i.indclass::oid[]) AS opclass, unnest(i.indcollation::oid[]) AS collation, unnest(i.indoption::int2[]) AS ordering
      FROM pg_index i
     WHERE i.indrelid = r.oid
       AND i.indexprs IS NULL AND i.indpred IS NULL AND i.indnatts = i.indnkeyatts AND NOT indnullsnotdistinct) AS k
    CROSS JOIN LATERAL (SELECT * FROM pg_attribute a WHERE a.attrelid = k.indrelid AND a.attnum = k.attnum OFFSET 0) AS a
    LEFT JOIN (SELECT o.oid, o.opcintype FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
        WHERE m.amname = 'btree' AND o.opcdefault AND o.oid < 16384) AS o ON o.oid = k.opclass
   GROUP BY k.indexrelid
  HAVING bool_and(k.ordering = 0 AND k.collation = a.attcollation
    AND coalesce(o.opcintype = a.atttypid OR o.opcintype = 'text'::regtype AND a.atttypid = 'varchar'::regtype, false))`;

/** The numbers of indexes that answer nothing, or that rows do not get into. */
export const invalidIndexes = 'SELECT v.indexrelid FROM pg_index v WHERE NOT (v.indisvalid AND v.indisready)';

/**
 * Indexes that no constraint brings, found by their relations one by one: where nobody has analyzed a schema that was
 * just made, the planner would hold each index against each relation. Those of partitions that hang on their parent's
 * are the parent's.
 */
export const indexes = `
  SELECT CASE WHEN i.indisunique THEN 'unique index' ELSE 'index' END, r.name || '.' || quote_ident(c.relname), r.name,
      CASE WHEN p.columns IS NOT NULL AND c.relkind = 'i' AND NOT (${hasUserOptions('c.reloptions')})
        THEN concat('CREATE ', CASE WHEN i.indisunique THEN 'UNIQUE ' END, 'INDEX ', quote_ident(c.relname), ' ON ', r.name, ' USING btree (', p.columns, ')')
        ELSE pg_get_indexdef(i.indexrelid) END || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' INVALID' END, NULL
    FROM rel r CROSS JOIN LATERAL (SELECT * FROM pg_index x WHERE x.indrelid = r.oid OFFSET 0) AS i JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN (${plainIndexes}) AS p ON p.indexrelid = i.indexrelid
   WHERE NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x'))`;

/** The statistics targets of an index's expressions: `statistics 1 300`; null where none is set. */
export const statisticsTargets = (index: string): string =>
  `(SELECT 'statistics ' || string_agg(a.attnum || ' ' || a.attstattarget, ', ' ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = ${index} AND a.attstattarget >= 0)`;

/** Storage of indexes, and statistics targets, which only an expression has. Those few are found before all else. */
export const indexOptions = `
  SELECT 'index options', r.name || '.' || quote_ident(c.relname), r.name, o.text, NULL
    FROM (SELECT c.oid, c.relname, c.reloptions, c.reltablespace, i.indrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE NOT c.relispartition AND (c.reloptions IS NOT NULL OR c.reltablespace <> 0 OR i.indexprs IS NOT NULL) OFFSET 0) AS c
    JOIN rel r ON r.oid = c.indrelid
    CROSS JOIN LATERAL (SELECT concat_ws('; ',
      CASE WHEN c.reloptions IS NOT NULL AND EXISTS (
        SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) THEN ${userOptions('c.reloptions')} END,
      (SELECT 'tablespace ' || quote_ident(t.spcname) FROM pg_tablespace t WHERE t.oid = c.reltablespace),
      ${statisticsTargets('c.oid')}) AS text) AS o
   WHERE o.text <> ''`;

/** The constraint that an index is of, or the index itself, as the snapshot has it. */
export const indexKey = `coalesce((SELECT 'constraint ' || t.name || '.' || quote_ident(k.conname) FROM pg_constraint k
    WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')),
  CASE WHEN i.indisunique THEN 'unique index ' ELSE 'index ' END || t.name || '.' || quote_ident(c.relname))`;
