/**
 * Names that are quoted where they are printed on some majors only, since later ones made them keywords
 * (`quote_identifier`, "SQL Key Words" in PostgreSQL's Appendix C): json_array and its like and system_user with 16,
 * json_value and its like with 17.
 */
const laterKeywords =
  'json_(?:array|arrayagg|exists|object|objectagg|query|scalar|serialize|table|value)|system_user|merge_action';

/**
 * What `pg_identify_object` names otherwise: the type json, a keyword from 16 on, was one of the catalog's before, and
 * a transform was `for TYPE on language NAME` up to the minors of 2024.
 */
const catalogJson = 'pg_catalog\\.json(?![\\w$])';

const onLanguage = /^((?:comment )?transform for [\s\S]*) on (language (?:"(?:[^"]|"")*"|\S+))$/;

const hasOne = new RegExp(`\\b(?:${laterKeywords})\\b|"json"|${catalogJson}|^(?:comment )?transform `);

/** Literals, the bodies of routines, quoted identifiers, and the words that are meant here, where no quotes are. */
const tokens = new RegExp(
  `'(?:[^']|'')*'|\\$((?:function|procedure)x*)\\$.*?\\$\\1\\$|"(?:[^"]|"")*"|(?<![\\w$.])${catalogJson}|(?<![\\w$])(?:${laterKeywords})(?![\\w$])`,
  'gs',
);

/**
 * Writes the names in a name or a definition as every major from 14 on reads them: quoted where any of them prints
 * quotes. Only `json` loses its quotes, which it can do without wherever a name stands: the type is printed as the same word.
 */
export function normalizeNames(printed: string): string {
  if (!hasOne.test(printed)) return printed;
  return printed.replace(onLanguage, '$1 $2').replace(tokens, (token) => {
    if (token === '"json"' || token === 'pg_catalog.json') return 'json';
    return /^[a-z]/.test(token) ? `"${token}"` : token;
  });
}
