/** One server-sent event. */
export interface ServerSentEvent {
  /** Id of the newest event that had one. */
  readonly id: string | undefined;
  /** `message` unless the event has a name. */
  readonly name: string;
  readonly data: string;
}

const LINE_END = /\r\n|\n|\r/;

/**
 * Reads `text/event-stream` (WHATWG HTML, section 9.2). An event that is cut off by the end of the stream is none.
 * @param onBytes called with every piece that comes, comments included
 */
export async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerSentEvent> {
  let id: string | undefined;
  let name = '';
  let data: string[] = [];
  for await (const line of linesOf(body, onBytes)) {
    if (line === '') {
      if (data.length > 0) yield { id, name: name || 'message', data: data.join('\n') };
      name = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') name = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      text += decoder.decode(value, { stream: true });
      // A carriage return at the end may be the first half of a line's end.
      const whole = text.endsWith('\r') ? text.length - 1 : text.length;
      const lines = text.slice(0, whole).split(LINE_END);
      text = (lines.pop() ?? '') + text.slice(whole);
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
