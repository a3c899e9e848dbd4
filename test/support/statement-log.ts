import { searchForSecrets } from './leaks.ts';

/**
 * Has a server write every statement into its log, with the session's name before it. The statements are what
 * pg_stat_activity shows, and all of them, not those of the moments when somebody looks. What is sent beside a
 * statement it does not show, nor does the log then. What the server says of an error is no statement.
 */
export const logsStatements = {
  log_statement: 'all',
  log_line_prefix: '<%a> ',
  log_parameter_max_length: '0',
};

/** Searches a server's log for secrets in what Slipway's sessions did. */
export interface StatementLog {
  /** How many records of Slipway's sessions there were so far. */
  readonly records: number;
  /** Takes the next line. */
  read(line: string): void;
}

/** @param title of the server, for messages. */
export function searchStatements(title: string): StatementLog {
  let session: string | null = null;
  let records = 0;
  return {
    get records() {
      return records;
    },
    read(text) {
      for (const line of text.split(interruption)) readRecord(line);
    },
  };

  function readRecord(line: string): void {
    // Tests make roles, with passwords, in sessions without a name. A record's further lines begin with a tab.
    if (line.startsWith('<')) session = /^<(slipway .*?)> (?:LOG|STATEMENT): /.exec(line)?.[1] ?? null;
    if (session === null) return;
    if (line.startsWith('<')) records += 1;
    searchForSecrets(`a statement of "${session}" on ${title}`, line);
  }
}

/** A record that is longer than a pipe takes at once has others of other sessions in its midst. */
const interruption = /(?<=.)(?=<[^<>]{0,80}> (?:LOG|STATEMENT|ERROR|FATAL|DETAIL|HINT|CONTEXT|WARNING): )/;
