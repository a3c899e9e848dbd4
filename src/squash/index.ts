/**
 * Makes one new baseline of the baseline and the migrations after it. The new baseline makes the same schema, rows
 * and sequences as the files that it replaces, or nothing is written.
 */
export { decisionsOf } from './decisions.ts';
export { type Squashed, type SquashInput, squash } from './squash.ts';
export {
  moveSuperseded,
  packageVersion,
  squashedFiles,
  supersededBy,
  type Written,
  writeSquashed,
} from './write.ts';
