import { literal } from '../../postgres/index.ts';
import { asLiteral, foreignOptions } from './foreign-options.ts';
import { isUsers, notMember } from './scoped.ts';

/** The schema `public` is there from the start and is left out, as pg_dump leaves it out. */
export const schemas = `
  SELECT 'schema', s.name, NULL::text, 'schema', NULL FROM space s WHERE s.nspname <> 'public' AND NOT s.is_member`;

export const extensions = `
  SELECT 'extension', quote_ident(e.extname), NULL::text, 'in ' || quote_ident(n.nspname), NULL
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'`;

export const extensionVersions = `
  SELECT 'extension version', quote_ident(e.extname), NULL::text, e.extversion, NULL FROM pg_extension e WHERE e.extname <> 'plpgsql'`;

/** Tables with their columns and rows, and whole schemas: what publications have from 15 on. */
const publishedSince15 = `
  SELECT encode(convert_to(json_object_agg(pubname, members)::text, 'UTF8'), 'hex') AS content FROM (
    SELECT p.pubname, concat_ws('; ',
        (SELECT 'tables ' || string_agg(line, ', ' ORDER BY line COLLATE "C") FROM (
           SELECT t.prrelid::regclass::text
               || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                    WHERE a.attrelid = t.prrelid AND a.attnum = ANY (t.prattrs)) || ')', '')
               || coalesce(' where ' || pg_get_expr(t.prqual, t.prrelid), '') AS line
             FROM pg_publication_rel t WHERE t.prpubid = p.oid) AS lines),
        (SELECT 'schemas ' || string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname)
           FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid WHERE s.pnpubid = p.oid)) AS members
      FROM pg_publication p) AS q`;

/** The members are read by a query in a text, since 14 lacks some of the catalogs. */
export const publications = `
  SELECT 'publication', quote_ident(p.pubname), NULL::text, concat_ws('; ',
      concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
      CASE WHEN p.puballtables THEN 'all tables' END, CASE WHEN p.pubviaroot THEN 'via root' END,
      CASE to_jsonb(p)->>'pubgencols' WHEN 's' THEN 'generated columns' END,
      CASE WHEN to_regclass('pg_publication_namespace') IS NULL
        THEN (SELECT 'tables ' || string_agg(t.prrelid::regclass::text, ', ' ORDER BY t.prrelid::regclass::text COLLATE "C") FROM pg_publication_rel t WHERE t.prpubid = p.oid)
        ELSE nullif(convert_from(decode(substring(query_to_xml(${literal(publishedSince15)}, true, false, '')::text FROM '<content>([0-9a-f]*)</content>'), 'hex'), 'UTF8')::json->>p.pubname::text, '') END), NULL
    FROM pg_publication p
   WHERE ${notMember('pg_publication', 'p')}`;

export const casts = `
  SELECT 'cast', format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL), NULL::text, concat_ws(' ',
      CASE c.castmethod WHEN 'f' THEN 'by ' || c.castfunc::regprocedure::text WHEN 'i' THEN 'by inout' ELSE 'binary' END,
      CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END), NULL
    FROM pg_cast c WHERE ${isUsers('c')} AND ${notMember('pg_cast', 'c')}`;

export const operators = `
  SELECT 'operator', o.oid::regoperator::text, NULL::text, concat_ws(' ', 'returns', format_type(o.oprresult, NULL), 'by', o.oprcode::regproc::text,
      CASE WHEN o.oprcom <> 0 THEN 'commutator ' || o.oprcom::regoperator::text END, CASE WHEN o.oprnegate <> 0 THEN 'negator ' || o.oprnegate::regoperator::text END,
      CASE WHEN o.oprrest <> 0 THEN 'restrict ' || o.oprrest::regproc::text END, CASE WHEN o.oprjoin <> 0 THEN 'join ' || o.oprjoin::regproc::text END,
      CASE WHEN o.oprcanhash THEN 'hashes' END, CASE WHEN o.oprcanmerge THEN 'merges' END), NULL
    FROM pg_operator o JOIN space s ON s.oid = o.oprnamespace WHERE ${notMember('pg_operator', 'o')}`;

/** A family that was made with the class of its name, and stands for nothing by itself. */
export const isOfClass = (family: string): string =>
  `EXISTS (SELECT FROM pg_opclass k WHERE k.opcfamily = ${family}.oid AND k.opcname = ${family}.opfname AND k.opcnamespace = ${family}.opfnamespace)`;

