import { type Failure, SlipwayError } from '../core/index.ts';
import type { RetryPolicy } from './failure-rule.ts';

/** Why this side went no further: nothing is sent that must not be, or there is nothing to send. */
export class Withheld extends SlipwayError {
  /** Whether waiting may help, as where it comes from a file. */
  readonly retryPolicy: RetryPolicy;

  constructor(failure: Failure, retryPolicy: RetryPolicy = 'none') {
    super(failure);
    this.retryPolicy = retryPolicy;
  }
}
