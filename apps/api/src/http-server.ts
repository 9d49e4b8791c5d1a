import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Room for a query that excludes a thousand items; more than Node's 16 KiB. */
const MAX_HEADER_BYTES = 32_768;
const MAX_CONNECTIONS = 10_000;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the idle time of usual load balancers (60 s), so that they close a connection and not we. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

export interface ListeningServer {
  readonly host: string;
  /** The port that was really bound, also when 0 was asked for. */
  readonly port: number;
  /** Stops accepting, waits for requests in flight, and after `graceMs` cuts off what is left. */
  stop(graceMs: number): Promise<void>;
}

/** Starts an HTTP server with limits on headers, connections and times. Rejects when it cannot bind. */
export function listen(handler: RequestListener, host: string, port: number): Promise<ListeningServer> {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, connectionsCheckingInterval: 5_000 },
    handler,
  );
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port, stop: (graceMs) => stop(server, graceMs) });
    });
  });
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    // Connections that become idle while requests end are closed too: `close` alone waits for their clients.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
