import { literal } from '../../postgres/index.ts';
import { clausesOf } from './common/clauses.ts';
import { by, notMember, qualified } from './common/scoped.ts';
import { dropByName, type Families, remake } from './family.ts';

/** Conversions between encodings. */
const conversions = `
  SELECT 'conversion', s.name || '.' || quote_ident(c.conname), NULL::text, concat_ws(' ', CASE WHEN c.condefault THEN 'default' END,
      'for', pg_encoding_to_char(c.conforencoding), 'to', pg_encoding_to_char(c.contoencoding), ${by('by', 'c.conproc::oid')}), NULL::jsonb
    FROM pg_conversion c JOIN space s ON s.oid = c.connamespace WHERE ${notMember('pg_conversion', 'c')}`;

/** A conversion between encodings. */
function createConversion(name: string, text: string): string {
  const parts = clausesOf(text, ['default', 'for', 'to', 'by']);
  return `CREATE${parts.default === undefined ? '' : ' DEFAULT'} CONVERSION ${name} FOR ${literal(parts.for ?? '').trim()} TO ${literal(parts.to ?? '').trim()} FROM ${parts.by}`;
}

export const conversion = {
  conversion: {
    read: [{ sql: conversions, rare: 'code' }],
    rows: {
      pg_conversion: `SELECT c.oid, 0, 'conversion ' || ${qualified('s.name', 'c.conname')} FROM pg_conversion c JOIN space s ON s.oid = c.connamespace`,
    },
    create: ({ name, text }) => [createConversion(name, text)],
    alter: remake,
    drop: dropByName,
  },
} satisfies Families;
