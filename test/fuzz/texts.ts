import fc from 'fast-check';

/** A change to a text: at a place from 0 to 1, so many characters go, and something comes. */
interface Edit {
  readonly at: number;
  readonly gone: number;
  readonly comes: string;
}

const edits = (noise: fc.Arbitrary<string>): fc.Arbitrary<Edit[]> =>
  fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 10_000 }).map((share) => share / 10_000),
      gone: fc.oneof(
        { weight: 4, arbitrary: fc.nat({ max: 3 }) },
        { weight: 1, arbitrary: fc.nat({ max: 400 }) },
      ),
      comes: noise,
    }),
    { minLength: 1, maxLength: 4 },
  );

/** Texts of `base` with a few characters gone, and some noise put in. */
export const mutated = (base: fc.Arbitrary<string>, noise: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(base, edits(noise)).map(([text, changes]) =>
    changes.reduce((now, { at, gone, comes }) => {
      const from = Math.floor(at * now.length);
      return now.slice(0, from) + comes + now.slice(from + gone);
    }, text),
  );

/** As `mutated`, of bytes: what comes in need not be UTF-8. */
export const mutatedBytes = (base: fc.Arbitrary<string>, noise: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  mutated(
    base.map((text) => Buffer.from(text, 'utf8').toString('latin1')),
    fc.oneof(
      noise.map((text) => Buffer.from(text, 'utf8').toString('latin1')),
      fc.string({
        unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
        maxLength: 4,
      }),
    ),
  ).map((text) => Buffer.from(text, 'latin1'));

/** Characters of every plane, control characters and lone surrogates among them. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    maxLength: 6,
  }),
);

const longest = 100_000;

/** Some 100 kB made of one short piece over and over: where time grows faster than length, it shows. */
export const longText = (pieces: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(pieces, pieces, pieces)
    .map(([head, piece, tail]) =>
      piece === '' ? head : head + piece.repeat(Math.floor(longest / piece.length)) + tail,
    );

/** Mostly the one, and now and then a long one. */
export const sometimesLong = (
  usual: fc.Arbitrary<string>,
  pieces: fc.Arbitrary<string>,
): fc.Arbitrary<string> =>
  fc.oneof({ weight: 99, arbitrary: usual }, { weight: 1, arbitrary: longText(pieces) });
