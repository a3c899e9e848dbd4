import fc from 'fast-check';
import { readHeader } from '../../../src/migrations/directives.ts';
import { decodeSource } from '../../../src/migrations/source.ts';
import type { Directives } from '../../../src/sql/source.ts';
import { type Family, observe } from '../family.ts';
import { anyText, mutated, sometimesLong } from '../texts.ts';

/** A directive as it is written, and what it sets. */
interface Written {
  readonly text: string;
  readonly sets: Partial<Directives> & { readonly version?: string };
}

interface Input {
  readonly text: string;
  /** What must be read; null where the text was tampered with. */
  readonly sets: Written['sets'] | null;
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const directive: fc.Arbitrary<Written> = fc.oneof(
  fc.constant({ text: 'no-transaction', sets: { noTransaction: true } }),
  fc.constant({ text: 'irreversible', sets: { irreversible: true } }),
  fc
    .tuple(fc.nat({ max: 500 }), fc.constantFrom('ms', 's', 'm', 'h'), fc.constantFrom('', ' '))
    .map(([count, unit, space]) => ({
      text: `lock-timeout ${count}${space}${unit}`,
      sets: { lockTimeoutMs: count * unitMs[unit as keyof typeof unitMs] },
    })),
  fc.stringMatching(/^\d{14}$/).map((version) => ({ text: `version ${version}`, sets: { version } })),
  fc.constant({ text: 'from-default a.b', sets: {} }),
);
const line: fc.Arbitrary<Written> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        directive,
        fc.constantFrom('--', '//', '  --', '\t--'),
        fc.constantFrom('', ' ', '  '),
        fc.constantFrom('', ' ', '\t'),
      )
      .map(([{ text, sets }, mark, space, tail]) => ({
        text: `${mark}${space}slipway:${space}${text}${tail}`,
        sets,
      })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', '   ', '-- a comment', '--', '-- slipways: no')
      .map((text) => ({ text, sets: {} })),
  },
);
const header: fc.Arbitrary<Input> = fc.array(line, { maxLength: 8 }).map((lines) => ({
  text: `${lines.map(({ text }) => text).join('\n')}\nSELECT 1;\n-- slipway: nonsense\n`,
  sets: Object.assign({}, ...lines.map(({ sets }) => sets)),
}));
const pieces = fc.oneof(
  fc.constantFrom(
    '-- slipway:',
    '-- slipway: ',
    '--',
    '//',
    'keep',
    'end',
    'version',
    'lock-timeout',
    'no-transaction',
    'x',
    '\n',
    ' ',
    '\t',
    '\u00a0',
    ':',
    '-1',
    '1e9',
    '9'.repeat(40),
    'undefined',
    '.',
  ),
  anyText,
);
/** What this family is given. */
export const directiveInputs: fc.Arbitrary<Input> = fc.oneof(
  header,
  sometimesLong(
    mutated(
      header.map(({ text }) => text),
      pieces,
    ),
    fc.oneof(pieces, fc.constant('-- slipway: irreversible\n')),
  ).map((text) => ({ text, sets: null })),
  fc.array(pieces, { maxLength: 8 }).map((all) => ({ text: `-- slipway:${all.join('')}`, sets: null })),
);

/** The first comment lines of a file: `-- slipway: ...`. */
export const directives = (): Family<Input> => ({
  name: 'directives',
  share: 0.1,
  isPure: true,
  inputs: directiveInputs,
  run: ({ text, sets }) =>
    observe((broken) => {
      const { directives, version } = readHeader(decodeSource('a.sql', Buffer.from(text, 'utf8')));
      if (sets) {
        const { version: wanted = null, ...rest } = sets;
        const expected = { noTransaction: false, lockTimeoutMs: null, irreversible: false, ...rest };
        if (JSON.stringify(directives) !== JSON.stringify(expected))
          broken.push(`it is read as ${JSON.stringify(directives)}`);
        if (version !== wanted) broken.push(`the version is read as ${version}`);
      }
      return [];
    }),
});
