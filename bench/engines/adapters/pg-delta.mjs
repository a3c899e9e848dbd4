import { extract } from '@supabase/pg-delta/extract';
import { renderPlanFiles } from '@supabase/pg-delta/frontends';
import { plan } from '@supabase/pg-delta/plan';
import pg from 'pg';

const read = async ({ url }) => {
  const pool = new pg.Pool({ connectionString: url, max: 5 });
  try {
    return await extract(pool);
  } finally {
    await pool.end();
  }
};

export async function write(before, after) {
  const [source, desired] = [await read(before), await read(after)];
  const { files } = renderPlanFiles(plan(source.factBase, desired.factBase), { allowDrops: true });
  // It tells of objects of kinds that it does not model, in both databases, changed or not: what it tells of one alone
  // is the change.
  const named = ({ diagnostics }) =>
    diagnostics.filter(({ code }) => code === 'unmodeled_kind').map(({ message }) => message);
  const [had, has] = [named(source), named(desired)];
  return {
    units: files.map(({ contents, transactional }) => ({ sql: contents, isTransactional: transactional })),
    left: [...had.filter((text) => !has.includes(text)), ...has.filter((text) => !had.includes(text))],
  };
}
