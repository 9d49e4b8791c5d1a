import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type EventInput, type ModelReady, type RunConfig, trainingRunSchema } from '@sommelier/contracts';
import { exampleManifest } from '@sommelier/contracts/testing';
import { hash32, uniformInt } from '@sommelier/ncf';
import { createLogger, modelKey, subscribeModelReady } from '@sommelier/platform';
import { eventually } from '../support/processes.ts';
import { undoneAfterEach } from '../support/undo.ts';
import { createTrainingSite, smallRequest, type TrainingSite } from '../support/workers.ts';

const TIMEOUT_MS = 480_000;
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2015, 5, 1);
/** Enough for the gate's strictest rule, which wants 500 users after the cut. */
const USERS = 520;
const TASTES = 5;
const ITEMS_OF_A_TASTE = 100;
const undo = undoneAfterEach(TIMEOUT_MS);

/**
 * Views of some visits of every user, four hours apart: of items of the user's own taste, or, when somebody has mixed up
 * the items of the log, of any item.
 */
function visits(from: number, until: number, { mixedUp = false } = {}): EventInput[] {
  const events: EventInput[] = [];
  for (let visit = from; visit < until; visit++) {
    for (let user = 0; user < USERS; user++) {
      const taste = mixedUp ? uniformInt(TASTES, 5, user, visit) : user % TASTES;
      // The square makes some items of a taste more popular than others.
      const place = Math.floor(ITEMS_OF_A_TASTE * (hash32(6, user, visit) / 2 ** 32) ** 2);
      events.push({
        timestampMs: START_MS + visit * 4 * HOUR_MS + user * 1_000,
        userId: `user-${user}`,
        itemId: `item-${taste * ITEMS_OF_A_TASTE + place}`,
        type: 'view',
      });
    }
  }
  return events;
}

function request(change: Partial<RunConfig['training']> = {}, force?: RunConfig['force']): RunConfig {
  const small = smallRequest({ epochs: 1, alsUnobservedWeights: [0.3], alsIterations: 4, ...change });
  return { ...small, model: { factors: 8, layers: [8, 4] }, ...(force !== undefined && { force }) };
}

async function openSite(events: readonly EventInput[]): Promise<TrainingSite> {
  const redisUrl = process.env.TEST_REDIS_URL;
  if (redisUrl === undefined) throw new Error('TEST_REDIS_URL is not set');
  const site = await createTrainingSite({ provider: 'sqlite', redisUrl, events });
  undo.push(() => site.close());
  return site;
}

async function train(site: TrainingSite, config = request()) {
  const { run } = await site.submit(config);
  const ended = trainingRunSchema.parse(await site.ended(run.id));
  return { ...ended, gate: ended.metrics?.gate ?? undefined };
}

/** Activates a model that nobody can read: the incumbent of a run that comes after. */
async function activateUnreadable(site: TrainingSite): Promise<string> {
  const manifest = { ...exampleManifest(1), trainedUntilMs: START_MS };
  await site.database.models.addCandidate(manifest);
  const activation = { version: manifest.version, expectedGeneration: 0, activatedBy: 'test', nowMs: 1 };
  await site.database.models.activate(activation);
  return manifest.version;
}

