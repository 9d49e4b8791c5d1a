import { UsageError } from './usage-error.ts';

/** The number that an option's text stands for. @throws UsageError that names the option and the text */
export function numberOf(option: string, text: string, least = Number.NEGATIVE_INFINITY): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least) {
    const bound = Number.isFinite(least) ? ` of at least ${least}` : '';
    throw new UsageError(`--${option}: "${text.slice(0, 40)}" is not a number${bound}`);
  }
  return value;
}

/** The same of a whole number. @throws UsageError */
export function wholeOf(option: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = numberOf(option, text, least);
  if (!Number.isInteger(value)) throw new UsageError(`--${option}: "${text}" is not a whole number`);
  if (value > most) throw new UsageError(`--${option}: ${value} is more than ${most}`);
  return value;
}
