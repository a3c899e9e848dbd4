import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

/** Words that need a second reading, and the plain ones in their place. */
const plain: readonly (readonly [RegExp, string])[] = [
  [/\bquestions?\b/gi, 'query'],
  [/\blook(?:s|ed|ing)?\b/gi, 'inspect, check, read'],
  [/\bcarr(?:y|ies|ied|ying)\b/gi, 'contain, bundled, keep'],
  [/\b(?:left|leaves?|leaving) behind\b/gi, 'lag, remain'],
  [/\blet in\b/gi, 'granted, accepted'],
  [/\b(?:gave|giv(?:es?|ing)) way\b/gi, 'back off'],
  [/\blean(?:s|ed|ing|t)? on\b/gi, 'depend on'],
  [/\bof one mind\b/gi, 'agree'],
  [/\bhush(?:e[sd]|ing)?\b/gi, 'redact'],
  [/\bconclu(?:de[sd]?|ding|sions?)\b/gi, 'interpret, guess'],
  [/\bsettl(?:e[sd]?|ing)\b/gi, 'exclude, restrict, decide'],
  [/\bwish(?:e[sd]|ing)?\b/gi, 'want, desired'],
];

/** Pages, with help texts and recorded output in them; the names of options and of source files are left out. */
const pages = execFileSync('git', ['ls-files', '*.md', 'examples', 'deploy', '*.yaml'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && !path.startsWith('test/'));

/** How many of the first words have an everyday use that a comment may need. */
const everyday = 2;

const found = (text: string, words = plain): string[] => {
  const read = text.replaceAll(/--carr(?:y|ied-by)\b|\b(?:src|test)\/[\w./-]+/g, '');
  return words.flatMap(([word, instead]) =>
    [...read.matchAll(word)].map(({ 0: hit, index }) => {
      const line = read.slice(read.lastIndexOf('\n', index) + 1).split('\n', 1)[0] ?? '';
      return `${hit} (${instead}): ${line}`;
    }),
  );
};

/** In the source the names of options, and everyday uses of the first words, stay. */
test('messages, names and comments of the source use plain words', () => {
  const files = execFileSync('git', ['ls-files', 'src'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const hits = files.flatMap((file) =>
    found(
      readFileSync(join(root, file), 'utf8').replaceAll(/'carried-by'|\bcarry\b|\blook(?:s|ed)? ?up\b/gi, ''),
      plain.slice(everyday),
    ).map((hit) => `${file}: ${hit}`),
  );
  expect(hits).toEqual([]);
});

test.each(pages)('%s uses plain words', (path) => {
  expect(found(readFileSync(join(root, path), 'utf8'))).toEqual([]);
});

test.each([
  ['the image that carries it', ['carries']],
  ['`slipway squash --carry FILE`, `src/squash/open-questions.ts`', []],
  ['It gives way.\nWhat leans on it is left behind.', ['left behind', 'gives way', 'leans on']],
])('what is found: %s', (text, words) => {
  expect(found(text).map((hit) => hit.split(' (')[0])).toEqual(words);
});
