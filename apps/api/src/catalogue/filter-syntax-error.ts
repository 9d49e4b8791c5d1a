/** Characters that an excerpt shows on either side of the fault. */
const EXCERPT_REACH = 40;

/** What is wrong with the text of a filter, and where. */
export class FilterSyntaxError extends Error {
  override readonly name = 'FilterSyntaxError';
  /** Place of the fault, in characters from 1; one more than there are, when the text ends too early. */
  readonly column: number;

  /** @param offset of the fault in the text, in UTF-16 units */
  constructor(problem: string, text: string, offset: number) {
    const column = [...text.slice(0, offset)].length + 1;
    super(`column ${column}: ${problem}\n${excerpt([...text], column - 1)}`);
    this.column = column;
  }
}

/** A piece of the text with a caret under the fault. */
function excerpt(characters: readonly string[], at: number): string {
  const from = Math.max(0, at - EXCERPT_REACH);
  const piece = characters
    .slice(from, at + EXCERPT_REACH)
    .map((character) => (/\s/.test(character) ? ' ' : character));
  return `  ${piece.join('')}\n  ${' '.repeat(at - from)}^`;
}
