import { Server } from 'node:net';
import { createRedisServer } from 'js-redis-server';

/**
 * The embedded Redis, as a process of its own: `node embedded-redis-main.js PORT`. It has no password and its package
 * knows no address to bind to, so every server of this process listens on the loopback interface only.
 */
const listen = Server.prototype.listen as (this: Server, options: object) => Server;
Server.prototype.listen = function listenOnLoopback(this: Server, port: number): Server {
  return listen.call(this, { port, host: '127.0.0.1' });
} as typeof Server.prototype.listen;

const server = await createRedisServer({ port: Number(process.argv[2]) });
process.on('SIGTERM', () => void server.close().finally(() => process.exit(0)));
