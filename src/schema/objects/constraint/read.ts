import { triggerState } from '../common/switches-sql.ts';
import { invalidIndexes } from '../index/read.ts';

/**
 * Constraints of tables; a partition's copies of its parent's are the parent's. One whose index is invalid keeps no row
 * out of the partitions that lack theirs (PostgreSQL docs, ALTER TABLE ONLY ... ADD CONSTRAINT on a partitioned table).
 */
export const constraints = `
  SELECT 'constraint', r.name || '.' || quote_ident(c.conname), r.name, pg_get_constraintdef(c.oid)
      || CASE WHEN c.contype IN ('p', 'u', 'x') AND c.conindid = ANY (ARRAY(${invalidIndexes})) THEN ' INVALID' ELSE '' END, NULL
    FROM pg_constraint c JOIN rel r ON r.oid = c.conrelid
   WHERE c.contype IN ('p', 'u', 'f', 'c', 'x') AND c.conparentid = 0 AND (c.conislocal OR c.coninhcount = 0)`;

/**
 * Whether the server's own triggers keep a constraint: those of foreign keys, on both tables, and of deferrable keys. It
 * is said of each table where one of them is switched otherwise than it was made; a partitioned table holds no rows, so
 * that its own never fire. A foreign key to a partitioned table has a constraint of its own for each partition there:
 * those are called by the one that they come from.
 */
export const enforcement = `
  SELECT 'enforcement', r.name || '.' || quote_ident(CASE WHEN c.conrelid = r.oid THEN c.conname
        ELSE quote_ident(c.conname) || ' of ' || c.conrelid::regclass::text END), r.name,
      CASE WHEN min(t.tgenabled) = max(t.tgenabled) THEN min(${triggerState('t.tgenabled')})
        ELSE string_agg(t.tgfoid::regproc::text || ' ' || ${triggerState('t.tgenabled')}, ', ' ORDER BY t.tgfoid::regproc::text COLLATE "C") END, NULL
    FROM (SELECT i.*, (WITH RECURSIVE above AS (
            SELECT k.oid, k.conrelid, k.conparentid, 0 AS height FROM pg_constraint k WHERE k.oid = i.tgconstraint
            UNION ALL SELECT k.oid, k.conrelid, k.conparentid, a.height + 1 FROM above a JOIN pg_constraint k ON k.oid = a.conparentid AND k.conrelid = a.conrelid)
          SELECT a.oid FROM above a ORDER BY a.height DESC LIMIT 1) AS origin
        FROM pg_trigger i
       WHERE i.tgisinternal AND i.tgconstraint <> 0
         AND i.tgrelid = ANY (ARRAY(SELECT s.tgrelid FROM pg_trigger s WHERE s.tgisinternal AND s.tgconstraint <> 0 AND s.tgenabled <> 'O'))) AS t
    JOIN rel r ON r.oid = t.tgrelid JOIN pg_constraint c ON c.oid = t.origin
   WHERE r.relkind <> 'p' AND c.contype <> 't'
   GROUP BY r.oid, r.name, c.oid, c.conrelid, c.conname
  HAVING bool_or(t.tgenabled <> 'O')`;
