import { redacting } from '../../../src/log/redact.ts';

const secret = `it's "a\\b" secret`;

describe('a secret is taken out of a text', () => {
  test.each([
    ['as it is', `for ${secret}!`, 'for ***!'],
    ['in JSON', JSON.stringify({ msg: `for ${secret}!` }), '{"msg":"for ***!"}'],
    ['in SQL', `'it''s "a\\b" secret'`, "'***'"],
    ['in SQL with escapes', `E'it''s "a\\\\b" secret'`, "E'***'"],
    ['in SQL in JSON', JSON.stringify(`E'it''s "a\\\\b" secret'`), `"E'***'"`],
    ['twice', `${secret}, ${secret}`, '***, ***'],
    ['cut off', `for it's "a\\b…`, 'for ***…'],
    ['cut off in JSON', JSON.stringify([`for it's "a\\b…`, `it's "a…`]), '["for ***…","***…"]'],
  ])('%s', (_, text, expected) => {
    expect(redacting([secret])(text)).toBe(expected);
  });

  test('of several, one of which begins another', () => {
    expect(redacting(['secret', 'secret of all'])('secret of all, secret')).toBe('***, ***');
  });

  test('of several lines, each alone', () => {
    expect(redacting(['-- begin --\nabcdef\n\n}'])('abcdef } -- begin --')).toBe('*** } ***');
  });
});

test.each([
  ['without secrets', [], 'all of it…'],
  ['what is too short', ['a', '12345'], 'a 12345…'],
  ['what only begins like one', ['abcdefgh'], 'abcdefg'],
])('%s nothing is taken out', (_, secrets, text) => {
  expect(redacting(secrets)(text)).toBe(text);
});
