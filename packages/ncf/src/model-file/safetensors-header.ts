import { invalid } from './invalid.ts';

const MAX_RANK = 8;
const MAX_TENSORS = 1_024;

/** What the header says of a tensor; the offsets count from the end of the header. */
export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

/**
 * Parses the JSON header of a safetensors file; `__metadata__` is checked and left out.
 * @throws SommelierError `model-file-invalid`
 */
export function parseHeader(bytes: Uint8Array): Map<string, HeaderEntry> {
  const json = parseJson(bytes);
  const entries = new Map<string, HeaderEntry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') checkMetadata(value);
    else entries.set(name, checkEntry(name, value));
  }
  if (entries.size > MAX_TENSORS) {
    throw invalid(`the file has ${entries.size} tensors; at most ${MAX_TENSORS} are read`);
  }
  return entries;
}

function checkMetadata(value: unknown): void {
  const strings = isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
  if (!strings) throw invalid('the header: __metadata__ must be an object that holds strings only');
}

function checkEntry(name: string, value: unknown): HeaderEntry {
  if (!isRecord(value)) throw invalid(`tensor ${name}: its entry in the header is not an object`);
  const { dtype, shape, data_offsets: offsets, ...rest } = value;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw invalid(`tensor ${name}: unknown key ${JSON.stringify(unknown)}`);
  if (typeof dtype !== 'string') throw invalid(`tensor ${name}: dtype is not a string`);
  if (!isCounts(shape) || shape.length > MAX_RANK) {
    throw invalid(`tensor ${name}: shape is not a list of at most ${MAX_RANK} sizes`);
  }
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw invalid(`tensor ${name}: data_offsets is not a pair of positions`);
  }
  const [begin, end] = offsets as unknown as [number, number];
  if (end < begin) throw invalid(`tensor ${name}: its offsets run backwards, from ${begin} to ${end}`);
  return { dtype, shape, data_offsets: [begin, end] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(`the header is not JSON: ${(error as Error).message}`, error);
  }
  if (!text.startsWith('{') || !isRecord(json)) {
    throw invalid('the header is not a JSON object at its first byte');
  }
  const duplicate = duplicateKey(text);
  if (duplicate !== undefined) throw invalid(`the header names ${JSON.stringify(duplicate)} twice`);
  return json;
}

/** The first key that stands twice in one object of a valid JSON text: JSON.parse would keep the last in silence. */
function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;
  for (const match of json.matchAll(token)) {
    const text = match[0];
    if (text === '{') open.push(new Set());
    else if (text === '}') open.pop();
    else if (match[1] !== undefined) {
      const key = JSON.parse(text.slice(0, text.length - match[1].length)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}
