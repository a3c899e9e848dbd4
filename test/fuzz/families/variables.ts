import fc from 'fast-check';
import { parameters } from '../../../src/config/conninfo/parameters.ts';
import { parseDuration } from '../../../src/config/duration.ts';
import { secretVariables } from '../../../src/config/secret.ts';
import { settings } from '../../../src/config/settings.ts';
import { fsError, load } from '../../support/config-input.ts';
import { canary } from '../canary.ts';
import { type Family, observe } from '../family.ts';
import { anyText, mutated, sometimesLong } from '../texts.ts';

interface Input {
  readonly env: readonly (readonly [string, string])[];
  readonly flags: readonly (readonly [string, string | boolean])[];
  /** Path -> text; or the code of the error that reading it gives. */
  readonly files: readonly (readonly [string, { readonly text: string } | { readonly code: string }])[];
  /** A duration, and how it is written. */
  readonly duration: readonly [number, 'ms' | 's' | 'm' | 'h'];
}

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const secretUrl = `postgresql://app:${canary}@db.example:5432/app`;
const paths = [
  '/secret',
  '/other',
  '.env',
  '.env.testing',
  '/home/os/.pgpass',
  '/home/os/.postgresql/root.crt',
];

const known = [
  ...new Set([
    ...settings.map(({ variable }) => variable),
    ...Object.values(parameters).flatMap(({ variable }) => variable ?? []),
  ]),
];
const variable = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...known) },
  { weight: 3, arbitrary: fc.constantFrom(...secretVariables).map((name) => `${name}_FILE`) },
  { weight: 2, arbitrary: fc.stringMatching(/^SLIPWAY_VAR_[A-Za-z0-9_$.-]{0,6}(_FILE)?$/) },
  {
    weight: 1,
    arbitrary: mutated(fc.constantFrom(...known), anyText).map((name) => name.replaceAll('\0', '')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'SLIPWAY_', 'SLIPWAY_VAR_', 'PATH'),
  },
);
const words = fc.constantFrom(
  '',
  ' ',
  '0',
  '1',
  '-1',
  '1e9',
  '0x10',
  'NaN',
  'Infinity',
  'null',
  'undefined',
  'true',
  'on',
  'none',
  'fail',
  'warn',
  'json',
  'pretty',
  'debug',
  'head',
  '60s',
  '3 s',
  '1.5m',
  '999999h',
  '0.0000001ms',
  '5432',
  '65536',
  '5432,5433',
  'a,b',
  'system',
  'disable',
  'verify-full',
  'require',
  'testing',
  '../x',
  'a/b',
  '::1',
  '[::1]',
  '/tmp',
  'db:5432',
  '-c a=b',
  '__proto__',
  `${secretUrl}`,
  `host=db password=${canary}`,
  `app:${canary}@db`,
  ...paths,
);
const value = sometimesLong(
  fc.oneof({ weight: 4, arbitrary: words }, { weight: 1, arbitrary: anyText }),
  anyText,
);
/** A secret's value is the canary, in one dress or another. */
const wordFor = (name: string): fc.Arbitrary<string> =>
  /PASSWORD$/.test(name)
    ? fc.tuple(anyText, anyText).map(([a, b]) => a + canary + b)
    : /URL$/.test(name)
      ? mutated(fc.constant(secretUrl), anyText).map((url) => url)
      : value;
const given = variable.chain((name) =>
  fc.tuple(
    fc.constant(name),
    fc.oneof({ weight: 3, arbitrary: wordFor(name) }, { weight: 1, arbitrary: value }),
  ),
);

const dotenvLine = fc.oneof(
  given.map(([name, text]) => `${name}=${text}`),
  given.map(([name, text]) => `export ${name} = "${text}"`),
  given.map(([name, text]) => `${name}='${text}' # why`),
  fc.constantFrom('#', '=', 'A', "A='", 'A="', 'A=`', '\uFEFF', '<<<<<<< HEAD', `PGPASSWORD=${canary}`),
  anyText,
);
const text = sometimesLong(
  fc.oneof(
    fc
      .tuple(fc.array(dotenvLine, { maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'))
      .map(([lines, end]) => lines.join(end)),
    fc.constantFrom(
      `${canary}\n`,
      `${secretUrl}\r\n`,
      `db:5432:*:*:${canary}`,
      `*:*:*:*:${canary}\n`,
      '',
      '\n',
      '\0',
      '-----BEGIN ',
    ),
  ),
  fc.oneof(dotenvLine, fc.constantFrom('\\', ':', '"', "'", ' ', '\n', 'A=')),
);
const file = fc.oneof(
  { weight: 6, arbitrary: text.map((text) => ({ text })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('EACCES', 'EISDIR', 'ENOTDIR', 'EIO', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE')
      .map((code) => ({ code })),
  },
);
const flag = fc
  .constantFrom(...settings.filter(({ flag }) => flag !== null))
  .chain(({ flag, placeholder, variable }) =>
    fc.tuple(fc.constant((flag ?? '').slice(2)), placeholder === null ? fc.boolean() : wordFor(variable)),
  );

/** What this family is given. */
export const variableInputs: fc.Arbitrary<Input> = fc.record({
  env: fc.array(given, { maxLength: 6 }),
  flags: fc.array(flag, { maxLength: 2 }),
  files: fc.array(fc.tuple(fc.constantFrom(...paths), file), { maxLength: 4 }),
  duration: fc.tuple(fc.nat({ max: 500_000 }), fc.constantFrom('ms', 's', 'm', 'h')),
});

/** Every variable and flag, `.env`, `.env.<ENVIRONMENT>`, password files and secrets from files. */
export const variables = (): Family<Input> => ({
  name: 'variables',
  share: 0.18,
  isPure: true,
  inputs: variableInputs,
  run: ({ env, flags, files, duration: [count, unit] }) =>
    observe((broken) => {
      const ms = count * unitMs[unit];
      const read = parseDuration(`${count}${unit}`);
      if (read !== (ms <= 2_147_483_647 ? ms : null)) broken.push(`${count}${unit} is read as ${read} ms`);
      const { config, notes } = load({
        env: Object.fromEntries(env),
        flags: Object.fromEntries(flags),
        files: Object.fromEntries(
          files.map(([path, file]) => [path, 'text' in file ? file.text : fsError(file.code)]),
        ),
      });
      if (!Object.isFrozen(config) || !Object.isFrozen(config.variables))
        broken.push('the result is not frozen');
      const timeouts = [
        config.waitTimeoutMs,
        config.lockTimeoutMs,
        config.ddlLockTimeoutMs,
        config.runTimeoutMs ?? 0,
      ];
      if (!timeouts.every((ms) => Number.isInteger(ms) && ms >= 0 && ms < 2 ** 31))
        broken.push(`timeouts of ${timeouts} ms`);
      return notes;
    }),
});
