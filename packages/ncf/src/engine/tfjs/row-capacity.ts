/** Least number of rows that a batch's lists are padded to. */
const SMALLEST = 64;

/**
 * The length to which a list of distinct rows is padded: the next multiple of an eighth of the power of two below it.
 * Batches differ in how many rows they touch; padded to few lengths (at most an eighth more rows), their tensors fit
 * the buffers of earlier batches. The WebGPU backend keeps every freed buffer for one of exactly the same size, so
 * without padding the memory that it holds would grow with every batch.
 */
export function rowCapacity(count: number): number {
  const quantum = Math.max(SMALLEST, 2 ** (Math.floor(Math.log2(count)) - 3));
  return Math.ceil(count / quantum) * quantum;
}
