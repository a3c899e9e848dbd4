import { sharing } from '../../../../src/schema/catalog/snapshot.ts';
import { snapshotOf } from '../../../support/snapshot.ts';

test('snapshots of one schema share what did not change, and are the same snapshot where nothing did', () => {
  const earlier = snapshotOf({ 'table app.a': 'table', 'table app.b': 'table', 'table app.c': 'table' });
  const same = sharing(earlier, new Map([...earlier].map(([name, object]) => [name, { ...object }])));
  expect(same).toBe(earlier);
  const later = snapshotOf({
    'table app.a': 'table',
    'table app.b': 'unlogged table',
    'table app.d': 'table',
  });
  const shared = sharing(earlier, later);
  expect([...shared]).toEqual([...later]);
  expect([...shared].map(([name, object]) => object === earlier.get(name))).toEqual([true, false, false]);
});
