import { literal } from '../../postgres/index.ts';
import { extensionTrigger } from './object.ts';

/** Functions, procedures and window functions, as the server prints them. */
export const routines = `
  SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.name, p.name, pg_get_functiondef(p.oid), NULL
    FROM proc p WHERE p.prokind IN ('f', 'p', 'w')`;

/** Aggregates, of which the server prints nothing by itself. */
export const aggregates = `
  SELECT 'aggregate', p.name, p.name, concat_ws(E'\\n',
      'returns ' || format_type(p.prorettype, NULL), 'kind ' || a.aggkind::text, 'parallel ' || p.proparallel::text,
      'direct arguments ' || a.aggnumdirectargs,
      'transition ' || a.aggtransfn::regprocedure::text, 'state ' || format_type(a.aggtranstype, NULL), 'space ' || a.aggtransspace,
      'initial ' || a.agginitval,
      CASE WHEN a.aggfinalfn <> 0 THEN 'final ' || a.aggfinalfn::regprocedure::text || ' ' || a.aggfinalextra || ' ' || a.aggfinalmodify::text END,
      CASE WHEN a.aggcombinefn <> 0 THEN 'combine ' || a.aggcombinefn::regprocedure::text END,
      CASE WHEN a.aggserialfn <> 0 THEN 'serialize ' || a.aggserialfn::regprocedure::text END,
      CASE WHEN a.aggdeserialfn <> 0 THEN 'deserialize ' || a.aggdeserialfn::regprocedure::text END,
      CASE WHEN a.aggmtransfn <> 0 THEN 'moving transition ' || a.aggmtransfn::regprocedure::text || ' ' || format_type(a.aggmtranstype, NULL) END,
      CASE WHEN a.aggminvtransfn <> 0 THEN 'moving inverse ' || a.aggminvtransfn::regprocedure::text END,
      CASE WHEN a.aggmfinalfn <> 0 THEN 'moving final ' || a.aggmfinalfn::regprocedure::text END,
      'moving initial ' || a.aggminitval,
      CASE WHEN a.aggsortop <> 0 THEN 'sort operator ' || a.aggsortop::regoperator::text END), NULL
    FROM proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE p.prokind = 'a'`;

const enabled = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' ENABLE REPLICA' WHEN 'A' THEN ' ENABLE ALWAYS' ELSE '' END`;

/** How a trigger is switched (`pg_trigger.tgenabled`), in the words of ALTER TABLE. */
export const triggerState = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN 'DISABLED' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLED' END`;

/**
 * Triggers of users, those that run an extension's member function told apart (`readObjects`); a partition's copies are
 * the parent's, and TimescaleDB's own are its own.
 */
export const triggers = `
  SELECT CASE WHEN EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = t.tgfoid) THEN ${literal(extensionTrigger)} ELSE 'trigger' END,
      r.name || '.' || quote_ident(t.tgname), r.name, pg_get_triggerdef(t.oid) || ${enabled('t.tgenabled')}, NULL
    FROM pg_trigger t JOIN rel r ON r.oid = t.tgrelid
   WHERE NOT t.tgisinternal AND t.tgparentid = 0
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_proc'::regclass AND m.objid = t.tgfoid
       AND t.tgname IN ('ts_insert_blocker', 'ts_cagg_invalidation_trigger'))`;

export const rules = `
  SELECT 'rule', r.name || '.' || quote_ident(w.rulename), r.name, pg_get_ruledef(w.oid) || ${enabled('w.ev_enabled')}, NULL
    FROM pg_rewrite w JOIN rel r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'`;

export const eventTriggers = `
  SELECT 'event trigger', quote_ident(e.evtname), NULL::text, 'on ' || e.evtevent
      || coalesce(' when tag in (' || (SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(e.evttags) x) || ')', '')
      || ' execute ' || e.evtfoid::regprocedure::text || ${enabled('e.evtenabled')}, NULL
    FROM pg_event_trigger e
   WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_event_trigger'::regclass AND m.objid = e.oid)`;

export const policies = `
  SELECT 'policy', r.name || '.' || quote_ident(p.polname), r.name, concat_ws(' ',
      CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
      'for ' || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
      'to ' || (SELECT string_agg(CASE x WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(x)) END, ', ' ORDER BY CASE x WHEN 0 THEN 'public' ELSE pg_get_userbyid(x)::text END COLLATE "C")
         FROM unnest(p.polroles) x),
      'using (' || CASE WHEN p.polqual IS NOT NULL THEN coalesce(pg_get_expr(p.polqual, p.polrelid), '???') END || ')',
      'with check (' || CASE WHEN p.polwithcheck IS NOT NULL THEN coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '???') END || ')'), NULL
    FROM pg_policy p JOIN rel r ON r.oid = p.polrelid`;
