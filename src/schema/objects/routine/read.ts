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

/** The kind of a routine, by `pg_proc.prokind`, and a space. */
export const routineKind = `CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END`;
