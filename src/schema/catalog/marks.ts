/** A materialized view that holds no rows and refuses to be read, until it is refreshed. */
export const unpopulated = `
  SELECT 'without data', r.name, r.name, 'not populated', NULL::jsonb FROM rel r WHERE r.relkind = 'm' AND NOT r.relispopulated`;

/** What goes when an extension goes, though it is none of its members (ALTER ... DEPENDS ON EXTENSION). */
export const extensionDependencies = `
  SELECT 'extension dependency', i.type || ' ' || i.identity || ' on ' || quote_ident(e.extname), NULL::text, 'dropped with the extension', NULL::jsonb
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) AS i
   WHERE d.deptype = 'x' AND d.refclassid = 'pg_extension'::regclass AND (i.schema IS NULL OR i.schema IN (SELECT s.name FROM space s))`;
