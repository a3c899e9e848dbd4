import { ConfigError, SlipwayError } from '../../../src/core/slipway-error.ts';

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

test('no word of a failure shows a password, whatever made it, before any setting is read', () => {
  const url = 'postgresql://a:hunter2@db';
  const error = new SlipwayError({
    exit: 'usage',
    place: { file: 'a.sql' },
    message: url,
    remedy: `Give ${url}.`,
    detail: [`\t${url}`, "CREATE ROLE r PASSWORD 'hunter2"],
  });
  const { message, remedy, detail } = error.failure;
  expect(`${[error.message, error.stack, message, remedy, ...(detail ?? [])]}`).not.toContain('hunter2');
});

test('an error has the name of its kind, which the bundle keeps', () => {
  const wrong = { name: 'PGPORT', message: 'is no port', remedy: 'Give one.' };
  expect(String(new ConfigError([wrong]))).toBe('ConfigError: PGPORT: is no port');
});
