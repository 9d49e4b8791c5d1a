// Health check of a worker's container: Redis answers, and a BullMQ worker of this container is connected to it.
import { createRequire } from 'node:module';

const TIMEOUT_MS = 4_000;
const { Redis } = createRequire(new URL('../apps/worker/package.json', import.meta.url))('ioredis');

function fail(reason) {
  console.error(`unhealthy: ${reason}`);
  process.exit(1);
}
setTimeout(() => fail(`no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS).unref();

/** `id=3 addr=172.18.0.5:41234 name=...` as an object. */
function fieldsOf(line) {
  return Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
}

const hostOf = (address = '') => address.slice(0, address.lastIndexOf(':'));

const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', {
  lazyConnect: true,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
});
redis.on('error', () => {});
try {
  await redis.connect();
  const own = fieldsOf(await redis.client('INFO'));
  const clients = (await redis.client('LIST')).trim().split('\n').map(fieldsOf);
  const prefix = `${process.env.REDIS_PREFIX ?? 'sommelier'}:`;
  const worker = clients.find(
    (client) => client.name.startsWith(prefix) && hostOf(client.addr) === hostOf(own.addr),
  );
  redis.disconnect();
  if (worker === undefined) fail('no worker of this container is connected to the queue');
} catch (error) {
  fail(error.message);
}
