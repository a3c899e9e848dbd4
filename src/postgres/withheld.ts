import { type Failure, SlipwayError } from '../core/index.ts';
import type { Patience } from './failure-rule.ts';

/** Why this side went no further: nothing is sent that must not be, or there is nothing to send. */
export class Withheld extends SlipwayError {
  /** Whether waiting may help, as where it comes from a file. */
  readonly patience: Patience;

  constructor(failure: Failure, patience: Patience = 'none') {
    super(failure);
    this.patience = patience;
  }
}