describe('the gate', () => {
  test(
    'lets honest retrains through, holds a mixed-up log back while the good model serves on, and can be overridden',
    async () => {
      const site = await openSite(visits(0, 14));
      const hints: (ModelReady | undefined)[] = [];
      const subscription = subscribeModelReady({
        redisUrl: site.environment.REDIS_URL ?? '',
        prefix: site.environment.REDIS_PREFIX ?? '',
        logger: createLogger('test', 'silent'),
        onHint: (hint) => hints.push(hint),
      });
      undo.push(() => subscription.close());
      await eventually('the subscription', () => hints.length === 1);
      site.startWorker();

      const first = await train(site);
      expect(first).toMatchObject({ status: 'succeeded', error: null });
      expect(first.gate).toMatchObject({ outcome: 'first', protocol: 'none', ndcg: null, incumbent: null });

      for (const [round, seed] of [7, 8].entries()) {
        await site.database.events.insert(visits(14 + 3 * round, 17 + 3 * round));
        const next = await train(site, request({ seed }));
        expect(next).toMatchObject({ status: 'succeeded', error: null });
        expect(next.gate).toMatchObject({ outcome: 'accepted', protocol: 'incumbent-and-popularity' });
        expect(next.gate?.pairs).toBeGreaterThanOrEqual(500);
        expect(next.gate?.cutMs).toBeGreaterThanOrEqual(next.gate?.incumbent?.trainedUntilMs ?? 0);
        expect(next.gate?.ndcg?.twin.mean).toBeGreaterThan(next.gate?.ndcg?.popularity.mean ?? 1);
        expect(Object.keys(next.timings ?? {})).toContain('gate');
        expect(next.funnel?.findings?.every(({ level }) => level !== 'fail')).toBe(true);
      }

      const good = await site.database.models.active();
      expect(good).toMatchObject({ generation: 3 });
      await site.database.events.insert(visits(20, 28, { mixedUp: true }));
      const poisoned = await train(site, request({ seed: 11 }));
      expect(poisoned).toMatchObject({
        status: 'rejected',
        attempts: 1,
        error: { code: 'model-rejected', status: 409, type: 'urn:sommelier:error:model-rejected' },
      });
      expect(poisoned.gate).toMatchObject({ outcome: 'rejected', protocol: 'incumbent-and-popularity' });
      expect(poisoned.gate?.difference?.popularity.low).toBeLessThanOrEqual(0);
      expect(poisoned.error?.detail).toContain(poisoned.gate?.reason ?? '?');
      expect(await site.database.models.active()).toEqual(good);
      const model = await site.database.models.get(poisoned.modelVersion ?? '');
      expect(model).toMatchObject({ status: 'rejected', active: false, runId: poisoned.id });
      expect(model?.manifest.metrics.gate).toEqual(poisoned.gate);
      await site.artifacts.get(modelKey(poisoned.modelVersion ?? ''));
      const job = await site.job(poisoned.id);
      expect([await job.getState(), job.attemptsMade]).toEqual(['completed', 1]);
      const log = await site.logOf(poisoned.id);
      expect(log.filter((line) => line.startsWith('Gate: rejected.'))).toHaveLength(1);
      expect(log.filter((line) => line.startsWith('Rejected '))).toHaveLength(1);

      const forced = await train(site, request({ seed: 11 }, 'Ann: the catalogue was renumbered'));
      expect(forced).toMatchObject({ status: 'succeeded', error: null });
      expect(forced.gate).toMatchObject({ outcome: 'forced', force: 'Ann: the catalogue was renumbered' });
      expect(await site.database.models.active()).toMatchObject({
        generation: 4,
        version: forced.modelVersion,
      });
      expect(await site.logOf(forced.id)).toContain(
        'Gate: the rejection was overridden by the request: Ann: the catalogue was renumbered',
      );
      // Four models went live, and nobody heard of the fifth.
      await eventually('the hints', () => hints.length === 5);
      expect(hints.map((hint) => hint?.version)).not.toContain(poisoned.modelVersion);
    },
    TIMEOUT_MS,
  );

  test(
    'compares with popularity alone when the file of the incumbent is missing or damaged, and says so',
    async () => {
      const site = await openSite(visits(0, 10));
      const version = await activateUnreadable(site);
      site.startWorker();
      const missing = await train(site);
      expect(missing).toMatchObject({ status: 'succeeded', error: null });
      expect(missing.gate).toMatchObject({
        outcome: 'accepted',
        protocol: 'popularity-only',
        incumbent: { version },
        ndcg: { incumbent: null },
        difference: { incumbent: null },
      });
      expect(missing.gate?.reason).toMatch(/cannot be compared with: its file is missing/);

      const key = modelKey(missing.modelVersion ?? '');
      await rm(join(site.artifactDir, key));
      await writeFile(join(site.artifactDir, key), 'no model');
      const damaged = await train(site, request({ seed: 2 }));
      expect(damaged.gate).toMatchObject({ outcome: 'accepted', protocol: 'popularity-only' });
      expect(damaged.gate?.reason).toMatch(/does not have the SHA-256 of its manifest/);

      const again = await train(site, request({ seed: 3 }));
      expect(again.gate).toMatchObject({ outcome: 'accepted', protocol: 'popularity-only' });
      expect(again.gate?.reason).toMatch(/only 0 pairs of known users are newer than what the incumbent/);
    },
    TIMEOUT_MS,
  );

  test(
    'a forced request waits beside an equal one that is not forced',
    async () => {
      const site = await openSite(visits(0, 3));
      const plain = await site.submit(request());
      const forced = await site.submit(request({}, true));
      expect(forced.created).toBe(true);
      expect(forced.run.id).not.toBe(plain.run.id);
      expect(await site.submit(request({}, true))).toMatchObject({ created: false, run: forced.run });
      expect(await site.submit(request())).toMatchObject({ created: false, run: plain.run });
    },
    TIMEOUT_MS,
  );

  test(
    'a run whose model was rejected before its worker died only gets its last word',
    async () => {
      const site = await openSite(visits(0, 3));
      const { run } = await site.submit();
      await site.database.trainingRuns.begin(run.id, 1);
      const manifest = { ...exampleManifest(2), runId: run.id };
      await site.database.models.addCandidate(manifest);
      await site.database.models.reject(manifest.version);
      site.startWorker();
      const ended = await site.ended(run.id);
      expect(ended).toMatchObject({
        status: 'rejected',
        attempts: 2,
        modelVersion: manifest.version,
        error: { code: 'model-rejected' },
      });
      expect(await site.database.models.active()).toBeUndefined();
      expect(await site.database.models.list({ limit: 10 })).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  test(
    'a log of which nothing is left fails before anything is trained, with funnel and findings',
    async () => {
      const site = await openSite(visits(0, 2));
      site.startWorker();
      const run = await train(site);
      expect(run).toMatchObject({ status: 'failed', error: { code: 'all-filtered' }, modelVersion: null });
      expect(run.funnel?.steps.at(-1)).toMatchObject({ rule: 'distinct-items', kept: { events: 0 } });
      expect(run.funnel?.findings).toEqual(
        expect.arrayContaining([expect.objectContaining({ code: 'event-types', level: 'warn' })]),
      );
      expect(Object.keys(run.timings ?? {})).not.toContain('search');
    },
    TIMEOUT_MS,
  );
});
