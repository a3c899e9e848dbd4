import { secretName } from '../schema/catalog/index.ts';

/** As the pages say it, and as a new baseline does (`ofThisDatabase` in src/schema/objects/database/write.ts). */
const executed =
  /^DO\s+\$(\w*)\$\s*BEGIN\s+EXECUTE\s+format\(\s*'((?:[^']|'')*)'\s*,\s*current_database\(\)\s*(?:,\s*E?'(?:[^'\\]|''|\\.)*'\s*)?\)\s*;\s*END\s*;?\s*\$\1\$$/is;

const setting =
  /^ALTER (?:DATABASE|ROLE (?:"(?:[^"]|"")*"|\S+) IN DATABASE) %I (?:SET ("(?:[^"]|"")*"|[\w.]+) (?:TO|=) (?:%[Ls]|\S+)|RESET ("(?:[^"]|"")*"|[\w.]+))$/i;
const graph = [
  /^COMMENT ON DATABASE %I IS (?:%L|NULL)$/i,
  /^(?:GRANT|REVOKE) (?:GRANT OPTION FOR )?[a-z, ]+ ON DATABASE %I (?:TO|FROM) [^;]+$/i,
];

/**
 * Whether a DO statement says something of the database that it runs in, and no more, of which the description of a
 * schema holds all: a setting whose value is no secret, the comment, a grant.
 *
 * @param text of the statement.
 */
export function isOfDatabase(text: string): boolean {
  const statement = executed.exec(text)?.[2]?.replaceAll("''", "'");
  if (statement === undefined) return false;
  const [, set, reset] = setting.exec(statement) ?? [];
  const name = set ?? reset;
  return name === undefined
    ? graph.some((pattern) => pattern.test(statement))
    : !new RegExp(secretName, 'i').test(name);
}
