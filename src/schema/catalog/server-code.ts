import { isUsers, notMember } from './scoped.ts';

/** A function of the server's by its name, behind a word; null where there is none. */
const by = (word: string, column: string): string =>
  `CASE WHEN ${column} <> 0 THEN '${word} ' || ${column}::regproc::text END`;

/** Languages, and the transforms of types to them (PostgreSQL docs, CREATE LANGUAGE, CREATE TRANSFORM). */
export const languages = `
  SELECT 'language', quote_ident(l.lanname), NULL::text, concat_ws(' ', CASE WHEN l.lanpltrusted THEN 'trusted' END,
      ${by('handler', 'l.lanplcallfoid::oid')}, ${by('inline', 'l.laninline::oid')}, ${by('validator', 'l.lanvalidator::oid')}), NULL::jsonb
    FROM pg_language l WHERE l.lanispl AND ${isUsers('l')} AND ${notMember('pg_language', 'l')}
  UNION ALL
  SELECT 'transform', 'for ' || format_type(f.trftype, NULL) || ' language ' || quote_ident(l.lanname), NULL, concat_ws(', ',
      CASE WHEN f.trffromsql <> 0 THEN 'from ' || f.trffromsql::oid::regprocedure::text END, CASE WHEN f.trftosql <> 0 THEN 'to ' || f.trftosql::oid::regprocedure::text END), NULL
    FROM pg_transform f JOIN pg_language l ON l.oid = f.trflang WHERE ${isUsers('f')} AND ${notMember('pg_transform', 'f')}`;

/** Access methods. */
export const accessMethods = `
  SELECT 'access method', quote_ident(a.amname), NULL::text, CASE a.amtype WHEN 'i' THEN 'index ' ELSE 'table ' END || ${by('handler', 'a.amhandler::oid')}, NULL::jsonb
    FROM pg_am a WHERE ${isUsers('a')} AND ${notMember('pg_am', 'a')}`;

/** Conversions between encodings. */
export const conversions = `
  SELECT 'conversion', s.name || '.' || quote_ident(c.conname), NULL::text, concat_ws(' ', CASE WHEN c.condefault THEN 'default' END,
      'for', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding), ${by('by', 'c.conproc::oid')}), NULL::jsonb
    FROM pg_conversion c JOIN space s ON s.oid = c.connamespace WHERE ${notMember('pg_conversion', 'c')}`;

/** Parsers and templates of text search. */
export const textSearchCode = `
  SELECT 'text search parser', s.name || '.' || quote_ident(p.prsname), NULL::text, concat_ws(' ', ${by('start', 'p.prsstart::oid')}, ${by('gettoken', 'p.prstoken::oid')},
      ${by('end', 'p.prsend::oid')}, ${by('headline', 'p.prsheadline::oid')}, ${by('lextypes', 'p.prslextype::oid')}), NULL::jsonb
    FROM pg_ts_parser p JOIN space s ON s.oid = p.prsnamespace WHERE ${notMember('pg_ts_parser', 'p')}
  UNION ALL
  SELECT 'text search template', s.name || '.' || quote_ident(t.tmplname), NULL, concat_ws(' ', ${by('init', 't.tmplinit::oid')}, ${by('lexize', 't.tmpllexize::oid')}), NULL
    FROM pg_ts_template t JOIN space s ON s.oid = t.tmplnamespace WHERE ${notMember('pg_ts_template', 't')}`;
