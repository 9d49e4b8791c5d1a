// Prints how far one TensorFlow.js backend is from the wasm backend: gradients of one batch, parameters after one
// optimiser step, scores. A process of its own, because Dawn and TensorFlow's library want the real global object.
// It ends by itself when everything was released: Dawn keeps a process alive that still refers to it.
import {
  acquireBackend,
  batchGradients,
  chooseBackend,
  createTfjsEngine,
  EpochSamples,
  initialParameters,
  namedTensors,
} from '@sommelier/ncf/training';
import tf from '@tensorflow/tfjs';

const backend = process.argv[2];
const SHAPES = [1, 3, 8].flatMap((factors) =>
  [[], [4], [8, 4], [16, 8, 4]].map((layers) => ({ factors, layers })),
);
const USERS = 9;
const ITEMS = 13;
const TRAINING = {
  epochs: 1,
  patience: 1,
  batchSize: 64,
  learningRate: 0.01,
  negativesPerPositive: 4,
  l2: 1e-4,
  initSigma: 0.5,
  strengthWeight: 'strength',
  seed: 3,
};

// Each user has two to four items, some of which recur: 64 of the 135 samples are in the one batch that is compared.
const histories = Array.from({ length: USERS }, (_, user) =>
  [0, 1, 2, 3].slice(0, 2 + (user % 3)).map((index) => (user * 3 + index * 4) % ITEMS),
);
const offsets = Uint32Array.from([
  0,
  ...histories.map((_, user) => histories.slice(0, user + 1).flat().length),
]);
const items = Uint32Array.from(histories.flat());
const strengths = Float32Array.from(items, (item) => 1 + (item % 3));
const pairs = { userCount: USERS, itemCount: ITEMS, offsets, items, strengths };

async function compute(on) {
  const results = [];
  const release = await acquireBackend(on);
  // Without this the backend hands tensors of few numbers to the CPU, and no shader would run.
  if (on === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  for (const model of SHAPES) {
    const settings = { model, training: TRAINING };
    const parameters = initialParameters({ userCount: USERS, itemCount: ITEMS, ...model }, TRAINING);
    const gradients = await batchGradients(parameters, new EpochSamples(pairs, TRAINING).batch(0, 0, 64));
    const engine = await createTfjsEngine(
      pairs,
      { ...settings, training: { ...TRAINING, batchSize: 1000 } },
      { backend: on },
    );
    await engine.load(parameters);
    const scores = await engine.scoreUsers(Uint32Array.of(8, 0, 4));
    await engine.trainEpoch(0);
    const stepped = await engine.parameters();
    await engine.dispose();
    results.push({
      loss: Float32Array.of(gradients.loss),
      scores,
      ...tensors('gradient of', { ...gradients, shape: parameters.shape }),
      ...tensors('after a step', stepped),
    });
  }
  await release();
  return results;
}

function tensors(prefix, parameters) {
  return Object.fromEntries(namedTensors(parameters).map(([name, values]) => [`${prefix} ${name}`, values]));
}

/** Largest difference, relative to the tensor's largest number. */
function difference(actual, expected) {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let scale = 1e-3;
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    scale = Math.max(scale, Math.abs(expected[index]));
    const apart = Math.abs(actual[index] - expected[index]);
    if (!(apart <= worst)) worst = apart;
  }
  return worst / scale;
}

const choice = await chooseBackend(backend);
const expected = await compute('wasm');
const actual = await compute(backend);
const differences = SHAPES.flatMap((shape, index) =>
  Object.entries(expected[index]).map(([name, values]) => ({
    name: `${name}, factors ${shape.factors}, layers [${shape.layers}]`,
    difference: difference(actual[index][name], values),
  })),
);
console.log(
  JSON.stringify({ reason: choice.reason, auto: (await chooseBackend('auto')).backend, differences }),
);
