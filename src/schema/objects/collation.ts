import { literal } from '../../postgres/index.ts';
import { clausesOf } from './common/clauses.ts';
import { readLiteral } from './common/foreign-options.ts';
import { asLiteral } from './common/foreign-options-sql.ts';
import { notMember, qualified } from './common/scoped.ts';
import { dropByName, type Families, remake } from './family.ts';

const collations = `
  SELECT 'collation', s.name || '.' || quote_ident(c.collname), NULL::text, concat_ws(' ',
      CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' WHEN 'b' THEN 'builtin' ELSE 'default' END,
      coalesce(to_jsonb(c)->>'colllocale', to_jsonb(c)->>'colliculocale', to_jsonb(c)->>'collcollate'),
      CASE WHEN to_jsonb(c)->>'collctype' IS DISTINCT FROM to_jsonb(c)->>'collcollate' THEN 'ctype ' || (to_jsonb(c)->>'collctype') END,
      'rules ' || ${asLiteral("to_jsonb(c)->>'collicurules'")}, CASE WHEN NOT c.collisdeterministic THEN 'nondeterministic' END), NULL
    FROM pg_collation c JOIN space s ON s.oid = c.collnamespace WHERE ${notMember('pg_collation', 'c')}`;

/** A collation. */
function createCollation(name: string, text: string): string {
  const [provider = ''] = text.split(' ', 1);
  const parts = clausesOf(text.slice(provider.length + 1).replace(/^/, 'locale '), [
    'locale',
    'ctype',
    'rules',
    'nondeterministic',
  ]);
  const locale = literal(parts.locale ?? '');
  return `CREATE COLLATION ${name} (${[
    `PROVIDER = ${provider}`,
    ...(parts.ctype === undefined
      ? [`LOCALE = ${locale}`]
      : [`LC_COLLATE = ${locale}`, `LC_CTYPE = ${literal(parts.ctype)}`]),
    ...(parts.rules === undefined ? [] : [`RULES = ${literal(readLiteral(parts.rules))}`]),
    ...(parts.nondeterministic === undefined ? [] : ['DETERMINISTIC = false']),
  ].join(', ')})`;
}

export const collation = {
  collation: {
    read: [{ sql: collations, rare: 'code' }],
    rows: {
      pg_collation: `SELECT c.oid, 0, 'collation ' || ${qualified('s.name', 'c.collname')} FROM pg_collation c JOIN space s ON s.oid = c.collnamespace`,
    },
    create: ({ name, text }) => [createCollation(name, text)],
    alter: remake,
    drop: dropByName,
  },
} satisfies Families;
