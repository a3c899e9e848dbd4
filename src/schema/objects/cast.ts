import { splitOuter } from './common/clauses.ts';
import { isUsers, notMember } from './common/scoped.ts';
import { type Families, remake } from './family.ts';

const casts = `
  SELECT 'cast', format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL), NULL::text, concat_ws(' ',
      CASE c.castmethod WHEN 'f' THEN 'by ' || c.castfunc::regprocedure::text WHEN 'i' THEN 'by inout' ELSE 'binary' END,
      CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END), NULL
    FROM pg_cast c WHERE ${isUsers('c')} AND ${notMember('pg_cast', 'c')}`;

/** A cast. */
function createCast(name: string, text: string): string {
  const [source = '', target = ''] = splitOuter(name, 'as');
  const [, by = '', context = ''] = /^(.*) (implicit|assignment|explicit)$/s.exec(text) ?? [];
  const how =
    by === 'binary'
      ? 'WITHOUT FUNCTION'
      : by === 'by inout'
        ? 'WITH INOUT'
        : `WITH FUNCTION ${by.slice('by '.length)}`;
  return `CREATE CAST (${source} AS ${target}) ${how}${context === 'explicit' ? '' : ` AS ${context.toUpperCase()}`}`;
}

export const cast = {
  cast: {
    read: [{ sql: casts, rare: 'code' }],
    rows: {
      pg_cast: `SELECT c.oid, 0, 'cast ' || format_type(c.castsource, NULL) || ' as ' || format_type(c.casttarget, NULL) FROM pg_cast c WHERE c.oid >= 16384`,
    },
    create: ({ name, text }) => [createCast(name, text)],
    alter: remake,
    drop: ({ name }) => [`DROP CAST (${name.replace(/ as /, ' AS ')})`],
  },
} satisfies Families;