/** What belongs to a class and not to its family (PostgreSQL source, storeOperators). */
const belongsToClass = (catalog: string, own: string, of: string): string =>
  `EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${own}.oid AND d.refclassid = 'pg_opclass'::regclass${of})`;

/** The members of a family that count, in words. */
const members = (
  family: string,
  hasTypes: string,
  counts: (catalog: string, own: string) => string,
): string => `(SELECT string_agg('operator ' || m.amopstrategy || ' ' || m.amopopr::regoperator::text
          || CASE m.amoppurpose WHEN 'o' THEN (SELECT ' for order by ' || quote_ident(n.nspname) || '.' || quote_ident(o.opfname) FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace WHERE o.oid = m.amopsortfamily) ELSE '' END,
          ', ' ORDER BY m.amopstrategy, m.amopopr::regoperator::text COLLATE "C") FROM pg_amop m WHERE m.amopfamily = ${family} AND ${counts('pg_amop', 'm')}),
      (SELECT string_agg('function ' || m.amprocnum || CASE WHEN ${hasTypes} THEN ' (' || format_type(m.amproclefttype, NULL) || ', ' || format_type(m.amprocrighttype, NULL) || ')' ELSE '' END || ' ' || m.amproc::oid::regprocedure::text, ', '
          ORDER BY m.amprocnum, m.amproc::oid::regprocedure::text COLLATE "C") FROM pg_amproc m WHERE m.amprocfamily = ${family} AND ${counts('pg_amproc', 'm')})`;

/** Operator classes, each with its own members, and with those of the family that was made with it. */
export const operatorClasses = `
  SELECT 'operator class', s.name || '.' || quote_ident(c.opcname) || ' using ' || a.amname, NULL::text, concat_ws(' ',
      CASE WHEN c.opcdefault THEN 'default' END, 'for type', format_type(c.opcintype, NULL),
      'family ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname),
      CASE WHEN c.opckeytype <> 0 THEN 'storage ' || format_type(c.opckeytype, NULL) END,
      ${members(
        'c.opcfamily',
        'm.amproclefttype <> m.amprocrighttype',
        (catalog, own) =>
          `(${belongsToClass(catalog, own, ' AND d.refobjid = c.oid')} OR c.opcname = f.opfname AND c.opcnamespace = f.opfnamespace AND NOT ${belongsToClass(catalog, own, '')})`,
      )}), NULL
    FROM pg_opclass c JOIN space s ON s.oid = c.opcnamespace JOIN pg_am a ON a.oid = c.opcmethod JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_namespace n ON n.oid = f.opfnamespace
   WHERE ${notMember('pg_opclass', 'c')}`;

/** Operator families that no class of their name brought, with what was added to them. */
export const operatorFamilies = `
  SELECT 'operator family', s.name || '.' || quote_ident(f.opfname) || ' using ' || a.amname, NULL::text, concat_ws(' ', 'family',
      ${members('f.oid', 'true', (catalog, own) => `NOT ${belongsToClass(catalog, own, '')}`)}), NULL
    FROM pg_opfamily f JOIN space s ON s.oid = f.opfnamespace JOIN pg_am a ON a.oid = f.opfmethod
   WHERE NOT ${isOfClass('f')} AND ${notMember('pg_opfamily', 'f')}`;

export const collations = `
  SELECT 'collation', s.name || '.' || quote_ident(c.collname), NULL::text, concat_ws(' ',
      CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin' ELSE 'default' END,
      coalesce(to_jsonb(c)->>'colllocale', to_jsonb(c)->>'colliculocale', to_jsonb(c)->>'collcollate'),
      CASE WHEN to_jsonb(c)->>'collctype' IS DISTINCT FROM to_jsonb(c)->>'collcollate' THEN 'ctype ' || (to_jsonb(c)->>'collctype') END,
      'rules ' || ${asLiteral("to_jsonb(c)->>'collicurules'")}, CASE WHEN NOT c.collisdeterministic THEN 'nondeterministic' END), NULL
    FROM pg_collation c JOIN space s ON s.oid = c.collnamespace WHERE ${notMember('pg_collation', 'c')}`;

