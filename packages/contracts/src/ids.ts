import { z } from 'zod';

/** Longest id that the outside may use, in Unicode code points. */
export const MAX_ID_CODE_POINTS = 64;

/**
 * Says why a string cannot be a user or item id, or nothing if it can.
 *
 * An id is an opaque, case-sensitive string of 1 to 64 code points, well-formed Unicode, without NUL (SQLite's
 * text functions stop at it) and without white space at either end.
 */
export function idProblem(value: string): string | undefined {
  if (value.length === 0) return 'is empty';
  if (value.length > 2 * MAX_ID_CODE_POINTS) return `is longer than ${MAX_ID_CODE_POINTS} characters`;
  let codePoints = 0;
  for (const _ of value) codePoints++;
  if (codePoints > MAX_ID_CODE_POINTS) return `is longer than ${MAX_ID_CODE_POINTS} characters`;
  if (/^\s|\s$/u.test(value)) return 'begins or ends with white space';
  if (value.includes('\0')) return 'contains a NUL character';
  if (/\p{Surrogate}/u.test(value)) return 'is not well-formed Unicode';
  return undefined;
}

/** A user or item id as the outside writes it: see {@link idProblem}. */
export const idSchema = z.string().superRefine((value, context) => {
  const problem = idProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: `id ${problem}` });
});
