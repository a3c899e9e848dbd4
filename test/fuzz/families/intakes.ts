import fc from 'fast-check';
import { Intake, TooMuch } from '../../../src/postgres/intake.ts';
import { headerOf } from '../../support/lying-server.ts';
import { type Family, observe } from '../family.ts';

/** Messages of a server by their lengths, and in which pieces they come. */
export interface IntakeInput {
  /** Each as its header has it, with how much of it comes. */
  readonly messages: readonly { readonly length: number; readonly comes: number }[];
  readonly pieces: readonly number[];
  readonly isLoggedIn: boolean;
  readonly most: number;
}

const inputs: fc.Arbitrary<IntakeInput> = fc.record({
  messages: fc.array(
    fc.record({
      length: fc.oneof(
        fc.nat({ max: 300 }),
        fc.constantFrom(0, 3, 4, 65_536, 65_537, 0x1000_0000, 0x1000_0001, 0x7fff_fff0, 0xffff_ffff),
      ),
      comes: fc.nat({ max: 300 }),
    }),
    { maxLength: 20 },
  ),
  pieces: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
  isLoggedIn: fc.boolean(),
  most: fc.constantFrom(200, 1_000, 1_000_000, Number.POSITIVE_INFINITY),
});

/** How many bytes are taken, of which the last may be part of what is too much; and what is said of that. */
function taken(input: IntakeInput, bytes: Buffer, pieces: readonly number[]): string {
  const intake = new Intake();
  if (input.isLoggedIn) {
    intake.loggedIn();
    intake.expect(input.most);
  }
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = pieces[n % pieces.length] as number;
    try {
      intake.admit(bytes.subarray(at, at + size));
    } catch (error) {
      if (error instanceof TooMuch) return error.message;
      throw error;
    }
    at += size;
  }
  return 'all of it is taken';
}

/** What comes from a server, bounded by the lengths that its messages say they have. */
export function intakes(): Family<IntakeInput> {
  return {
    name: 'intakes',
    share: 0.006,
    isPure: true,
    inputs,
    run: (input) =>
      observe((broken) => {
        const bytes = Buffer.concat(
          input.messages.flatMap(({ length, comes }) => [
            headerOf('D', length),
            Buffer.alloc(length <= 300 ? Math.max(0, length - 4) : comes),
          ]),
        );
        const whole = taken(input, bytes, [Math.max(1, bytes.length)]);
        const inPieces = taken(input, bytes, input.pieces);
        if (whole !== inPieces) broken.push(`in pieces: ${inPieces}; at once: ${whole}`);
        return [whole];
      }),
  };
}
