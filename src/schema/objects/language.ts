import { steps } from './common/alteration.ts';
import { clausesOf, splitOuter } from './common/clauses.ts';
import { by, isUsers, notMember } from './common/scoped.ts';
import { dropByName, type Families } from './family.ts';
import { revokeDefaults } from './privileges/create.ts';

/** Languages, and the transforms of types to them (PostgreSQL docs, CREATE LANGUAGE, CREATE TRANSFORM). */
const languages = `
  SELECT 'language', quote_ident(l.lanname), NULL::text, concat_ws(' ', CASE WHEN l.lanpltrusted THEN 'trusted' END,
      ${by('handler', 'l.lanplcallfoid::oid')}, ${by('inline', 'l.laninline::oid')}, ${by('validator', 'l.lanvalidator::oid')}), NULL::jsonb
    FROM pg_language l WHERE l.lanispl AND ${isUsers('l')} AND ${notMember('pg_language', 'l')}
  UNION ALL
  SELECT 'transform', 'for ' || format_type(f.trftype, NULL) || ' language ' || quote_ident(l.lanname), NULL, concat_ws(', ',
      CASE WHEN f.trffromsql <> 0 THEN 'from ' || f.trffromsql::oid::regprocedure::text END, CASE WHEN f.trftosql <> 0 THEN 'to ' || f.trftosql::oid::regprocedure::text END), NULL
    FROM pg_transform f JOIN pg_language l ON l.oid = f.trflang WHERE ${isUsers('f')} AND ${notMember('pg_transform', 'f')}`;

/** A language. */
function createLanguage(name: string, text: string): string {
  const parts = clausesOf(text, ['trusted', 'handler', 'inline', 'validator']);
  return [
    `CREATE${parts.trusted === undefined ? '' : ' TRUSTED'} LANGUAGE ${name} HANDLER ${parts.handler}`,
    ...(parts.inline === undefined ? [] : [`INLINE ${parts.inline}`]),
    ...(parts.validator === undefined ? [] : [`VALIDATOR ${parts.validator}`]),
  ].join(' ');
}

/** A transform, of its name `for TYPE language NAME`. */
function createTransform(name: string, text: string): string {
  const functions = splitOuter(text).map((part) =>
    part.replace(/^from /, 'FROM SQL WITH FUNCTION ').replace(/^to /, 'TO SQL WITH FUNCTION '),
  );
  return `CREATE TRANSFORM ${transformTarget(name)} (${functions.join(', ')})`;
}

/** `for TYPE language NAME` as statements take it. */
const transformTarget = (name: string): string =>
  name.replace(/^for ([\s\S]*) language ("(?:[^"]|"")*"|\S+)$/, 'FOR $1 LANGUAGE $2');

const replacing = (sql: string): string => sql.replace(/^CREATE /, 'CREATE OR REPLACE ');

export const language = {
  language: {
    read: [{ sql: languages, rare: 'code' }],
    rows: {
      pg_language: `SELECT l.oid, 0, 'language ' || quote_ident(l.lanname) FROM pg_language l`,
    },
    create: ({ name, text }, graph) => [
      createLanguage(name, text),
      ...revokeDefaults(`language ${name}`, graph),
    ],
    alter: ({ name, after }) => steps(replacing(createLanguage(name, after.text))),
    drop: dropByName,
  },
  transform: {
    read: [{ sql: languages, rare: 'code' }],
    rows: {
      pg_transform: `SELECT f.oid, 0, 'transform for ' || format_type(f.trftype, NULL) || ' language ' || quote_ident(l.lanname)
    FROM pg_transform f JOIN pg_language l ON l.oid = f.trflang`,
    },
    create: ({ name, text }) => [createTransform(name, text)],
    alter: ({ name, after }) => steps(replacing(createTransform(name, after.text))),
    drop: ({ name }) => [`DROP TRANSFORM ${transformTarget(name)}`],
  },
} satisfies Families;
