import { identifier, type Row } from '../postgres/index.ts';
import { type CachedLedger, type LedgerContent, readHex } from './cache.ts';
import { eternalColumns, type LedgerName, ledgerColumns, ledgerFormat, ledgerTable } from './table.ts';

/** What is wrong with a ledger, and the SQL with which its owner puts that right, once it was seen how it came about. */
export interface Distrust {
  readonly problems: readonly string[];
  readonly cures: readonly string[];
}

/**
 * Judges what `ledgerQuery` gave: the ledger's content and mark, null where there is no ledger, or why it is not to be
 * trusted.
 *
 * @param isWriter whether it is going to be written to: it must then be in trusted hands, with every column there.
 */
export function validateLedger(
  row: Row,
  ledger: LedgerName,
  isWriter: boolean,
  seen: CachedLedger | null = null,
): Distrust | { readonly seen: CachedLedger | null } {
  if (row.relkind === null || row.relkind === undefined) return { seen: null };
  const wrong = wrongWith(row, ledger, isWriter);
  if (wrong.length > 0) return distrust(wrong);
  const now = readContent(row, seen);
  const { content } = now;
  const isOurFormat = content.rows.every(({ format }) => Number(format) <= ledgerFormat);
  return isWriter && isOurFormat && row.written !== Object.keys(ledgerColumns).length
    ? distrust([
        {
          problem: `${ledger.schema}.ledger lacks columns of Slipway's ledger, or has them with other types`,
          cures: [moveAway(row, ledger)],
        },
      ])
    : { seen: now };
}

/** One thing that is wrong with the table, and what puts it right. */
interface Wrong {
  readonly problem: string;
  readonly cures: readonly string[];
}

const distrust = (wrong: readonly Wrong[]): Distrust => ({
  problems: wrong.map(({ problem }) => problem),
  cures: [...new Set(wrong.flatMap(({ cures }) => cures))],
});

