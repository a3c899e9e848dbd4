import { describeWarnings, type Warning } from '../objects/common/warnings.ts';
import type { Change } from './changes/change.ts';

type Statement = Change & { readonly kind: 'statement' };

/** Statements that stand together: what of one table the server takes in one go, or a statement alone. */
export interface Joined {
  /** What each part is about, its cost with it. */
  readonly parts: readonly Statement[];
  /** Without the semicolon at its end; a warning stands within it above its part. */
  readonly sql: string;
  /** What stands above it; none where its parts say it. */
  readonly warnings: readonly Warning[];
}

/** A name as SQL has it, as a part of a pattern. */
export const namePattern = '(?:"(?:[^"]|"")*"|[^\\s."]+)';
const alteration = new RegExp(
  `^(ALTER (?:FOREIGN )?TABLE (?:ONLY )?${namePattern}(?:\\.${namePattern})?) (.*)$`,
  's',
);

/**
 * What can stand with others in one ALTER TABLE. The server does them in passes: what goes, types, columns, constraints,
 * all else (PostgreSQL source, AlterTablePass); renaming, moving, partitions and parents are for themselves.
 */
const joinable =
  /^(?:ADD (?:COLUMN|CONSTRAINT)|ALTER (?:COLUMN|CONSTRAINT)|DROP (?:COLUMN|CONSTRAINT)|VALIDATE CONSTRAINT|(?:RE)?SET \(|SET (?:LOGGED|UNLOGGED|TABLESPACE|ACCESS METHOD|WITHOUT CLUSTER)|REPLICA IDENTITY|CLUSTER ON|(?:ENABLE|DISABLE|FORCE|NO FORCE) |OPTIONS \()/;

/** A statement that alters a table, taken apart into its beginning and what it does; null for others. */
export function alterationIn({ sql }: Statement): { readonly head: string; readonly action: string } | null {
  const [, head, action = ''] = alteration.exec(sql) ?? [];
  return head === undefined ? null : { head, action };
}

/** The same of one that can be one with others of the same beginning; null for others. */
function split(statement: Statement): { readonly head: string; readonly action: string } | null {
  const parts = alterationIn(statement);
  const isForPerson = statement.warnings.some(({ kind }) => kind === 'leftToYou' || kind === 'takesAway');
  return parts === null || isForPerson || !joinable.test(parts.action) ? null : parts;
}

/** What all statements of a list begin with, where they can be one; null where they cannot. */
export function commonHead(changes: readonly Change[]): string | null {
  const heads = new Set(
    changes.map((change) => (change.kind === 'statement' ? split(change)?.head : undefined)),
  );
  const [head] = heads;
  return heads.size === 1 && head !== undefined ? head : null;
}

/** Joins what follows each other and alters one table: it is rewritten and read once. */
export function joinAlters(changes: readonly Change[]): Joined[] {
  const runs: { readonly head: string | null; readonly parts: Statement[] }[] = [];
  for (const change of changes) {
    if (change.kind === 'manual') continue;
    const head = split(change)?.head ?? null;
    const last = runs.at(-1);
    if (head !== null && last?.head === head) last.parts.push(change);
    else runs.push({ head, parts: [change] });
  }
  return runs.map(({ head, parts }) => joined(head ?? '', parts));
}

interface Part {
  readonly action: string;
  readonly warnings: readonly Warning[];
}

function joined(head: string, parts: readonly Statement[]): Joined {
  const [first] = parts;
  const list = validAtOnce(
    parts.map((part) => ({ action: split(part)?.action ?? '', warnings: part.warnings })),
  );
  const [only, ...more] = list;
  if (first === undefined || only === undefined || parts.length === 1)
    return { parts, sql: first?.sql ?? '', warnings: first?.warnings ?? [] };
  if (more.length === 0) return { parts, sql: `${head} ${only.action}`, warnings: only.warnings };
  let isRewriteTold = false;
  const lines = list.flatMap(({ action, warnings }, at) => {
    // A table is rewritten once, whatever asks for it.
    const isRewrite = warnings.length === 1 && warnings[0]?.kind === 'rewritesTable';
    const told = isRewrite && isRewriteTold ? [] : warnings;
    isRewriteTold ||= isRewrite;
    return [
      ...warningLines(told).map((line) => `  ${line}`),
      `  ${action}${at < list.length - 1 ? ',' : ''}`,
    ];
  });
  return { parts, sql: [head, ...lines].join('\n'), warnings: [] };
}

/** What a statement may cost, as comment lines. */
export function warningLines(warnings: readonly Warning[]): string[] {
  if (warnings.length === 0) return [];
  const text = describeWarnings(warnings);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(';') ? '' : '.'}`
    .split(/\r\n|\r|\n/)
    .map((line) => (line === '' ? '--' : `-- ${line}`));
}

const notValid = ' NOT VALID';

/** A constraint that is added for new rows and proved for the old ones in the same statement is added as it is. */
function validAtOnce(parts: readonly Part[]): Part[] {
  const proofs = new Map(
    parts.flatMap(({ action, warnings }) => {
      const [, name] = /^VALIDATE CONSTRAINT (.*)$/s.exec(action) ?? [];
      return name === undefined ? [] : [[name, { action, warnings }] as const];
    }),
  );
  const proved = new Set<string>();
  const list = parts.map((part): Part => {
    const [, name = ''] = new RegExp(`^ADD CONSTRAINT (${namePattern}) `).exec(part.action) ?? [];
    const proof = part.action.endsWith(notValid) ? proofs.get(name) : undefined;
    if (proof === undefined) return part;
    proved.add(proof.action);
    return { action: part.action.slice(0, -notValid.length), warnings: proof.warnings };
  });
  return list.filter(({ action }) => !proved.has(action));
}
