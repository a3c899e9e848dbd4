import { SlipwayError } from '../../../src/core/slipway-error.ts';
import { decodeSource } from '../../../src/migrations/source.ts';

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

function refusal(content: Buffer): SlipwayError {
  try {
    decodeSource('m.sql', content);
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('the file was accepted');
}

test('BOM and line ends do not count', () => {
  const plain = decodeSource('m.sql', bytes('SELECT 1;\nSELECT 2;\n'));
  expect(plain).toEqual({
    path: 'm.sql',
    text: 'SELECT 1;\nSELECT 2;\n',
    checksum: '82efb67f3010c6eb7ead02e4f6d9550633dbc1407f99aa487468e7b2567aebbc',
  });
  for (const other of [
    bytes('SELECT 1;\r\nSELECT 2;\r\n'),
    bytes([0xef, 0xbb, 0xbf], 'SELECT 1;\nSELECT 2;\n'),
    bytes([0xef, 0xbb, 0xbf], 'SELECT 1;\r\nSELECT 2;\r\n'),
    bytes([0xef, 0xbb, 0xbf], [0xef, 0xbb, 0xbf], 'SELECT 1;\nSELECT 2;\n'),
  ]) {
    expect(decodeSource('m.sql', other)).toEqual(plain);
  }
});

test('a BOM in the middle, and what resembles a replacement character, are text', () => {
  expect(decodeSource('m.sql', bytes("SELECT '\uFEFF\uFFFD';")).text).toBe("SELECT '\uFEFF\uFFFD';");
});

test.each([
  ['UTF-16 with its mark', bytes([0xff, 0xfe], [0x53, 0x00]), 65, /^m\.sql: .*UTF-16/, /Save it as UTF-8/],
  [
    'Latin-1 after multi-byte text',
    bytes('-- ok\n-- zażółć ', [0xe9], ' x\n'),
    65,
    /^m\.sql:2:11: .*byte 0xe9 at offset 20/,
    /Save it as UTF-8/,
  ],
  [
    'a sequence that is cut off',
    bytes('SELECT 1', [0xf0, 0x9f]),
    65,
    /^m\.sql:1:9: .*0xf0 at offset 8/,
    /UTF-8/,
  ],
  ['a NUL byte', bytes('SELECT 1;\nSELECT ', [0], ';'), 65, /^m\.sql:2:8: .*NUL byte/, /Remove it/],
  [
    'an unfinished merge',
    bytes('SELECT 1;\n<<<<<<< HEAD\nSELECT 2;\n=======\nSELECT 3;\n>>>>>>> main\n'),
    66,
    /^m\.sql:2:1: .*unfinished merge/,
    /Resolve the merge/,
  ],
])('%s is refused', (_, content, code, names, remedy) => {
  const error = refusal(content);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(names);
  expect(error.failure.remedy).toMatch(remedy);
});

test('a line of equals signs alone is no merge', () => {
  expect(decodeSource('m.sql', bytes('/*\n=======\n*/ SELECT 1;')).text).toContain('=======');
});
