import { SommelierError } from '@sommelier/contracts';
import { parse } from 'csv-parse/sync';
import { MAX_LINE_CHARACTERS } from './line-reader.ts';
import { Problem } from './row-source.ts';

/** The columns that a file is read for; a file may have more, in any order. */
export interface WantedColumns {
  readonly required: readonly string[];
  /** Read as empty when the file has no such column. */
  readonly optional: readonly string[];
}

/** Picks the wanted values out of a line. */
export type ReadValues = (line: string) => string[] | Problem;

/**
 * Finds the wanted columns in a header.
 * @throws SommelierError `import-file` that says what was expected and what was found
 */
export function columnReader(path: string, header: string, wanted: WantedColumns): ReadValues {
  const split = splitLine(header);
  const names = split instanceof Problem ? [] : split.map((name) => name.trim().toLowerCase());
  const missing = wanted.required.filter((name) => !names.includes(name));
  const all = [...wanted.required, ...wanted.optional];
  const doubled = all.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (missing.length > 0 || doubled !== undefined) {
    const what =
      missing.length > 0 ? `has no column ${missing.join(', ')}` : `has the column ${doubled} twice`;
    const found = JSON.stringify(header.slice(0, 100));
    throw new SommelierError(
      'import-file',
      `${path} ${what}. Its first line must be a header such as "${all.join(',')}"; it is ${found}.`,
    );
  }
  const positions = all.map((name) => names.indexOf(name));
  return (line) => {
    const fields = splitLine(line);
    if (fields instanceof Problem) return fields;
    if (fields.length !== names.length) {
      return new Problem(`has ${fields.length} fields where the header has ${names.length}`);
    }
    return positions.map((position) => (position < 0 ? '' : (fields[position] as string)));
  };
}

/** A line is a row: a line feed inside of quotes is not supported, so that one stray quote cannot swallow a file. */
function splitLine(line: string): string[] | Problem {
  if (line.length > MAX_LINE_CHARACTERS)
    return new Problem(`is longer than ${MAX_LINE_CHARACTERS} characters`);
  if (line.includes('\uFFFD')) return new Problem('is not valid UTF-8');
  if (!line.includes('"')) return line.split(',');
  try {
    return parse(line, { relax_column_count: true })[0] ?? [];
  } catch {
    return new Problem('has quotes that do not match');
  }
}
