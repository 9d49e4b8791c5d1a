/** Item ids of each user's right answer, joined by commas: by model version, then by user. */
export type ExpectedAnswers = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What is wrong with an answer; undefined when it is wholly that of the version that it names. */
export type AnswerFault = 'mixed' | 'wrong' | 'unreadable';

/**
 * Compares an answer with the one that the version which it names gives. `mixed`: the items are (also in part) those
 * of another version; `wrong`: they are nobody's.
 */
export function faultOf(body: string, expected: ExpectedAnswers): AnswerFault | undefined {
  const answer = read(body);
  if (answer === undefined) return 'unreadable';
  const right = expected[answer.version]?.[answer.userId];
  const items = answer.itemIds.join(',');
  if (right === items) return undefined;
  if (right === undefined) return 'wrong';
  const own = new Set(right.split(','));
  const others = Object.entries(expected).filter(([version]) => version !== answer.version);
  const foreign = new Set(others.flatMap(([, users]) => users[answer.userId]?.split(',') ?? []));
  return answer.itemIds.some((id) => !own.has(id) && foreign.has(id)) ? 'mixed' : 'wrong';
}

function read(body: string): { version: string; userId: string; itemIds: string[] } | undefined {
  try {
    const { userId, model, items } = JSON.parse(body) as {
      userId: string;
      model: { version: string };
      items: { itemId: string }[];
    };
    return { version: model.version, userId, itemIds: items.map(({ itemId }) => itemId) };
  } catch {
    return undefined;
  }
}
