import { spawnSync } from 'node:child_process';
import { scriptFor } from '../../../src/cli/completion.ts';
import { type Definition, definitionOf } from '../../../src/cli/definition.ts';
import { commands } from '../../../src/cli/table.ts';

let definition: Definition;
beforeAll(async () => {
  definition = await definitionOf(commands);
});

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;

/** What a shell offers behind these words, of which the last is being written. */
type Offer = (words: readonly string[]) => string[];

function run(shell: string, args: readonly string[], script: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, [...args, '-c', script], { encoding: 'utf8' });
  if (status !== 0 || stderr !== '') throw new Error(`${shell} ended with ${status}: ${stderr}`);
  return stdout.split('\n').filter((line) => line !== '');
}

const inBash: Offer = (words) =>
  run(
    'bash',
    ['--norc'],
    `${scriptFor('bash', definition)}
    compopt() { :; }
    COMP_WORDS=(slipway ${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length}
    _slipway
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  );

const inFish: Offer = (words) =>
  run(
    'fish',
    ['--no-config'],
    `${scriptFor('fish', definition)}
    complete -C 'slipway ${words.join(' ')}'`,
  ).map((line) => line.split('\t')[0] ?? '');

/** What is shown to a person is zsh's own matter: here it says only what it was given. */
const inZsh: Offer = (words) =>
  run(
    'zsh',
    ['-f'],
    `compdef() { :; }
    _files() { :; }
    _describe() { print -l -- "\${(@P)2}"; }
    ${scriptFor('zsh', definition)}
    words=(slipway ${words.map((word) => `'${word}'`).join(' ')}) CURRENT=${words.length + 1}
    _slipway`,
  )
    .map((line) => line.replace(/:.*/, ''))
    .filter((word) => word.startsWith(words.at(-1) ?? ''));

describe.each([
  ['bash', inBash],
  ['fish', inFish],
  ['zsh', inZsh],
] as const)('%s completes', (shell, offer) => {
  const here = shell === 'bash' || has(shell) ? test : test.skip;

  here('commands', () => {
    expect(offer([''])).toEqual(expect.arrayContaining(Object.keys(commands)));
    expect(offer(['ch'])).toEqual(['check']);
  });

  here("a command's options, and those of every command", () => {
    expect(offer(['status', '--ex'])).toEqual(['--exit-code']);
    expect(offer(['up', '--ex'])).toEqual([]);
    expect(offer(['up', '--wait'])).toEqual(['--wait-timeout']);
    expect(offer(['check', '--write', '--ag'])).toEqual(['--against']);
  });

  here('words that a command takes', () => {
    expect(offer(['completion', 'b'])).toEqual(['bash']);
    expect(offer(['help', 'squ'])).toEqual(['squash']);
  });

  here('nothing where a value is to come that is no file', () => {
    expect(offer(['adopt', '--as', ''])).toEqual([]);
  });
});
