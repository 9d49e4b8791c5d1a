import { expect, test } from '@jest/globals';
import { type RunConfig, runConfigSchema } from '@sommelier/contracts';
import { describeModelFile, encodeModelFile, type Model, modelFrom } from '@sommelier/ncf';
import { modelKey } from '@sommelier/platform';
import { memoryArtifacts } from '../testing/memory-artifacts.ts';
import type { ThreadMessage } from '../thread/thread-messages.ts';
import { warmStartStage } from './warm-start-stage.ts';

const VERSION = '20260101T000001Z-0123456789ab';

/** The smallest model: two users, two items, two factors. */
const MODEL: Model = modelFrom(
  {
    userIds: ['a', 'b'],
    itemIds: ['x', 'y'],
    offsets: Uint32Array.of(0, 1, 2),
    items: Uint32Array.of(0, 1),
    strengths: Float32Array.of(1, 1),
    timestampsMs: Float64Array.of(1, 2),
  },
  {
    shape: { userCount: 2, itemCount: 2, factors: 2, layers: [] },
    userGmf: Float32Array.of(1, 2, 3, 4),
    itemGmf: Float32Array.of(5, 6, 7, 8),
    userMlp: new Float32Array(0),
    itemMlp: new Float32Array(0),
    mlp: [],
    outputWeight: Float32Array.of(1, 1),
    outputBias: Float32Array.of(0),
  },
);
const configOf = (model: Partial<RunConfig['model']> = {}): RunConfig =>
  runConfigSchema.parse({ warmStart: true, model: { factors: 2, layers: [], ...model } });

async function stage(options: {
  request?: RunConfig;
  none?: boolean;
  damaged?: boolean;
  isRepetition?: boolean;
}) {
  const { store: artifacts } = memoryArtifacts();
  const bytes = encodeModelFile(MODEL);
  await artifacts.put(modelKey(VERSION), options.damaged ? bytes.slice(1) : bytes);
  const lines: string[] = [];
  const report = (message: ThreadMessage) => void (message.type === 'log' && lines.push(message.line));
  const { request = configOf(), none = false, isRepetition = false } = options;
  const warmStart = none
    ? undefined
    : { version: VERSION, trainedUntilMs: 9, file: describeModelFile(bytes) };
  const start = await warmStartStage({
    order: { request, warmStart, isRepetition },
    artifacts,
    incumbent: undefined,
    report,
  });
  return { start, lines };
}

test('a model of the same shape is begun from', async () => {
  const { start, lines } = await stage({});
  expect(start).toMatchObject({ version: VERSION, trainedUntilMs: 9 });
  expect(start?.model.parameters).toEqual(MODEL.parameters);
  expect(lines).toEqual([`Warm start: twin and published model begin from ${VERSION}`]);
});

test.each([
  ['no model is active', { none: true }],
  ['it has 2 factors and layers [], and the run asks for 3 factors', { request: configOf({ factors: 3 }) }],
  [
    'it has 2 factors and layers [], and the run asks for 2 factors and layers [4, 2]',
    { request: configOf({ layers: [4, 2] }) },
  ],
  ['its file does not have the SHA-256 of its manifest', { damaged: true }],
])('the log says why the training begins from the beginning: %s', async (why, options) => {
  const { start, lines } = await stage(options);
  expect(start).toBeUndefined();
  expect(lines).toEqual([expect.stringContaining(`since ${why}`)]);
  expect(lines[0]).toContain('the training begins from the beginning');
});

test('a run that did not ask for it hears nothing of it', async () => {
  const request = runConfigSchema.parse({ model: { factors: 2, layers: [] } });
  expect(await stage({ request, none: true })).toEqual({ start: undefined, lines: [] });
});

test('a repetition begins where the training that it repeats began, or not at all', async () => {
  await expect(stage({ damaged: true, isRepetition: true })).rejects.toMatchObject({
    code: 'model-unusable',
  });
  expect(await stage({ none: true, isRepetition: true })).toEqual({ start: undefined, lines: [] });
});
