// Prints how far one TensorFlow.js backend is from the wasm backend with tables on the host (gradients of one batch,
// scores, parameters after one optimiser step with tables on the host and on the device) and from a float64 reference
// after ten steps with tables on the device; and what those left behind. A process of its own, because Dawn and
// TensorFlow's library want the real global object. It ends by itself when everything was released: Dawn keeps a
// process alive that still refers to it.
import { acquireBackend, batchGradients, createTfjsEngine } from '@sommelier/ncf/tfjs';
import { chooseEngine, EpochSamples, initialParameters, namedTensors } from '@sommelier/ncf/training';
import tf from '@tensorflow/tfjs';
import {
  ITEMS,
  PAIRS,
  SHAPES,
  STEPPED_BATCH,
  STEPPED_EPOCHS,
  STEPPED_SHAPES,
  TRAINING,
  USERS,
} from './parity-case.mjs';
import { referenceTraining } from './reference-training.mjs';

const backend = process.argv[2];

function start(model) {
  return initialParameters({ userCount: USERS, itemCount: ITEMS, ...model }, TRAINING);
}

async function withBackend(on, work) {
  const release = await acquireBackend(on);
  // Without this the backend hands tensors of few numbers to the CPU, and no shader would run.
  if (on === 'webgpu') tf.env().set('WEBGPU_CPU_FORWARD', false);
  const result = await work();
  await release();
  return result;
}

/** Gradients of one batch of each network. */
async function gradientsOn() {
  const results = [];
  for (const model of SHAPES) {
    const parameters = start(model);
    const { loss, ...gradients } = await batchGradients(
      parameters,
      new EpochSamples(PAIRS, TRAINING).batch(0, 0, 64),
    );
    results.push({
      loss: Float32Array.of(loss),
      ...tensors('gradient of', { ...gradients, shape: parameters.shape }),
    });
  }
  return results;
}

/** Scores, and loss and parameters after one step of each network. `tables`: where they lie. */
async function oneStep(on, tables, shapes) {
  const results = [];
  for (const model of shapes) {
    const settings = { model, training: { ...TRAINING, batchSize: 1000 } };
    const engine = await createTfjsEngine(PAIRS, settings, { backend: on, tables });
    await engine.load(start(model));
    const scores = await engine.scoreUsers(Uint32Array.of(8, 0, 4));
    const { loss } = await engine.trainEpoch(0);
    results.push({
      scores,
      'loss of an epoch': Float32Array.of(loss),
      ...tensors('after a step', await engine.parameters()),
    });
    await engine.dispose();
  }
  return results;
}

/** Ten steps with tables on the device against float64, and the tensors and readings that they took. */
async function trainSteps(on) {
  const trained = [];
  for (const model of STEPPED_SHAPES) {
    const before = tf.memory().numTensors;
    const training = { ...TRAINING, batchSize: STEPPED_BATCH };
    const engine = await createTfjsEngine(PAIRS, { model, training }, { backend: on, tables: 'device' });
    await engine.load(start(model));
    const readings = await countReadings(async () => {
      for (const epoch of STEPPED_EPOCHS) await engine.trainEpoch(epoch);
    });
    const parameters = namedTensors(await engine.parameters());
    await engine.dispose();
    const batches = STEPPED_EPOCHS.flatMap((epoch) => batchesOf(epoch, training));
    const expected = referenceTraining(namedTensors(start(model)), model, batches, training);
    trained.push({
      model,
      steps: batches.length,
      readings: readings / STEPPED_EPOCHS.length,
      leakedTensors: tf.memory().numTensors - before,
      differences: parameters.map(([name, values]) => ({
        name,
        difference: difference(values, expected.get(name)),
        // How far the reference itself moved: nothing is shown by what stays where it was.
        moved: difference(
          namedTensors(start(model)).find(([other]) => other === name)[1],
          expected.get(name),
        ),
      })),
    });
  }
  return trained;
}

