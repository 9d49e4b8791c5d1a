import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERRORS, type ErrorCode } from '@sommelier/contracts';
import { isLoopback, type Logger } from '@sommelier/platform';
import type { Registry } from 'prom-client';

/** Scrapers and supervisors: a few at a time, each with one short request. */
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;

export interface ObservationParts {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** Whether a request with this `Authorization` header may read the metrics; asked where other machines can send one. */
  readonly mayRead: (authorization: string | undefined) => Promise<boolean>;
  readonly logger: Logger;
}

export interface ObservationServer {
  /** The port that was really bound, also when 0 was asked for. */
  readonly port: number;
  close(): Promise<void>;
}

/** Serves a worker's `/metrics`, and `/healthz` for whoever supervises it. Rejects when it cannot bind. */
export async function serveObservation(parts: ObservationParts): Promise<ObservationServer> {
  const isOpen = await isLoopback(parts.host);
  const server = createServer((request, response) => {
    answer(parts, isOpen, request, response).catch((error: unknown) => {
      parts.logger.warn({ err: error }, 'a scrape failed');
      refuse(response, 'internal');
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  await listen(server, parts);
  const { port } = server.address() as AddressInfo;
  parts.logger.info({ host: parts.host, port }, 'serving metrics');
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: ObservationParts): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  { registry, mayRead }: ObservationParts,
  isOpen: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0];
  if (path !== '/healthz' && path !== '/metrics') return refuse(response, 'not-found');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 'method-not-allowed');
  if (path === '/healthz') return send(response, 200, 'application/json', '{"status":"ok"}');
  if (!isOpen && !(await mayRead(request.headers.authorization))) {
    response.setHeader('WWW-Authenticate', 'Bearer realm="sommelier"');
    return refuse(response, 'unauthorized');
  }
  send(response, 200, registry.contentType, await registry.metrics());
}

function refuse(response: ServerResponse, code: ErrorCode): void {
  const { status, title } = ERRORS[code];
  const problem = { type: `urn:sommelier:error:${code}`, title, status, detail: title, code };
  if (response.headersSent) response.destroy();
  else send(response, status, 'application/problem+json', JSON.stringify(problem));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(body);
}
