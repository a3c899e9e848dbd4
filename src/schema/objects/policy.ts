import { splitPart } from '../model/index.ts';
import { type Alteration, type ObjectChange, recreate, steps } from './common/alteration.ts';
import { clausesOf } from './common/clauses.ts';
import { withoutBrackets } from './common/display.ts';
import { displayLists, typesAround } from './common/lists.ts';
import { split } from './common/names.ts';
import { dropFromTable, type Families } from './family.ts';

const policies = `
  SELECT 'policy', r.name || '.' || quote_ident(p.polname), r.name, concat_ws(' ',
      CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
      'for ' || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
      'to ' || (SELECT string_agg(CASE x WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(x)) END, ', ' ORDER BY CASE x WHEN 0 THEN 'public' ELSE pg_get_userbyid(x)::text END COLLATE "C")
         FROM unnest(p.polroles) x),
      'using (' || CASE WHEN p.polqual IS NOT NULL THEN coalesce(pg_get_expr(p.polqual, p.polrelid), '???') END || ')',
      'with check (' || CASE WHEN p.polwithcheck IS NOT NULL THEN coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '???') END || ')'), NULL
    FROM pg_policy p JOIN rel r ON r.oid = p.polrelid`;

/** A row security policy. */
function createPolicy(name: string, text: string): string {
  const { parent, own } = split(name);
  const parts = clausesOf(text, ['permissive', 'restrictive', 'for', 'to', 'using', 'with check']);
  return [
    `CREATE POLICY ${own} ON ${parent}`,
    ...(parts.restrictive === undefined ? [] : ['AS RESTRICTIVE']),
    ...(parts.for === 'all' ? [] : [`FOR ${parts.for?.toUpperCase()}`]),
    ...(parts.to === 'public' ? [] : [`TO ${parts.to}`]),
    ...(parts.using === undefined ? [] : [`USING (${withoutBrackets(parts.using)})`]),
    ...(parts['with check'] === undefined ? [] : [`WITH CHECK (${withoutBrackets(parts['with check'])})`]),
  ].join(' ');
}

const policyKeywords = ['permissive', 'restrictive', 'for', 'to', 'using', 'with check'] as const;

/** A policy's roles and conditions; a condition cannot be taken away, nor the command or sort changed. */
function alterPolicy({ name, before, after }: ObjectChange): Alteration {
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const was = clausesOf(before.text, policyKeywords);
  const is = clausesOf(after.text, policyKeywords);
  const isSameSort = (was.permissive === undefined) === (is.permissive === undefined) && was.for === is.for;
  const isLess = (['using', 'with check'] as const).some(
    (key) => was[key] !== undefined && is[key] === undefined,
  );
  if (!isSameSort || isLess) return recreate;
  const changes = (['to', 'using', 'with check'] as const)
    .filter((key) => was[key] !== is[key])
    .map((key) => `${key.toUpperCase()} ${is[key]}`);
  return steps(`ALTER POLICY ${own} ON ${parent} ${changes.join(' ')}`);
}

export const policy = {
  policy: {
    read: [{ sql: policies, rare: 'others' }],
    rows: {
      pg_policy: `SELECT p.oid, 0, 'policy ' || r.name || '.' || quote_ident(p.polname) FROM pg_policy p JOIN rel r ON r.oid = p.polrelid`,
    },
    create: ({ name, text }, graph) => [
      displayLists(createPolicy(name, text), typesAround(`policy ${name}`, graph)),
    ],
    alter: alterPolicy,
    drop: dropFromTable,
  },
} satisfies Families;
