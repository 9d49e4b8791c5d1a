import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ServerSentEvent, serverSentEvents } from './event-stream.ts';

function streamOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function read(pieces: readonly Uint8Array[]): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of serverSentEvents(streamOf(pieces), () => undefined)) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('serverSentEvents', () => {
  it('reads ids, names, data of several lines, and nothing from comments and unknown fields', async () => {
    const text =
      'retry: 1000\n\n: alive\n\nid: 1\nevent: progress\ndata: {"a":\ndata:1}\nother: x\n\ndata\n\nid\ndata:  two\n\n';
    expect(await read([bytes(text)])).toEqual([
      { id: '1', name: 'progress', data: '{"a":\n1}' },
      { id: '1', name: 'message', data: '' },
      { id: '', name: 'message', data: ' two' },
    ]);
  });

  it('gives no event that was cut off', async () => {
    expect(await read([bytes('data: a\n\nid: 2\ndata: b\n')])).toEqual([
      { id: undefined, name: 'message', data: 'a' },
    ]);
  });

  it('does not care where the pieces are cut, nor how lines end', async () => {
    const cut = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(cut, fc.constantFrom('\n', '\r\n', '\r'), async (sizes, lineEnd) => {
        const all = bytes(['id: ü1', 'data: größe', '', 'data: b', '', 'x: y', ''].join(lineEnd) + lineEnd);
        const pieces: Uint8Array[] = [];
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = sizes[turn % sizes.length]!;
          pieces.push(all.slice(at, at + size));
          at += size;
        }
        expect(await read(pieces)).toEqual([
          { id: 'ü1', name: 'message', data: 'größe' },
          { id: 'ü1', name: 'message', data: 'b' },
        ]);
      }),
    );
  });
});
