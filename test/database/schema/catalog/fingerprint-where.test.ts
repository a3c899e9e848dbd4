import { kinds } from '../../../../src/schema/kinds.ts';
import type { Traits } from '../../../../src/schema/traits.ts';
import { catalogsLeftOut } from '../../../support/catalogs.ts';
import { createDatabase, majors, named } from '../../../support/database.ts';

const livedIn = Object.values<Traits>(kinds).flatMap(({ livesIn }) => livesIn);

test.each(named(majors))(
  'each catalog of PostgreSQL $version is one that a kind lives in, or is left out for a reason',
  async ({ major }) => {
    const database = await createDatabase(major);
    const found = await database.query(
      "SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'",
    );
    await database.drop();
    const catalogs = found.map(({ relname }) => relname);
    const known = [...livedIn, ...Object.keys(catalogsLeftOut)];
    expect(catalogs.filter((catalog) => !known.includes(catalog))).toEqual([]);
    expect(known.filter((catalog) => !catalogs.includes(catalog) && !newer.includes(catalog))).toEqual([]);
  },
);

/** Catalogs that older servers lack. */
const newer = ['pg_parameter_acl', 'pg_publication_namespace'];

test('no catalog is both lived in and left out', () => {
  expect(livedIn.filter((catalog) => catalog in catalogsLeftOut)).toEqual([]);
});
