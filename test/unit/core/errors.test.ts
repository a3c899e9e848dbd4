import { SlipwayError } from '../../../src/core/errors.ts';

test('whatever a failure quotes, it is one line each, and its message shows no password', () => {
  const error = new SlipwayError({
    exit: 'files',
    place: { file: 'migrations/a\nb.sql', line: 2 },
    message:
      'it holds\r\n"CREATE ROLE r PASSWORD \'hunter2\'" and postgresql://a:hunter2@db and PGPASSWORD=hunter2 \u001b[1m',
    remedy: 'Remove\nit.',
    detail: ['\tfirst\nsecond', 'third'],
  });
  expect(error.message).toBe(
    'migrations/a\\nb.sql:2: it holds "CREATE ROLE r PASSWORD \'***\'" and postgresql://a:***@db and PGPASSWORD=*** \u001b[1m',
  );
  expect(error.failure.remedy).toBe('Remove it.');
  expect(error.failure.detail).toEqual(['\tfirst second', 'third']);
});
