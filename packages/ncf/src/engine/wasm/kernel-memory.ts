import { SommelierError } from '@sommelier/contracts';

/**
 * Makes a kernel, and says what to do when its memory cannot be had: it is beyond 32-bit addresses, or the machine
 * refuses it.
 * @throws SommelierError `invalid-config`
 */
export async function withKernelMemory<T>(what: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SommelierError(
      'invalid-config',
      `There is not enough memory for ${what}: ${error.message}. Lower model.factors, model.layers, ` +
        'training.batchSize or data.windowDays.',
      { cause: error },
    );
  }
}
