// A scoring thread for tests of the pool: it speaks the protocol, and does what the model's version and the user id say.
import { parentPort } from 'node:worker_threads';

const models = new Map();

function open({ key, model, slot }) {
  const { version } = model.manifest;
  const attempts = Atomics.add(new Int32Array(model.bytes), 1, 1);
  if (version === 'refuse') {
    const error = { code: 'model-file-invalid', message: 'the test wants it refused' };
    parentPort.postMessage({ type: 'refused', key, error });
  } else if (version === 'die-at-open' || (version === 'die-at-first-open' && attempts === 0)) {
    process.exit(3);
  } else if (version !== 'never-open') {
    models.set(key, { version, slot, deaths: new Int32Array(model.bytes) });
    parentPort.postMessage({ type: 'opened', key });
  }
}

function resultOf({ version, slot, deaths }, { userId }, together) {
  if (userId === 'crash') process.exit(7);
  if (userId === 'crash-once' && Atomics.add(deaths, 0, 1) === 0) throw new Error('a fault of the test');
  if (userId === 'hang') for (;;);
  if (userId === 'fail') return { error: { code: 'internal', message: 'it cannot be scored' } };
  const itemIds = [userId, version, `slot ${slot}`, `one of ${together}`];
  return { strategy: 'popular', items: itemIds.map((itemId) => ({ itemId, score: 1 })) };
}

function score({ id, key, requests }) {
  const model = models.get(key);
  if (model === undefined) throw new Error(`model ${key} is not open`);
  const results = requests.map((request) => resultOf(model, request, requests.length));
  const say = () => parentPort.postMessage({ type: 'scored', id, results });
  if (requests.some(({ userId }) => userId === 'slow')) setTimeout(say, 100);
  else say();
}

parentPort.on('message', (message) => {
  if (message.type === 'open') open(message);
  else if (message.type === 'close') models.delete(message.key);
  else score(message);
});
