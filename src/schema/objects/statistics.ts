import { type Alteration, type ObjectChange, recreate, steps } from './common/alteration.ts';
import { ofNoMembersTable, qualified } from './common/scoped.ts';
import { dropByName, type Families } from './family.ts';

/** Extended statistics. */
const statisticsQuery = `
  SELECT 'statistics', n.name || '.' || quote_ident(s.stxname), s.stxrelid::regclass::text,
      pg_get_statisticsobjdef(s.oid) || CASE WHEN s.stxstattarget >= 0 THEN ' statistics ' || s.stxstattarget ELSE '' END, NULL
    FROM pg_statistic_ext s JOIN space n ON n.oid = s.stxnamespace
   WHERE ${ofNoMembersTable('s')}`;

/** Extended statistics. */
function createStatistics(name: string, text: string): readonly string[] {
  const [, definition = text, target] = /^(.*?)(?: statistics (\d+))?$/s.exec(text) ?? [];
  return [definition, ...(target === undefined ? [] : [`ALTER STATISTICS ${name} SET STATISTICS ${target}`])];
}

/** Extended statistics: their target alone is set. */
function alterStatistics({ name, before, after }: ObjectChange): Alteration {
  const target = / statistics (\d+)$/;
  if (before.text.replace(target, '') !== after.text.replace(target, '')) return recreate;
  return steps(`ALTER STATISTICS ${name} SET STATISTICS ${target.exec(after.text)?.[1] ?? -1}`);
}

export const statistics = {
  statistics: {
    read: [{ sql: statisticsQuery, rare: 'others' }],
    rows: {
      pg_statistic_ext: `SELECT e.oid, 0, 'statistics ' || ${qualified('s.name', 'e.stxname')} FROM pg_statistic_ext e JOIN space s ON s.oid = e.stxnamespace`,
    },
    create: ({ name, text }) => createStatistics(name, text),
    alter: alterStatistics,
    drop: dropByName,
  },
} satisfies Families;
