import fc from 'fast-check';
import { parseCommandLine } from '../../../src/cli/parse.ts';
import { aliases, commands } from '../../../src/cli/table.ts';
import { settings } from '../../../src/config/settings.ts';
import { load } from '../../support/config-input.ts';
import { canary } from '../canary.ts';
import type { Family, Observed } from '../family.ts';
import { anyText, mutated, sometimesLong } from '../texts.ts';

type Input = readonly string[];

const names = [...Object.keys(commands), ...Object.keys(aliases)];
const ownOptions = (
  await Promise.all(Object.values(commands).map(async (load) => Object.keys((await load()).options)))
).flat();
const options = [
  ...settings.flatMap(({ flag }) => flag ?? []),
  ...ownOptions.map((name) => `--${name}`),
  '--help',
  '-h',
  '--version',
  '--json',
  '--debug',
];
const secretUrl = `postgresql://app:${canary}@db:5432/app`;
const value = fc.oneof(
  fc.constantFrom(
    '0',
    '5s',
    'head',
    'none',
    'warn',
    '20251204093000',
    'x.sql',
    '-1',
    '',
    'on',
    'debug',
    'undefined',
    secretUrl,
  ),
  anyText,
);
const word = sometimesLong(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...options) },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom(...options), value).map(([option, text]) => `${option}=${text}`),
    },
    { weight: 3, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(...names) },
    { weight: 1, arbitrary: mutated(fc.constantFrom(...options), anyText) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '-',
        '--',
        '---',
        '-m',
        '-abc',
        '-h=1',
        '--no-json',
        '--__proto__',
        '--constructor=1',
        'help',
        `--password=${canary}`,
        `--url=${secretUrl}`,
        `PGPASSWORD=${canary}`,
      ),
    },
  ),
  anyText,
);
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: mutated(fc.constantFrom(...names), anyText) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', secretUrl),
  },
);
/** What this family is given. */
export const commandLineInputs: fc.Arbitrary<Input> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(name, fc.array(word, { maxLength: 5 })).map(([first, rest]) => [first, ...rest]),
  },
  { weight: 2, arbitrary: fc.array(word, { maxLength: 5 }) },
);

/** Words of a command line, and the configuration that they make. */
export const commandLines = (): Family<Input> => ({
  name: 'command-lines',
  share: 0.12,
  isPure: true,
  inputs: commandLineInputs,
  async run(argv): Promise<Observed> {
    try {
      const line = await parseCommandLine(argv);
      if (line.kind === 'print') {
        const broken = line.text.trim() === '' ? ['it prints nothing'] : [];
        return { error: null, said: [line.text], broken, exitCode: line.exit };
      }
      return { error: null, said: load({ flags: line.settings }).notes, broken: [] };
    } catch (error) {
      return { error, said: [], broken: [] };
    }
  },
});
