import { SommelierError } from '@sommelier/contracts';
import { parse } from 'csv-parse/sync';
import { MAX_LINE_CHARACTERS } from './line-reader.ts';
import { Problem } from './row-source.ts';

/** The columns that a file is read for; a file may have more, in any order. */
export interface WantedColumns {
  readonly required: readonly string[];
  /** Read as empty when the file has no such column. */
  readonly optional: readonly string[];
  /** Whether the values of all other columns are read too, behind the wanted ones. */
  readonly others?: boolean;
}

/** Reads the lines below a header. */
export interface ColumnReader {
  readonly read: ReadValues;
  /** Names of the other columns as the header writes them, in the order of their values. */
  readonly others: readonly string[];
}

/** Picks the wanted values out of a line. */
export type ReadValues = (line: string) => string[] | Problem;

/**
 * Finds the wanted columns in a header.
 * @throws SommelierError `import-file` that says what was expected and what was found
 */
export function columnReader(path: string, header: string, wanted: WantedColumns): ColumnReader {
  const split = splitLine(header);
  const written = split instanceof Problem ? [] : split.map((name) => name.trim());
  const names = written.map((name) => name.toLowerCase());
  const missing = wanted.required.filter((name) => !names.includes(name));
  const all = [...wanted.required, ...wanted.optional];
  const unique = wanted.others === true ? names : all;
  const doubled = unique.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (missing.length > 0 || doubled !== undefined) {
    const what =
      missing.length > 0 ? `has no column ${missing.join(', ')}` : `has the column ${doubled} twice`;
    const found = JSON.stringify(header.slice(0, 100));
    throw new SommelierError(
      'import-file',
      `${path} ${what}. Its first line must be a header such as "${all.join(',')}"; it is ${found}.`,
    );
  }
  const others = wanted.others === true ? written.filter((_, place) => !all.includes(names[place]!)) : [];
  const positions = [
    ...all.map((name) => names.indexOf(name)),
    ...others.map((name) => written.indexOf(name)),
  ];
  const read: ReadValues = (line) => {
    const fields = splitLine(line);
    if (fields instanceof Problem) return fields;
    if (fields.length !== names.length) {
      return new Problem(`has ${fields.length} fields where the header has ${names.length}`);
    }
    return positions.map((position) => (position < 0 ? '' : (fields[position] as string)));
  };
  return { read, others };
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
