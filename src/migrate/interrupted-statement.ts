import { identifier, literal, type Row } from '../postgres/index.ts';
import type { Partitioning, QualifiedName, Question, Renewed } from '../sql/index.ts';
import { clearLeftover, dropWithoutLimit } from './leftover-index.ts';
import type { Run } from './run.ts';
import type { StatementPart } from './statement-part.ts';
import { own, setUp } from './step-session.ts';

/**
 * Finds out how far a statement came that was interrupted, and clears what it left where it is to run again. Names are
 * looked up as the statement looked them up; the settings of the statement are set then.
 *
 * @returns whether it is done.
 */
export async function isDone(run: Run, part: StatementPart, question: Question): Promise<boolean> {
  if (question.kind === 'index') return (await clearLeftover(run, part, question.index, true)) === 'valid';
  await setUp(run, part);
  switch (question.kind) {
    case 'repeatable':
      return false;
    case 'renewed':
      return clearRenewed(run, part, question.renewed);
    case 'droppedIndex':
      return (await oidOf(run, 'to_regclass', question.index)) === null;
    case 'enumValue': {
      const type = await oidOf(run, 'to_regtype', question.type);
      if (type === null) return false;
      const [row] = await ask(
        run,
        `SELECT EXISTS (SELECT FROM pg_enum WHERE enumtypid = ${type} AND enumlabel = ${question.literal}) AS found`,
      );
      return row?.found === true;
    }
    case 'attached':
      return (await attachment(run, question)) === 'attached';
    case 'detached':
      return finishDetaching(run, question);
  }
}

/** A question of ours, in names of our own; the names of the session stay as they are. */
const ask = (run: Run, sql: string): Promise<Row[]> => run.session.rows(own(sql));

/** An oid as text, which only digits can be in; null where nothing has the name. */
async function oidOf(
  { session }: Run,
  lookUp: 'to_regclass' | 'to_regtype',
  name: QualifiedName,
): Promise<string | null> {
  const [row] = await session.rows(
    `SELECT pg_catalog.${lookUp}(${literal(written(name))})::pg_catalog.oid::pg_catalog.text AS oid`,
  );
  return typeof row?.oid === 'string' ? row.oid : null;
}

const written = ({ schema, name }: QualifiedName): string =>
  [...(schema === null ? [] : [schema]), name].map(identifier).join('.');

type Attachment = 'none' | 'attached' | 'detaching';

/** What a relation is to another (PostgreSQL docs 53.24, pg_inherits). */
async function attachment(run: Run, { parent, partition }: Partitioning): Promise<Attachment> {
  const oids = [await oidOf(run, 'to_regclass', parent), await oidOf(run, 'to_regclass', partition)];
  if (oids.includes(null)) return 'none';
  const [row] = await ask(
    run,
    `SELECT inhdetachpending AS pending FROM pg_inherits WHERE inhparent = ${oids[0]} AND inhrelid = ${oids[1]}`,
  );
  return row === undefined ? 'none' : row.pending === true ? 'detaching' : 'attached';
}

/** Completes a detaching that was begun (PostgreSQL docs, ALTER TABLE, "DETACH PARTITION ... FINALIZE"). */
async function finishDetaching(run: Run, partitioning: Partitioning): Promise<boolean> {
  const now = await attachment(run, partitioning);
  if (now !== 'detaching') return now === 'none';
  const { parent, partition } = partitioning;
  await run.session.work(`ALTER TABLE ${written(parent)} DETACH PARTITION ${written(partition)} FINALIZE`);
  return true;
}

/**
 * Drops what an interrupted REINDEX left invalid. An index `..._ccold` is the old one: the new one is in its place by
 * then, and a single index is so renewed (PostgreSQL docs, REINDEX, "Rebuilding Indexes Concurrently").
 */
async function clearRenewed(run: Run, part: StatementPart, renewed: Renewed): Promise<boolean> {
  const relation = 'relation' in renewed ? await oidOf(run, 'to_regclass', renewed.relation) : null;
  if ('relation' in renewed && relation === null) return false;
  const rows = await ask(run, leftByReindex(renewed, relation ?? '0'));
  for (const { name } of rows) {
    run.log.info(
      { event: 'rebuild', index: String(name) },
      `${name} was left invalid by a REINDEX: it is dropped`,
    );
    await dropWithoutLimit(run, String(name));
  }
  await setUp(run, part);
  return renewed.object === 'INDEX' && rows.length > 0 && rows.every(({ is_old }) => is_old === true);
}

function leftByReindex(renewed: Renewed, oid: string): string {
  const tree = `SELECT ${oid}::oid AS oid UNION SELECT relid::oid FROM pg_partition_tree(${oid}::oid::regclass)`;
  const scope = {
    INDEX: () => `i.indrelid IN (SELECT x.indrelid FROM pg_index x JOIN pg_class r ON r.oid = x.indexrelid
      WHERE x.indexrelid IN (${tree}) AND starts_with(r.relname::text, regexp_replace(c.relname::text, ${mark}, '')))`,
    TABLE: () => `t.oid IN (${tree}) OR t.oid IN (SELECT reltoastrelid FROM pg_class WHERE oid IN (${tree}))`,
    SCHEMA: () => {
      const schema = `(SELECT oid FROM pg_namespace WHERE nspname = ${literal('schema' in renewed ? renewed.schema : '')})`;
      return `t.relnamespace = ${schema} OR t.oid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = ${schema})`;
    },
    DATABASE: () => 'true',
  }[renewed.object]();
  return `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relname ~ '_ccold[0-9]*$' AS is_old
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT i.indisvalid AND c.relname ~ ${mark} AND (${scope})
     ORDER BY 1`;
}

const mark = `'_cc(new|old)[0-9]*$'`;