/** What is wrong with the table itself, whatever rows it has. */
export function wrongWith(row: Row, ledger: LedgerName, isWriter: boolean): Wrong[] {
  const name = `${ledger.schema}.ledger`;
  const table = ledgerTable(ledger);
  if (row.relkind !== 'r') {
    return [{ problem: `${name} is not a plain table`, cures: [moveAway(row, ledger)] }];
  }
  const found: (Wrong | false)[] = [
    isList(row.triggers) && {
      problem: `${name} has triggers, which would run with Slipway's privileges`,
      cures: row.triggers,
    },
    isList(row.parent) && {
      problem: `${name} is a partition of another table, whose key would be computed with Slipway's privileges`,
      cures: row.parent,
    },
    isList(row.rules) && {
      problem: `${name} has rules, which would run with Slipway's privileges`,
      cures: row.rules,
    },
    row.has_row_security === true && {
      problem: `${name} has row security, which hides rows from "${String(row.reader)}"`,
      cures: [`ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;`],
    },
    Array.isArray(row.code) && {
      problem: `${name} calls functions of a user, which would run with Slipway's privileges`,
      cures: (row.code as Code[]).map((code) => withoutCode(code, ledger)),
    },
    isList(row.foreign_types) && {
      problem: `${name} has columns of a user's types, whose casts are a user's code`,
      cures: row.foreign_types.map((column) => withoutCode({ part: 'column', name: column }, ledger)),
    },
    row.columns !== eternalColumns.length && {
      problem: `${name} does not have the columns of Slipway's ledger`,
      cures: [moveAway(row, ledger)],
    },
    isWriter &&
      isList(row.required) && {
        problem: `${name} has columns that Slipway does not know and that must not be null: ${row.required.join(', ')}`,
        cures: row.required.map(
          (column) => `ALTER TABLE ${table} ALTER COLUMN ${identifier(column)} DROP NOT NULL;`,
        ),
      },
    isWriter &&
      row.is_trusted !== true && {
        problem: `${name} belongs to "${String(row.owner)}", who is neither this role, a role it is a member of, the database's owner nor a superuser`,
        cures: [`ALTER TABLE ${table} OWNER TO ${identifier(String(row.reader))};`],
      },
    ...writersOf(row).map((writer) => wrongWriter(writer, ledger)),
  ];
  return found.filter((wrong) => wrong !== false);
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.length > 0;

/** Who may write to the ledger and should not: null for PUBLIC; `column` where the grant is one of a column. */
interface Writer {
  readonly role: string | null;
  readonly column: string | null;
  readonly privileges: readonly string[];
}

const writersOf = (row: Row): readonly Writer[] => (row.writers ?? []) as readonly Writer[];

function wrongWriter({ role, column, privileges }: Writer, ledger: LedgerName): Wrong {
  const who = role === null ? 'PUBLIC' : identifier(role);
  const listed = privileges.map((each) => (column === null ? each : `${each} (${identifier(column)})`));
  const of = column === null ? '' : ` of its column ${column}`;
  return {
    problem: `${role === null ? 'everybody (PUBLIC)' : `role "${role}"`} may change ${ledger.schema}.ledger${of} (${privileges.join(', ')}), and so forge what Slipway relies on`,
    cures: [`REVOKE ${listed.join(', ')} ON ${ledgerTable(ledger)} FROM ${who} CASCADE;`],
  };
}

/** What of a table calls a user's code. */
interface Code {
  readonly part: 'constraint' | 'default' | 'column' | 'index' | 'statistics';
  readonly name: string;
}

function withoutCode({ part, name }: Code, ledger: LedgerName): string {
  const table = ledgerTable(ledger);
  const isOurs = ledgerColumns[name] !== undefined;
  switch (part) {
    case 'constraint':
      return `ALTER TABLE ${table} DROP CONSTRAINT ${identifier(name)};`;
    case 'index':
      return `DROP INDEX IF EXISTS ${identifier(ledger.schema)}.${identifier(name)};`;
    case 'statistics':
      // Its name comes quoted, and with its schema, which may be another.
      return `DROP STATISTICS IF EXISTS ${name};`;
    case 'default':
      return isOurs
        ? `ALTER TABLE ${table} ALTER COLUMN ${identifier(name)} DROP DEFAULT;`
        : `ALTER TABLE ${table} DROP COLUMN ${identifier(name)};`;
    case 'column':
      return isOurs
        ? `ALTER TABLE ${table} ALTER COLUMN ${identifier(name)} TYPE ${ledgerColumns[name]?.[0]};`
        : `ALTER TABLE ${table} DROP COLUMN IF EXISTS ${identifier(name)};`;
  }
}

const relationKinds: Readonly<Record<string, string>> = {
  v: 'VIEW',
  m: 'MATERIALIZED VIEW',
  S: 'SEQUENCE',
  f: 'FOREIGN TABLE',
  i: 'INDEX',
  I: 'INDEX',
  c: 'TYPE',
};

/** What stands in the ledger's place may be of use to somebody: it gets another name. */
const moveAway = ({ relkind }: Row, ledger: LedgerName): string =>
  `ALTER ${relationKinds[String(relkind)] ?? 'TABLE'} ${ledgerTable(ledger)} RENAME TO ledger_of_something_else;`;

function readContent(row: Row, seen: CachedLedger | null): CachedLedger {
  if (typeof row.content === 'object' && row.content !== null) {
    // It was copied: without marks, and so it is read again.
    return { mark: '', shape: null, content: row.content as LedgerContent };
  }
  const xml = String(row.content);
  const shape = typeof row.shape === 'string' ? row.shape : null;
  const mark = /<mark>([^<]*)<\/mark>/.exec(xml)?.[1] ?? '';
  const hex = /<content>([0-9a-f]*)<\/content>/.exec(xml)?.[1];
  if (hex === undefined && seen) return { ...seen, shape };
  return { mark, shape, content: readHex(hex ?? '') };
}
