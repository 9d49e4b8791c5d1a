import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SommelierClient } from '@sommelier/client';
import type { Manifest, TrainingRun } from '@sommelier/contracts';
import { type Database, migrateDatabase, openDatabase } from '@sommelier/platform';
import pc from 'picocolors';
import { type FoundRedis, findRedis, removeKeys } from '../services/find-redis.ts';
import { formatEpochs, formatSeconds } from '../terminal/format.ts';
import { forceAndRollBack, type RolledBack, trainBadModel } from './bad-model.ts';
import { CleanUp } from './clean-up.ts';
import { loadData } from './demo-data.ts';
import { type DemoOptions, demoTraining } from './demo-options.ts';
import { addressesOf, demoReport, writeReport } from './demo-report.ts';
import { followTraining } from './follow-training.ts';
import { formatMs } from './format.ts';
import { type DemoPlace, Installation, layOut } from './installation.ts';
import type { InterruptionWatch } from './interruption.ts';
import type { Output } from './live-line.ts';
import { badModelText } from './show-bad-model.ts';
import { funnelText, metricsText, modelText } from './show-result.ts';
import { askForExamples, type ExampleUser, usersText } from './show-users.ts';
import { visitText } from './show-visit.ts';
import { Steps } from './steps.ts';
import { type Visit, visit } from './visitor.ts';
import { keepWorkingFolder, makeWorkingFolder, removeWorkingFolder } from './working-folder.ts';

const API_TIMEOUT_MS = 15_000;
const RELOAD_TIMEOUT_MS = 60_000;
const ITEMS_OF_A_VISIT = 2;

interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly output: Output;
  readonly interruption: InterruptionWatch;
}

/** What the steps of the demo hand on to each other. */
interface Stage extends Surroundings {
  readonly options: DemoOptions;
  readonly steps: Steps;
  readonly cleanUp: CleanUp;
  readonly startMs: number;
}

interface Trained {
  readonly run: TrainingRun;
  readonly manifest: Manifest;
  readonly replicas: readonly SommelierClient[];
  readonly installation: Installation;
}

/**
 * The whole system on one machine: data, a worker, two replicas, a training, recommendations; then it waits for
 * Ctrl-C, or ends with `once`. Whatever it started and wrote is gone when this settles.
 * @throws Interrupted when it was interrupted before everything was up
 */
export async function runDemo(options: DemoOptions, surroundings: Surroundings): Promise<void> {
  const { output, interruption } = surroundings;
  const cleanUp = new CleanUp((error) => output.write(`while cleaning up: ${String(error)}\n`));
  const stage: Stage = {
    ...surroundings,
    options,
    cleanUp,
    steps: new Steps(output, Date.now),
    startMs: Date.now(),
  };
  try {
    await Promise.race([showEverything(stage), interruption.interrupted]);
    if (!options.once) {
      output.write(`\n${pc.dim('Ctrl-C stops everything and cleans up.')}\n`);
      await interruption.interrupted.catch(() => {});
      output.write('\nStopping ...\n');
    }
  } finally {
    await cleanUp.run();
    interruption.end();
  }
}

async function showEverything(stage: Stage): Promise<void> {
  const { output, options } = stage;
  output.write(`\n${pc.bold('sommelier demo')}\n\n`);
  const { place, redis } = await prepareFolder(stage);
  const database = await prepareDatabase(stage, place);
  const data = await loadData(stage.steps, options, database);
  const trained = await train(stage, place);
  const users = await firstRecommendations(stage, database, trained);
  const firstRecommendationSeconds = (Date.now() - stage.startMs) / 1_000;
  const visited = await visitOf(stage, database, { ...trained, users });
  const exampleUser = users[0]?.userId ?? '';
  const refused = await refuseBadModel(stage, { ...trained, example: users[0] });
  if (options.json !== undefined) {
    const facts = { place, redis, urls: trained.installation.urls, data, exampleUser, refused, ...trained };
    const timings = stage.steps.timings;
    await writeReport(options.json, demoReport({ ...facts, timings, firstRecommendationSeconds }));
  }
  const sections = [
    pc.dim(`  the first recommendation came after ${formatSeconds(firstRecommendationSeconds)}`),
    funnelText(trained.manifest.funnel),
    modelText(trained.manifest),
    metricsText(trained.manifest.metrics),
    await usersText(database, users),
    ...(visited === undefined ? [] : [await visitText(database, visited)]),
    badModelText(refused.run, refused.rolledBack),
    addressesText(place, trained.installation.urls, exampleUser),
  ];
  output.write(`${sections.join('\n\n')}\n`);
}

async function prepareFolder({ steps, options, cleanUp, environment, output }: Stage) {
  const folder = await makeWorkingFolder(tmpdir());
  cleanUp.add(async () => {
    if (!options.keep) return removeWorkingFolder(folder);
    await keepWorkingFolder(folder);
    output.write(`The working folder is left: ${folder}\n`);
  });
  const redis = await steps.run(
    { key: 'redis', title: 'Redis', note: (found: FoundRedis) => found.description },
    () => findRedis(join(folder, 'redis'), environment),
  );
  cleanUp.add(() => redis.stop());
  // Another demo, or the real thing, may use the same server.
  const prefix = `sommelier-demo-${randomBytes(4).toString('hex')}`;
  if (redis.kind === 'given') cleanUp.add(() => removeKeys(redis.url, prefix));
  const place = layOut(folder, redis, prefix, environment);
  await mkdir(join(folder, 'artifacts'));
  return { place, redis };
}

