import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@sommelier/contracts';
import { SommelierClient } from './client.ts';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that gives these replies in turn, and the ids from which it was asked to go on. */
async function serve(...replies: Reply[]): Promise<{ client: SommelierClient; resumed: unknown[] }> {
  const resumed: unknown[] = [];
  const server = createServer((request, response) => {
    resumed.push(request.headers['last-event-id']);
    replies[Math.min(resumed.length, replies.length) - 1]?.(response, request);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { client: new SommelierClient(`http://127.0.0.1:${port}`, { apiKey: 'k' }), resumed };
}

const status = (attempt: number): RunEvent => ({ type: 'status', status: 'running', attempt });
const END = { type: 'end', run: { status: 'succeeded' } } as RunEvent;

/** Sends events with the ids 1, 2, ... from `from` on. */
const stream =
  (events: readonly RunEvent[], { from = 1, after = (r: ServerResponse): unknown => r.end() } = {}): Reply =>
  (response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    const text = events.map(
      (event, index) => `id: ${from + index}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    );
    response.write(`: hello\n\n${text.join('')}`, () => after(response));
  };
const problem =
  (code: number, name: string): Reply =>
  (response) =>
    response
      .writeHead(code, { 'Content-Type': 'application/problem+json' })
      .end(JSON.stringify({ type: 'x', title: 'T', status: code, detail: `it is ${name}`, code: name }));

async function all(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const seen: RunEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

describe('followRun', () => {
  it('goes on from the last event after a connection that broke, ended, or was refused for a while', async () => {
    const { client, resumed } = await serve(
      stream([status(1)], { after: (response) => response.destroy() }),
      stream([status(2)], { from: 2 }),
      problem(503, 'overloaded'),
      stream([status(3), END], { from: 3 }),
    );
    expect(await all(client.followRun('r/1'))).toEqual([status(1), status(2), status(3), END]);
    expect(resumed).toEqual([undefined, '1', '2', '2']);
  });

  it('rejects with what does not pass', async () => {
    const { client, resumed } = await serve(problem(404, 'run-not-found'));
    await expect(all(client.followRun('r'))).rejects.toMatchObject({ code: 'run-not-found', status: 404 });
    const other = await serve((response) => response.setHeader('Content-Type', 'text/html').end('<p>'));
    await expect(all(other.client.followRun('r'))).rejects.toMatchObject({ code: 'bad-answer' });
    expect([resumed.length, other.resumed.length]).toEqual([1, 1]);
  });

  it('rejects when nothing was heard for longer than its patience', async () => {
    const { client } = await serve(problem(503, 'overloaded'));
    const events = client.followRun('r', { patienceMs: 0 });
    await expect(all(events)).rejects.toMatchObject({ code: 'overloaded' });
  });

  it("ends with the signal's reason, also in the middle of a stream, and closes the connection", async () => {
    const enough = new AbortController();
    let closed: () => void = () => {};
    const connectionClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { client } = await serve((response, request) => {
      request.socket.once('close', closed);
      stream([status(1)], { after: () => undefined })(response, request);
    });
    const follow = async () => {
      for await (const _ of client.followRun('r', { signal: enough.signal }))
        enough.abort(new Error('enough'));
    };
    await expect(follow()).rejects.toThrow('enough');
    await connectionClosed;
  });

  it('closes the connection when the caller leaves the loop', async () => {
    let closed: () => void = () => {};
    const connectionClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { client } = await serve((response, request) => {
      response.once('close', closed);
      stream([status(1)], { after: () => undefined })(response, request);
    });
    for await (const event of client.followRun('r')) {
      expect(event).toEqual(status(1));
      break;
    }
    await connectionClosed;
  });
});
