import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { SommelierError } from '@sommelier/contracts';

/** Longest line that is read whole; of a longer one only this much and a character more is kept. */
export const MAX_LINE_CHARACTERS = 4_096;
const CHUNK_BYTES = 262_144;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Some lines of a text file, without their ends. */
export interface LineChunk {
  readonly lines: string[];
  /** Number of the first one, from 1. */
  readonly firstLine: number;
  /** Bytes of the file that have been read, compressed if it is. */
  readonly bytesRead: number;
}

/**
 * Reads a text file, plain or gzip (told by its first bytes, not its name), line by line in chunks. Bytes that are not
 * UTF-8 become U+FFFD. A byte order mark and a carriage return before the line feed are dropped.
 * @throws SommelierError `import-file` when the file cannot be read, is binary or is a damaged gzip file
 */
export async function* readLines(path: string): AsyncIterable<LineChunk> {
  const compressed = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const text = compressed ? throughGunzip(file) : file;
  const splitter = new LineSplitter();
  let firstLine = 1;
  try {
    for await (const bytes of text as AsyncIterable<Buffer>) {
      if (firstLine === 1 && bytes.includes(0))
        throw new SommelierError('import-file', `${path} is not a text file.`);
      const lines = splitter.push(bytes);
      yield { lines, firstLine, bytesRead: file.bytesRead };
      firstLine += lines.length;
    }
  } catch (error) {
    throw readingFailed(path, error);
  } finally {
    file.destroy();
  }
  yield { lines: splitter.end(), firstLine, bytesRead: file.bytesRead };
}

/** Cuts a stream of bytes into lines; what it keeps between two pieces is bounded. */
class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8');
  #rest = '';

  push(bytes: Buffer): string[] {
    return this.#split(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The last line, if the text does not end in a line feed. */
  end(): string[] {
    const lines = this.#split(this.#decoder.decode());
    return this.#rest === '' ? lines : [...lines, withoutReturn(this.#rest)];
  }

  #split(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS + 1);
    for (let i = 0; i < lines.length; i++) lines[i] = withoutReturn(lines[i] as string);
    return lines;
  }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

async function isGzip(path: string): Promise<boolean> {
  const handle = await open(path).catch((error: unknown) => {
    throw readingFailed(path, error);
  });
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return GZIP_MAGIC.every((byte, index) => buffer[index] === byte);
  } catch (error) {
    throw readingFailed(path, error);
  } finally {
    await handle.close();
  }
}

function throughGunzip(file: Readable): Readable {
  const text = new PassThrough({ highWaterMark: CHUNK_BYTES });
  // An error of any part ends the last one, where the reader meets it.
  pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), text).catch((error: Error) => text.destroy(error));
  return text;
}

function readingFailed(path: string, error: unknown): unknown {
  if (error instanceof SommelierError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'ENOENT'
      ? 'there is no such file'
      : code === 'EISDIR'
        ? 'it is a folder'
        : code?.startsWith('Z_')
          ? `it is a damaged gzip file (${message})`
          : message;
  return new SommelierError('import-file', `${path} cannot be read: ${reason}.`, { cause: error });
}
