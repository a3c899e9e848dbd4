import type { Request } from '../app/index.ts';
import { parseIdentifier, serverOf } from '../config/index.ts';
import { ConfigError, type ConfigProblem } from '../core/index.ts';
import type { Listed } from './list.ts';

/** A database of a list, with no more kept of it than its line. */
export interface ListEntry extends Listed {
  /** What reports call it: its name; where it has a connection string `host:port/name`, without credentials. */
  readonly database: string;
  /** The servers, `host:port`, several by comma. */
  readonly server: string;
}

/**
 * Reads what a list says of each database, in the order of the list. Connection strings are read as they will be when
 * their turn comes, so that what is wrong with one is known before anything is done.
 *
 * @throws ConfigError (78) that lists every line that cannot be used, and every database that is listed twice.
 */
export function entriesOf(
  listed: readonly Listed[],
  request: Pick<Request, 'config' | 'connectionOf'>,
): ListEntry[] {
  const { lacking } = request.config.connection;
  const name = listed.find(({ kind }) => kind !== 'connection');
  const problems: ConfigProblem[] =
    lacking && name ? [{ ...lacking, message: `${lacking.message}; ${name.place} is a name` }] : [];
  const placeOf = new Map<string, string>();
  const entries = listed.flatMap((one): ListEntry[] => {
    const read = one.kind === 'connection' ? readUrl(one, request) : readName(one, request);
    if (Array.isArray(read)) {
      problems.push(...read);
      return [];
    }
    const { target, ...entry } = read;
    const first = placeOf.get(target);
    if (first !== undefined) {
      problems.push({
        name: one.place,
        message: `${entry.database} is listed already: ${first}`,
        remedy: 'Remove one of the two.',
      });
    }
    placeOf.set(target, first ?? one.place);
    return [entry];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return entries;
}

/** An entry, and what makes it the same database as another. */
interface Read extends ListEntry {
  readonly target: string;
}

function readName(one: Listed, { config }: Pick<Request, 'config'>): Read | ConfigProblem[] {
  // A connection string with a slip in it: what is taken for a name is shown, and sent to the server.
  if (one.kind !== 'quotedName' && /:.*@|:\/|\bpassw\w*\s*=/is.test(one.text)) {
    return [
      {
        name: one.place,
        message: 'this is neither the name of a database nor a connection string that can be read',
        remedy:
          'Write a name, or postgresql://user@host:port/name; what a name may not hold is %40 for @ in a URL.',
      },
    ];
  }
  const parsed = parseIdentifier(one.text);
  if (templates.has(one.text)) return [templateProblem(one.place, one.text)];
  if (!parsed.ok) return [{ name: one.place, message: parsed.message, remedy: parsed.remedy }];
  const server = config.connection.hosts.map(serverOf).join(',');
  return { ...one, database: one.text, server, target: targetOf(server, one.text) };
}

function readUrl(one: Listed, { connectionOf }: Pick<Request, 'connectionOf'>): Read | ConfigProblem[] {
  try {
    const { hosts, database } = connectionOf(one.place, one.text);
    const server = hosts.map(serverOf).join(',');
    if (templates.has(database)) return [templateProblem(one.place, database)];
    return { ...one, database: `${server}/${database}`, server, target: targetOf(server, database) };
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}

/** Those that initdb makes (PostgreSQL docs 23.3): a query for all databases finds them as well. */
const templates: ReadonlySet<string> = new Set(['template0', 'template1']);

const templateProblem = (place: string, name: string): ConfigProblem => ({
  name: place,
  message: `${name} is what every new database is made from: what is in it would be in each of them`,
  remedy: 'Leave it out of the list; in a query: WHERE NOT datistemplate.',
});

/** Names of hosts have no case (RFC 4343), those of databases have. */
const targetOf = (server: string, database: string): string => `${server.toLowerCase()}/${database}`;
