import { SommelierError } from '@sommelier/contracts';

/** The error of a file that is damaged, or is not what it should be: `model-file-invalid`. */
export function invalid(message: string, cause?: unknown): SommelierError {
  return new SommelierError('model-file-invalid', message, { cause });
}
