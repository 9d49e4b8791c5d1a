import { ExpectedError } from './expected-error.ts';

/** A data set that cannot be benchmarked: the message names the file and the line. */
export class DataError extends ExpectedError {
  override readonly name = 'DataError';
}