/** How far an engine that goes on from another's state is from that one after one more epoch. */
async function resumed(on) {
  const training = { ...TRAINING, batchSize: STEPPED_BATCH };
  const settings = { model: STEPPED_SHAPES.at(-1), training };
  const engines = [];
  for (let each = 0; each < 2; each++)
    engines.push(await createTfjsEngine(PAIRS, settings, { backend: on, tables: 'device' }));
  const [whole, later] = engines;
  await whole.trainEpoch(0);
  if (!(await later.restore(await whole.state()))) throw new Error('the state was refused');
  for (const engine of engines) await engine.trainEpoch(1);
  const expected = namedTensors(await whole.parameters());
  const actual = namedTensors(await later.parameters());
  for (const engine of engines) await engine.dispose();
  return actual.map(([name, values], index) => ({
    name: `${name}, gone on from a state`,
    difference: difference(values, expected[index][1]),
  }));
}

/** The batches of an epoch, with lists of rows that stay. */
function batchesOf(epoch, training) {
  const samples = new EpochSamples(PAIRS, training);
  return Array.from({ length: samples.total / STEPPED_BATCH }, (_, index) => {
    const batch = samples.batch(epoch, index * STEPPED_BATCH, (index + 1) * STEPPED_BATCH);
    return { ...batch, userRows: batch.userRows.slice(), itemRows: batch.itemRows.slice() };
  });
}

async function countReadings(work) {
  const prototype = tf.Tensor.prototype;
  const { data, dataSync } = prototype;
  let readings = 0;
  prototype.data = function (...args) {
    readings++;
    return data.apply(this, args);
  };
  prototype.dataSync = function (...args) {
    readings++;
    return dataSync.apply(this, args);
  };
  try {
    await work();
  } finally {
    Object.assign(prototype, { data, dataSync });
  }
  return readings;
}

/** Bytes of GPU buffers after each of five epochs whose batches differ in how many rows they touch. */
async function bufferGrowth(on) {
  const settings = { model: { factors: 4, layers: [8, 4] }, training: { ...TRAINING, batchSize: 16 } };
  const engine = await createTfjsEngine(PAIRS, settings, { backend: on, tables: 'device' });
  const bytes = [];
  for (let epoch = 0; epoch < 5; epoch++) {
    await engine.trainEpoch(epoch);
    bytes.push(tf.memory().numBytesAllocatedInGPU ?? 0);
  }
  await engine.dispose();
  return bytes;
}

/** What an epoch says during which the device refused a command; undefined where there is no device to ask. */
async function refusal(on) {
  if (on !== 'webgpu') return undefined;
  const settings = { model: { factors: 4, layers: [8, 4] }, training: TRAINING };
  const engine = await createTfjsEngine(PAIRS, settings, { backend: on, tables: 'device' });
  const epoch = engine.trainEpoch(0);
  // A buffer without a use is not valid.
  tf.backend().device.createBuffer({ size: 4, usage: 0 });
  const message = await epoch.then(
    () => 'nothing',
    (error) => `${error.code}: ${error.message}`,
  );
  await engine.dispose();
  return message;
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

function differences(actual, expected, shapes, what) {
  return shapes.flatMap(({ factors, layers }, index) =>
    Object.entries(expected[index]).map(([name, values]) => ({
      name: `${name}, factors ${factors}, layers [${layers}], ${what}`,
      difference: difference(actual[index][name], values),
    })),
  );
}

const choice = await chooseEngine(backend);
const expected = await withBackend('wasm', async () => ({
  gradients: await gradientsOn(),
  oneStep: await oneStep('wasm', 'host', SHAPES),
}));
const expectedOnHost = expected.oneStep.filter((_, index) => STEPPED_SHAPES.includes(SHAPES[index]));
const report = await withBackend(backend, async () => ({
  differences: [
    ...differences(await gradientsOn(), expected.gradients, SHAPES, 'one batch'),
    ...differences(
      await oneStep(backend, 'device', SHAPES),
      expected.oneStep,
      SHAPES,
      'tables on the device',
    ),
    ...differences(
      await oneStep(backend, 'host', STEPPED_SHAPES),
      expectedOnHost,
      STEPPED_SHAPES,
      'tables on the host',
    ),
    ...(await resumed(backend)),
  ],
  trained: await trainSteps(backend),
  bufferBytes: await bufferGrowth(backend),
  refusal: await refusal(backend),
  // Proof that the shader of our own ran where there is one.
  updatesInPlace: Object.keys(tf.backend().pipelineCache ?? {}).some((key) =>
    key.startsWith('sommelier_adam_rows'),
  ),
}));
const { engine } = await chooseEngine('auto');
const auto = engine.name === 'tfjs' ? engine.backend : engine.name;
console.log(JSON.stringify({ reason: choice.reason, auto, ...report }));
