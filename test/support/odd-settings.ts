import type { TestDatabase } from './database.ts';

/** One setting of a server, with values that nobody expects. */
export interface OddSetting {
  readonly name: string;
  /** As ALTER ROLE takes them: the least usual first. */
  readonly values: readonly string[];
}

/** Settings that are left alone, and why. */
const leftAlone: readonly (readonly [names: RegExp, why: string])[] = [
  [/^(log_|debug_print_|debug_pretty_print$|trace_|backtrace_functions$)/, "show in the server's log alone"],
  [/^(local|session)_preload_libraries$/, 'let nobody log in where the library is missing'],
  [/^default_transaction_read_only$/, 'is refused: 78, by its name'],
  [/^(role|session_authorization)$/, 'is who one is, not how one works'],
  [/^(debug_discard_caches|wal_consistency_checking|commit_delay)$/, 'make every statement slow'],
  [/^temp_file_limit$/, 'limits what a query may take: 75, by its name'],
  [/^tcp_/, 'give up a client that a busy machine is slow to answer for'],
  [/^zero_damaged_pages$|^ignore_checksum_failure$/, 'show on a damaged disk alone'],
];

/** Odd values of what is a text. Those that are not here are left alone. */
const texts: Readonly<Record<string, readonly string[]>> = {
  bytea_output: ['escape'],
  client_encoding: ['LATIN1', 'SQL_ASCII'],
  DateStyle: ["'SQL, DMY'", "'German'"],
  default_tablespace: ['pg_global'],
  temp_tablespaces: ['pg_global'],
  default_text_search_config: ["'pg_catalog.german'"],
  search_path: ["'public'", "'pg_catalog, public'"],
  TimeZone: ["'Asia/Kathmandu'", "'Etc/GMT+12'"],
  timezone_abbreviations: ["'Australia'"],
  lc_messages: ["'POSIX'"],
  lc_monetary: ["'POSIX'"],
  lc_numeric: ["'POSIX'"],
  lc_time: ["'POSIX'"],
  application_name: ["'O''Reilly \\ Söhne'"],
  restrict_nonsystem_relation_kind: ["'view, foreign-table'"],
  createrole_self_grant: ["'set, inherit'"],
  dynamic_library_path: ["'$libdir:/nowhere'"],
};

interface Listed {
  readonly name: string;
  readonly vartype: string;
  readonly boot: string | null;
  readonly min: string | null;
  readonly max: string | null;
  readonly choices: string[] | null;
}

/** Memory that a server really takes when it is told to. */
const takesMemory = /_mem$|_buffers$|_buffer_size$|_mem_multiplier$/;

function valuesOf({ name, vartype, boot, min, max, choices }: Listed): readonly string[] {
  const others = (some: readonly string[]): string[] => some.filter((value) => value !== boot);
  switch (vartype) {
    case 'bool':
      return [boot === 'on' ? 'off' : 'on'];
    case 'enum':
      return others([choices?.[0] ?? '', choices?.at(-1) ?? '']).map((value) => `'${value}'`);
    case 'integer':
    case 'real': {
      const least = min === boot ? String(Number(min) + 1) : min;
      return others([least ?? '', ...(takesMemory.test(name) ? [] : [max ?? ''])]);
    }
    default:
      return texts[name] ?? [];
  }
}

/**
 * Every setting that can be made for a role and that has an odd value here, as the server itself lists them
 * (PostgreSQL docs 54.24, pg_settings): whoever logs in may set the ones of context `user`, a superuser those of
 * `superuser` for others.
 */
export async function oddSettings(database: TestDatabase): Promise<OddSetting[]> {
  const listed = await database.query<Listed & Record<string, unknown>>(
    `SELECT name, vartype, boot_val AS boot, min_val AS min, max_val AS max, enumvals AS choices
       FROM pg_settings WHERE context IN ('user', 'superuser') ORDER BY name COLLATE "C"`,
  );
  return listed
    .filter(({ name }) => !leftAlone.some(([names]) => names.test(name)))
    .map((one) => ({ name: one.name, values: valuesOf(one) }))
    .filter(({ values }) => values.length > 0);
}