export const textSearch = `
  SELECT 'text search configuration', s.name || '.' || quote_ident(c.cfgname), NULL::text, 'parser ' || p.prsname || coalesce('; ' ||
      (SELECT string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary::text, ', ' ORDER BY m.maptokentype, m.mapseqno) FROM pg_ts_config_map m WHERE m.mapcfg = c.oid), ''), NULL
    FROM pg_ts_config c JOIN space s ON s.oid = c.cfgnamespace JOIN pg_ts_parser p ON p.oid = c.cfgparser WHERE ${notMember('pg_ts_config', 'c')}
  UNION ALL
  SELECT 'text search dictionary', s.name || '.' || quote_ident(d.dictname), NULL::text, 'template ' || t.tmplname || coalesce(' ' || d.dictinitoption, ''), NULL
    FROM pg_ts_dict d JOIN space s ON s.oid = d.dictnamespace JOIN pg_ts_template t ON t.oid = d.dicttemplate WHERE ${notMember('pg_ts_dict', 'd')}`;

export const foreignServers = `
  SELECT 'foreign data wrapper', quote_ident(w.fdwname), NULL::text, concat_ws(' ', CASE WHEN w.fdwhandler <> 0 THEN 'handler ' || w.fdwhandler::regproc::text END,
      CASE WHEN w.fdwvalidator <> 0 THEN 'validator ' || w.fdwvalidator::regproc::text END, ${foreignOptions('w.fdwoptions')}), NULL
    FROM pg_foreign_data_wrapper w WHERE ${notMember('pg_foreign_data_wrapper', 'w')}
  UNION ALL
  SELECT 'foreign server', quote_ident(v.srvname), NULL::text, concat_ws(' ', 'wrapper ' || quote_ident(w.fdwname), 'type ' || ${asLiteral('v.srvtype')}, 'version ' || ${asLiteral('v.srvversion')}, ${foreignOptions('v.srvoptions')}), NULL
    FROM pg_foreign_server v JOIN pg_foreign_data_wrapper w ON w.oid = v.srvfdw WHERE ${notMember('pg_foreign_server', 'v')}`;

/** The comment that an extension's control file gives it: a server of another version gives another. */
const givenComment = `(SELECT v.comment FROM pg_available_extensions() v JOIN pg_extension e ON e.extname = v.name WHERE e.oid = d.objoid)`;

/** By catalog, the relation that an object is part of. */
const partsOfRelations = [
  ['pg_constraint', 'conrelid'],
  ['pg_trigger', 'tgrelid'],
  ['pg_rewrite', 'ev_class'],
  ['pg_policy', 'polrelid'],
  ['pg_statistic_ext', 'stxrelid'],
] as const;
const relationOfCommented = `CASE d.classoid
      WHEN 'pg_class'::regclass THEN coalesce((SELECT x.indrelid FROM pg_index x WHERE x.indexrelid = d.objoid), d.objoid)
      ${partsOfRelations.map(([catalog, column]) => `WHEN '${catalog}'::regclass THEN (SELECT x.${column} FROM ${catalog} x WHERE x.oid = d.objoid)`).join('\n      ')} END`;

/**
 * Comments, with the kind and name of what they are on as the server says them. They do not lean on `rel`, so that a
 * part of a schema has them all; those of large objects are data, and that of an extension counts where somebody wrote it.
 */
export const comments = `
  SELECT 'comment', i.type || ' ' || i.identity, NULL::text, d.description, NULL
    FROM pg_description d
    LEFT JOIN pg_class c ON c.oid = ${relationOfCommented}
    CROSS JOIN ledger AS ledger_oid
    CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
   WHERE d.objoid >= 16384 AND d.classoid <> 'pg_largeobject'::regclass AND i.identity IS NOT NULL
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = d.classoid AND m.objid = d.objoid)
     AND NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
     AND (c.oid IS NULL OR c.oid IS DISTINCT FROM ledger_oid.oid AND c.relnamespace IN (SELECT s.oid FROM space s))
     AND (d.classoid <> 'pg_extension'::regclass OR d.description IS DISTINCT FROM ${givenComment})
     AND (d.classoid <> 'pg_namespace'::regclass OR d.objoid IN (SELECT s.oid FROM space s))
     AND (i.schema IS NULL OR i.schema IN (SELECT s.name FROM space s))`;