async function prepareDatabase({ steps, cleanUp }: Stage, place: DemoPlace): Promise<Database> {
  const database = await steps.run(
    { key: 'migrate', title: 'Database', note: () => 'SQLite, in the working folder' },
    async () => {
      await migrateDatabase(place.databaseUrl);
      return openDatabase({ url: place.databaseUrl });
    },
  );
  cleanUp.add(() => database.close());
  return database;
}

async function train(stage: Stage, place: DemoPlace): Promise<Trained> {
  const { steps, options, cleanUp, interruption } = stage;
  const { signal } = interruption;
  const installation = await steps.run(
    { key: 'start', title: 'Processes', note: () => 'one worker and two replicas of the API' },
    async () => {
      const started = await Installation.start(place, options.port);
      cleanUp.add(() => started.stop());
      await started.untilHealthy(signal);
      return started;
    },
  );
  const replicas = installation.urls.map((url) => new SommelierClient(url, { timeoutMs: API_TIMEOUT_MS }));
  const api = replicas[0]!;
  const run = await steps.run(
    {
      key: 'train',
      title: 'Training',
      note: ({ metrics }: TrainingRun) => `enqueued over HTTP; ${formatEpochs(metrics?.epochs)}`,
    },
    async (report) => {
      const { id } = await api.startTraining(demoTraining(options));
      return followTraining({ api, installation, signal }, id, report);
    },
  );
  const version = run.modelVersion ?? '';
  await steps.run({ key: 'reload', title: 'Reload', note: () => `both replicas serve ${version}` }, () =>
    untilServed(stage, { installation, replicas }, version),
  );
  const { manifest } = await api.model(version);
  return { run, manifest, replicas, installation };
}

function untilServed(
  { interruption }: Stage,
  { installation, replicas }: Pick<Trained, 'installation' | 'replicas'>,
  version: string,
): Promise<void> {
  return installation.until(`serve ${version}`, RELOAD_TIMEOUT_MS, interruption.signal, async () => {
    const served = await Promise.all(replicas.map((replica) => replica.readiness()));
    return served.every(({ model }) => model.version === version);
  });
}

function firstRecommendations(
  { steps }: Stage,
  database: Database,
  { replicas, manifest }: Trained,
): Promise<ExampleUser[]> {
  return steps.run(
    {
      key: 'recommend',
      title: 'Answers',
      note: (users: ExampleUser[]) => `${users.length} users, both replicas`,
    },
    () => askForExamples(database, replicas, manifest),
  );
}

/** A visitor who looks at two items of the first example; undefined in a log where nobody looked at any. */
async function visitOf(
  { steps }: Stage,
  database: Database,
  { replicas, manifest, users }: Trained & { readonly users: readonly ExampleUser[] },
): Promise<Visit | undefined> {
  const itemIds = (users[0]?.seen ?? []).slice(0, ITEMS_OF_A_VISIT);
  if (itemIds.length === 0) return undefined;
  const [type = ''] = Object.keys(manifest.config.data.weights);
  const plan = { itemIds, type, timestampMs: manifest.trainedUntilMs + 1 };
  const note = ({ personalAfterMs }: Visit) => `answered personally after ${formatMs(personalAfterMs)}`;
  return steps.run({ key: 'visit', title: 'A newcomer', note }, () => visit(database, replicas, plan));
}

/** A run whose model must not go live; and, once it was refused, the same model forced to go live and taken back. */
async function refuseBadModel(
  stage: Stage,
  trained: Trained & { readonly example: ExampleUser | undefined },
): Promise<{ run: TrainingRun; rolledBack: RolledBack | undefined }> {
  const { steps, options, interruption } = stage;
  const { replicas, installation, manifest, example } = trained;
  const followed = { api: replicas[0]!, installation, signal: interruption.signal };
  const note = ({ status }: TrainingRun) => `a slip in its configuration; the run ends as ${status}`;
  const run = await steps.run({ key: 'bad', title: 'A bad model', note }, (report) =>
    trainBadModel(followed, options, report),
  );
  const { modelVersion: bad, status } = run;
  if (bad === null || example === undefined) return { run, rolledBack: undefined };
  const versions = { good: manifest.version, bad, isRefused: status === 'rejected' };
  const user = { userId: example.userId, goodItems: example.answer.items.map(({ itemId }) => itemId) };
  const rolledBack = await steps.run(
    { key: 'rollback', title: 'Rollback', note: ({ backAfterMs }) => `after ${formatMs(backAfterMs)}` },
    () => forceAndRollBack(replicas, versions, user, (version) => untilServed(stage, trained, version)),
  );
  return { run, rolledBack };
}

function addressesText(place: DemoPlace, urls: readonly string[], exampleUser: string): string {
  const addresses = addressesOf(urls, exampleUser);
  const { user, password } = place.credentials;
  const lines = [
    ...addresses.apis.map((url, index) => [`API, replica ${index + 1}`, url]),
    ['as JSON', addresses.recommendations],
    ['as a page', addresses.topN],
    ['job board', `${addresses.jobBoard}  (user ${user}, password ${password})`],
    ['state', addresses.health],
  ];
  return [pc.bold('Addresses'), ...lines.map(([name = '', text]) => `  ${name.padEnd(15)} ${text}`)].join(
    '\n',
  );
}
