/**
 * Sequences, with the column that owns them; where they stand is data. An owned one is
 * made as its table is from 15 on, and is told where it is otherwise; before, none is unlogged (PostgreSQL release notes, 15).
 */
export const sequences = `
  SELECT 'sequence', r.name, coalesce(o.owner_table, r.name), concat_ws(' ',
      CASE WHEN o.owner_table IS NULL OR current_setting('server_version_num')::int >= 150000 AND r.relpersistence <> o.owner_persistence
        THEN CASE WHEN r.relpersistence = 'u' THEN 'unlogged' ELSE CASE WHEN o.owner_table IS NOT NULL THEN 'logged' END END END,
      'as ' || format_type(q.seqtypid, NULL), 'start ' || q.seqstart, 'increment ' || q.seqincrement,
      'minvalue ' || q.seqmin, 'maxvalue ' || q.seqmax, 'cache ' || q.seqcache,
      CASE WHEN q.seqcycle THEN 'cycle' END, 'owned by ' || o.owner_table || '.' || o.owner_column), NULL
    FROM rel r JOIN pg_sequence q ON q.seqrelid = r.oid
    LEFT JOIN LATERAL (SELECT d.refobjid::regclass::text AS owner_table, quote_ident(a.attname) AS owner_column, c.relpersistence AS owner_persistence
        FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
       WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       LIMIT 1) AS o ON true`;
