import { classifyServerError } from '../../../src/postgres/server-error.ts';

const shared = { code: '53200', message: 'out of shared memory' };

test.each([
  [
    'locks',
    { ...shared, hint: 'You might need to increase "max_locks_per_transaction".' },
    'config',
    /^Raise max_locks_per_transaction /,
  ],
  [
    'predicate locks',
    { ...shared, hint: 'You might need to increase max_pred_locks_per_transaction.' },
    'config',
    /^Raise max_pred_locks_per_transaction /,
  ],
  ['memory', { code: '53200', message: 'out of memory' }, 'temporary', /out of resources/],
  ['a disk', { code: '53100', message: 'could not extend file "base/1/2"' }, 'temporary', /Make room/],
  [
    'a library, as TimescaleDB says it',
    { code: 'XX000', message: 'extension "timescaledb" must be preloaded' },
    'config',
    /shared_preload_libraries/,
  ],
  [
    'a library, as others do',
    { code: '55000', message: 'pgaudit must be loaded via shared_preload_libraries' },
    'config',
    /shared_preload_libraries/,
  ],
  ['anything else', { code: '22012', message: 'division by zero' }, 'migration', /Correct the statement/],
])('what is missing is %s', (_, error, exit, remedy) => {
  expect(classifyServerError({ hint: undefined, ...error })).toMatchObject({
    exit,
    again: null,
    remedy: expect.stringMatching(remedy),
  });
});
