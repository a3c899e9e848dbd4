import { largest } from '../core/index.ts';
import { identifier, literal, type Session } from '../postgres/index.ts';

/** A node of a plan, as EXPLAIN prints it as JSON; its columns are the server's. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly Operation?: string;
  readonly 'Conflict Resolution'?: string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly 'Plan Rows'?: number;
  readonly Plans?: readonly PlanNode[];
}

/**
 * What asks for the plan of a statement, without running it (PostgreSQL docs, EXPLAIN): the server's own word on which
 * table it writes, whatever views, partitions and WITH stand in between.
 */
export const planOfStatement = (statement: string): string =>
  `EXPLAIN (VERBOSE, COSTS off, FORMAT json) ${statement}`;

/**
 * The table whose rows bound how many rows a statement can touch: the one that it writes. Empty where rows are added or
 * deleted: there are more and more then, or fewer and fewer.
 *
 * @param answer the row of `planOfStatement`.
 * @param statement its text: what a MERGE does, its plan does not say.
 * @returns their names, qualified and quoted.
 */
export function boundingTables(answer: object | undefined, statement: string): string[] {
  const [root] = plansIn(answer);
  if (root?.['Node Type'] !== 'ModifyTable') return [];
  const operations = [root, ...nodesBelow(root)].map(({ Operation }) => Operation);
  if (operations.includes('Delete')) return [];
  if (operations.includes('Merge') && /\bdelete\b/i.test(statement)) return [];
  return root.Operation === 'Insert' ? [] : namesIn([root]);
}

/**
 * Whether a statement finds the same again however often it runs: an INSERT that neither reads the table that it adds
 * to, nor passes over what is there already (ON CONFLICT), nor updates or deletes what it reads.
 *
 * @param answer the row of `planOfStatement`.
 */
export async function addsForEver(session: Session, answer: object | undefined): Promise<boolean> {
  const [root] = plansIn(answer);
  if (root?.['Node Type'] !== 'ModifyTable' || root.Operation !== 'Insert') return false;
  const below = nodesBelow(root);
  if (root['Conflict Resolution'] !== undefined || below.some(({ Operation }) => Operation !== undefined))
    return false;
  const [written] = namesIn([root]);
  const read = namesIn(below);
  if (written === undefined || read.length === 0) return written !== undefined;
  const rows = await session.rows(
    `WITH RECURSIVE family(oid) AS (
       SELECT pg_catalog.to_regclass(${literal(written)})::pg_catalog.oid
       UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN family f ON i.inhparent = f.oid)
     SELECT FROM family WHERE oid IN (${read.map((name) => `pg_catalog.to_regclass(${literal(name)})`).join(', ')})`,
  );
  return rows.length === 0;
}

/** How many rows the planner expects in the largest of the tables: by their pages, also where nobody analyzed them. */
export async function estimateRows(session: Session, tables: readonly string[]): Promise<number> {
  const rows: number[] = [];
  for (const table of tables) {
    const [answer] = await session.rows(`EXPLAIN (FORMAT json) SELECT FROM ${table}`);
    rows.push(...plansIn(answer).map((plan) => plan['Plan Rows'] ?? 0));
  }
  return largest(rows, 0);
}

/** How many rows the largest of the tables has. */
export async function countRows(session: Session, tables: readonly string[]): Promise<number> {
  const rows: number[] = [];
  for (const table of tables) {
    const [answer] = await session.rows(`SELECT count(*)::float8 AS rows FROM ${table}`);
    rows.push(Number(answer?.rows));
  }
  return largest(rows, 0);
}

function plansIn(answer: object | undefined): PlanNode[] {
  const [plans] = Object.values(answer ?? {}) as readonly (readonly { readonly Plan: PlanNode }[])[];
  return (plans ?? []).map(({ Plan }) => Plan);
}

const nodesBelow = ({ Plans = [] }: PlanNode): PlanNode[] =>
  Plans.flatMap((node) => [node, ...nodesBelow(node)]);

const namesIn = (nodes: readonly PlanNode[]): string[] => [
  ...new Set(
    nodes.flatMap(({ Schema, 'Relation Name': name }) =>
      Schema === undefined || name === undefined ? [] : [`${identifier(Schema)}.${identifier(name)}`],
    ),
  ),
];
