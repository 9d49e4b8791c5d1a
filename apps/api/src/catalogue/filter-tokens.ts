import { FilterSyntaxError } from './filter-syntax-error.ts';

/** A word or a sign of a filter's text. */
export type FilterToken = { readonly offset: number; readonly source: string } & (
  | { readonly kind: 'word' | 'sign' | 'end' }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
);

const SPACE = /\s*/y;
const WORD = /[A-Za-z_][A-Za-z0-9_.-]*/y;
const NUMBER = /-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const SIGN = /!=|<=|>=|[=<>(),]/y;
const PLAIN = /[^\\"']+/y;
const ESCAPE = /\\(?:u([0-9A-Fa-f]{4})|([\\"'nt]))/y;
const ESCAPED: Record<string, string> = { n: '\n', t: '\t' };

/** The tokens of a filter's text, `end` last. @throws FilterSyntaxError */
export function filterTokens(text: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  let offset = 0;
  for (;;) {
    offset += at(SPACE, text, offset)![0].length;
    const token = tokenAt(text, offset);
    tokens.push(token);
    if (token.kind === 'end') return tokens;
    offset += token.source.length;
  }
}

function at(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function tokenAt(text: string, offset: number): FilterToken {
  if (offset >= text.length) return { kind: 'end', offset, source: '' };
  const character = text[offset]!;
  if (character === '"' || character === "'") return quoted(text, offset, character);
  const word = at(WORD, text, offset);
  if (word !== null) return { kind: 'word', offset, source: word[0] };
  const number = at(NUMBER, text, offset);
  if (number !== null) return numeric(text, offset, number[0]);
  const sign = at(SIGN, text, offset);
  if (sign !== null) return { kind: 'sign', offset, source: sign[0] };
  const shown = String.fromCodePoint(text.codePointAt(offset)!);
  throw new FilterSyntaxError(`"${shown}" means nothing here; a text needs quotes`, text, offset);
}

function numeric(text: string, offset: number, source: string): FilterToken {
  // A zero without a sign: both are the same number.
  const value = Number(source) + 0;
  if (!Number.isFinite(value)) throw new FilterSyntaxError('the number is too large', text, offset);
  return { kind: 'number', offset, source, value };
}

function quoted(text: string, offset: number, quote: string): FilterToken {
  let value = '';
  let next = offset + 1;
  while (next < text.length) {
    if (text[next] === quote) return { kind: 'text', offset, source: text.slice(offset, next + 1), value };
    const plain = at(PLAIN, text, next);
    const piece = plain ?? (text[next] === '\\' ? at(ESCAPE, text, next) : [text[next]!]);
    if (piece === null) {
      throw new FilterSyntaxError(
        'after "\\" comes one of \\ " \' n t, or u and four hex digits',
        text,
        next,
      );
    }
    value += plain === null ? unescaped(piece) : piece[0];
    next += piece[0]!.length;
  }
  throw new FilterSyntaxError(`the text that begins here lacks its closing ${quote}`, text, offset);
}

/** What an escape stands for; the other kind of quote stands for itself. */
function unescaped(piece: ArrayLike<string | undefined>): string {
  const [whole, code, letter] = [piece[0]!, piece[1], piece[2]];
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  return letter === undefined ? whole : (ESCAPED[letter] ?? letter);
}
