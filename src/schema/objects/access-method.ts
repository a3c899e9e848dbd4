import { by, isUsers, notMember } from './common/scoped.ts';
import { dropByName, type Families, remake } from './family.ts';

/** Access methods. */
const accessMethods = `
  SELECT 'access method', quote_ident(a.amname), NULL::text, CASE a.amtype WHEN 'i' THEN 'index ' ELSE 'table ' END || ${by('handler', 'a.amhandler::oid')}, NULL::jsonb
    FROM pg_am a WHERE ${isUsers('a')} AND ${notMember('pg_am', 'a')}`;

/** An access method. */
function createAccessMethod(name: string, text: string): string {
  const [, type = '', handler = ''] = /^(index|table) handler (.*)$/s.exec(text) ?? [];
  return `CREATE ACCESS METHOD ${name} TYPE ${type.toUpperCase()} HANDLER ${handler}`;
}

export const accessMethod = {
  'access method': {
    read: [{ sql: accessMethods, rare: 'code' }],
    rows: {
      pg_am: `SELECT a.oid, 0, 'access method ' || quote_ident(a.amname) FROM pg_am a`,
    },
    create: ({ name, text }) => [createAccessMethod(name, text)],
    alter: remake,
    drop: dropByName,
  },
} satisfies Families;
