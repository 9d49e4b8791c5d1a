import { ExpectedError } from './expected-error.ts';

/** A command line that cannot be run: the message says why. */
export class UsageError extends ExpectedError {
  override readonly name = 'UsageError';
}
