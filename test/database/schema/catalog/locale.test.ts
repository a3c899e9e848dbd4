import { diff } from '../../../../src/schema/compare/diff.ts';
import { expectedOf, hardSchema, lookAt } from '../../../fixtures/hard-schema.ts';
import { administer, createDatabase, majors, named } from '../../../support/database.ts';

/** A database has a locale of ICU from 15 on. */
const withIcu = majors.filter((candidate) => candidate >= 15).slice(-1);

test.each(named(withIcu))(
  'PostgreSQL $version: a database that sorts by another locale gives the same snapshot',
  async ({ major }) => {
    const template = `locale_${process.pid}`;
    await administer(
      major,
      `CREATE DATABASE ${template} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kf-upper-kr-digit-punct'`,
    );
    const plain = await createDatabase(major);
    const sorted = await createDatabase(major, { template });
    try {
      const snapshots = [];
      for (const database of [plain, sorted]) {
        await database.query(hardSchema);
        // Columns that the two locales order differently.
        await database.query(
          'CREATE VIEW hard.sorted AS SELECT "Column, odd", "order", "ärger", p.name, p.age FROM "Odd Name"."Table.With ""All""", hard.people p',
        );
        snapshots.push(await (await lookAt(database))());
      }
      const [first, second] = snapshots;
      if (!first || !second) throw new Error('no snapshots');
      expect(diff(...expectedOf(first, second))).toEqual({ differences: [], unverified: [] });
      expect([...first.keys()]).toEqual([...second.keys()]);
    } finally {
      await plain.drop();
      await sorted.drop();
      await administer(major, `DROP DATABASE ${template}`);
    }
  },
);
