import { databasesWith, filesFor } from '../../../src/cli/open-files.ts';

test.each([
  [1, 40],
  [8, 54],
  [100, 238],
])('%i databases at a time need %i open files, and fit into no fewer', (databases, files) => {
  expect(filesFor(databases)).toBe(files);
  expect([databasesWith(files), databasesWith(files - 1)]).toEqual([databases, databases - 1]);
});
