import { idProblem } from '@sommelier/contracts';
import { z } from 'zod';

/**
 * Comma-separated ids; an empty text is no id at all. An id that has a comma itself cannot be named here.
 * @param what the ids are of, for the messages
 */
export function idListParameter(most: number, what: string) {
  return z.string().transform((text, context) => {
    const ids = text === '' ? [] : text.split(',');
    if (ids.length > most) {
      context.addIssue({ code: 'custom', message: `may have at most ${most} ids` });
      return z.NEVER;
    }
    for (const [index, id] of ids.entries()) {
      const problem = idProblem(id);
      if (problem === undefined) continue;
      context.addIssue({ code: 'custom', message: `${what} id ${index + 1} ${problem}` });
      return z.NEVER;
    }
    return ids;
  });
}
