import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { describedOperations, type OpenApiDocument } from '../../benchmarks/fuzz/described-api.ts';
import { runFuzz } from '../../benchmarks/fuzz/run-fuzz.ts';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Readiness, type Replica } from '../support/replicas.ts';

jest.setTimeout(300_000);

const REQUESTS = 3_000;
const SEED = 20_260_101;

let shop: Installation;
let replica: Replica;

beforeAll(async () => {
  shop = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
  const { generation } = await shop.publish(randomModel(3));
  replica = await shop.startReplica({ ADMIN_PASSWORD: 'secret' });
  await replica.serves(generation);
});
afterAll(async () => {
  await shop?.close();
});

it(`answers ${REQUESTS} wrong, rare and broken requests without a 5xx, and serves on`, async () => {
  const { body: document } = await replica.get<OpenApiDocument>('/openapi.json');
  const before = await replica.recommendations('u00001');
  const result = await runFuzz({
    url: replica.url,
    document,
    requests: REQUESTS,
    connections: 8,
    seed: SEED,
  });
  expect(result.failures).toEqual([]);
  expect(result.requests).toBe(REQUESTS);
  // The requests are not all refused at the door: each operation has also done what it is for.
  const served = describedOperations(document).filter(({ id }) =>
    Object.entries(result.outcomes[id] ?? {}).some(([status, count]) => /^2/.test(status) && count > 0),
  );
  const looksUp = new Set([
    'trainingRun',
    'followRun',
    'cancelTraining',
    'model',
    'activateModel',
    'pinModel',
    'unpinModel',
    'schedule',
    'deleteSchedule',
    'erasure',
  ]);
  const unserved = describedOperations(document).filter(
    ({ id }) => !looksUp.has(id) && !served.some((one) => one.id === id),
  );
  expect(unserved.map(({ id }) => id)).toEqual([]);
  expect((await replica.get<Readiness>('/readyz')).body.status).toBe('ready');
  expect((await replica.recommendations('u00001')).status).toBe(before.status);
});
