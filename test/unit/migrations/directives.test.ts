import { readHeader, repeatByDefault } from '../../../src/migrations/directives.ts';

const read = (argument: string) => {
  const text = `-- slipway: repeat${argument}\nUPDATE t SET a = 1;\n`;
  return readHeader({ path: 'a.sql', text, checksum: '' }).directives.repeat;
};

test.each([
  ['', repeatByDefault],
  [' 20000', { ...repeatByDefault, rows: 20_000 }],
  [' pause 2s', { ...repeatByDefault, pauseMs: 2000 }],
  [' 1  pause 0', { rows: 1, pauseMs: 0 }],
])('repeat%s', (argument, repeat) => {
  expect(read(argument)).toEqual(repeat);
});

test.each([
  ' 0',
  ' 99999999999',
  ' 5 rows',
  ' pause',
  ' pause soon',
  ' 5pause 1s',
  ' -5',
  ' 5 pause 1s more',
])('repeat%s is refused', (argument) => {
  expect(() => read(argument)).toThrow(/is not a number of rows and a pause/);
});

test('without its colon it is no comment that goes unseen', () => {
  const text = '-- slipway repeat 5000 pause 1s\nUPDATE t SET a = 1;';
  expect(() => readHeader({ path: 'a.sql', text, checksum: '' })).toThrow(/resembles a directive/);
});

test.each(['repeat\n-- slipway: repeat 10', 'isolation serializable\n-- slipway: isolation serializable'])(
  'a second %s is refused at its line',
  (directives) => {
    const text = `-- slipway: ${directives}\nUPDATE t SET n = 1;`;
    expect(() => readHeader({ path: 'a.sql', text, checksum: '' })).toThrow(
      /^a\.sql:2: the directive \w+ stands here twice/,
    );
  },
);
