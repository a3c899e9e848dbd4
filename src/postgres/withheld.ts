import { type Failure, SlipwayError } from '../core/index.ts';
import type { Patience } from './failure-rule.ts';

/** Why this side went no further: nothing is sent that must not be, or there is nothing to send. */
export class Withheld extends SlipwayError {
  /** Whether waiting may help, as where it comes from a file. */
  readonly retryPolicy: Patience;

  constructor(failure: Failure, retryPolicy: Patience = 'none') {
    super(failure);
    this.retryPolicy = retryPolicy;
  }
}
