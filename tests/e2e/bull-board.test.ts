import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { RunProgress } from '@sommelier/contracts';
import { connectRedis, createLogger, createTrainingQueue, jobProgress } from '@sommelier/platform';
import { Worker } from 'bullmq';
import { type Browser, chromium, type Page } from 'playwright-core';
import { eventually } from '../support/processes.ts';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';

jest.setTimeout(120_000);

const REDIS_URL = process.env.TEST_REDIS_URL ?? '';
const LOGIN = { username: 'boss', password: 'sécret: with colon' };
const logger = createLogger('test', 'silent');

let shop: Installation;
let replica: Replica;
let browser: Browser;
let screenshots: string;
/** Lets the job that is under way end. */
let finish: () => void;
let closeQueue: () => Promise<void>;

const progress: RunProgress = {
  stage: 'train',
  fraction: 0.45,
  message: 'refit: epoch 4 of 9, loss 0.3121',
  phase: 'refit',
  epoch: 4,
  epochs: 9,
};

/** One job that has ended and one that is at 45%, by a worker of the test. */
async function fillQueue(): Promise<() => Promise<void>> {
  const prefix = shop.environment.REDIS_PREFIX ?? '';
  const queue = createTrainingQueue(REDIS_URL, prefix, logger);
  const connection = connectRedis(REDIS_URL, 'worker', logger);
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const worker = new Worker<{ runId: string }>(
    queue.queue.name,
    async (job) => {
      await job.log('prepare: 1,000 events of 20 users');
      const isHeld = job.data.runId === 'held';
      await job.updateProgress({ ...jobProgress({ ...progress, fraction: isHeld ? 0.45 : 1 }) });
      if (isHeld) await held;
    },
    { connection, prefix, concurrency: 2 },
  );
  worker.on('error', () => undefined);
  await eventually('Redis is reached', async () => {
    await queue.ping();
    return true;
  });
  await queue.enqueue('done');
  await queue.enqueue('held');
  await eventually('one job has ended, one is under way', async () => {
    const counts = await queue.queue.getJobCounts();
    return counts.completed === 1 && counts.active === 1;
  });
  return async () => {
    finish();
    await worker.close();
    connection.disconnect();
    await queue.close();
  };
}

async function launch(folder: string): Promise<Browser> {
  const executablePath = process.env.TEST_CHROMIUM;
  if (executablePath === undefined) throw new Error('TEST_CHROMIUM is not set: the global set-up sets it');
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--crash-dumps-dir=${folder}`,
    ],
  });
}

/** Opens a page and collects what goes wrong in it, except the font that the board asks another site for. */
async function open(path: string): Promise<{ page: Page; troubles: string[] }> {
  const context = await browser.newContext({
    httpCredentials: LOGIN,
    viewport: { width: 1280, height: 900 },
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('fonts.googleapis.com')) {
      troubles.push(`console: ${message.text()}`);
    }
  });
  await page.goto(replica.url + path);
  return { page, troubles };
}

beforeAll(async () => {
  screenshots = process.env.TEST_SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), 'sommelier-screenshots-')));
  shop = await createInstallation('sqlite', REDIS_URL);
  closeQueue = await fillQueue();
  replica = await shop.startReplica({ ADMIN_USER: LOGIN.username, ADMIN_PASSWORD: LOGIN.password });
  browser = await launch(screenshots);
});
afterAll(async () => {
  await browser?.close();
  await closeQueue?.();
  await shop?.close();
  if (process.env.TEST_SCREENSHOTS === undefined) await rm(screenshots, { recursive: true, force: true });
});

it('shows a job that has ended and one with its progress', async () => {
  const { page, troubles } = await open('/admin/queues/queue/training?status=active');
  await page.getByText('run-held').first().waitFor();
  await page.getByText('45').first().waitFor();
  expect(await page.title()).toContain('sommelier');
  await page.screenshot({ path: join(screenshots, 'board-active.png') });

  await page.goto(`${replica.url}/admin/queues/queue/training?status=completed`);
  await page.getByText('run-done').first().waitFor();
  await page.screenshot({ path: join(screenshots, 'board-completed.png') });
  expect(troubles).toEqual([]);
});

it('shows its pages in a browser without a complaint of the content policy', async () => {
  const { page, troubles } = await open('/');
  expect(await page.title()).toBe('sommelier');
  await page.screenshot({ path: join(screenshots, 'index-without-model.png') });
  const { generation } = await shop.publish(randomModel(7));
  await replica.serves(generation);
  await page.reload();
  await page.screenshot({ path: join(screenshots, 'index.png') });
  const item = { categoryId: '1016', available: true, price: 12_500.5, properties: {}, updatedAtMs: 1 };
  const { items } = (await replica.recommendations('u00004', '?n=7')).body;
  await shop.database.items.upsertItems(
    items
      .slice(1)
      .map(({ itemId, rank }) => ({ ...item, itemId, price: rank === 3 ? null : item.price / rank })),
  );
  await page.getByLabel('User id').fill('u00004');
  await page.getByLabel('How many').fill('7');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.waitForURL('**/topN=7for_user=u00004');
  expect(await page.locator('tbody tr').count()).toBe(7);
  await page.goto(`${replica.url}/docs`);
  await page.getByRole('link', { name: 'The top N of a user', exact: true }).click();
  await page.waitForURL('**/docs#recommendations');
  expect(await page.locator('article#recommendations').isVisible()).toBe(true);
  await page.screenshot({ path: join(screenshots, 'docs.png') });
  await page.goto(`${replica.url}/topN=7for_user=u00004`);
  // The style of the page is applied, and not blocked.
  const border = await page
    .locator('td')
    .first()
    .evaluate((cell) => getComputedStyle(cell).borderBottomStyle);
  expect(border).toBe('solid');
  await page.screenshot({ path: join(screenshots, 'top-n.png') });
  expect(troubles).toEqual([]);
});

it('logs in on the page that it meets, with a key, and out again', async () => {
  const API_KEY = 'k'.repeat(40);
  const guarded = await shop.startReplica({ API_KEY });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const board = `${guarded.url}/admin/queues/queue/training?status=active`;
  expect((await page.goto(board))?.status()).toBe(401);
  await page.getByLabel('Key or password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').waitFor();
  await page.screenshot({ path: join(screenshots, 'login-failed.png') });
  await page.goto(board);
  await page.getByLabel('Key or password').fill(API_KEY);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(board);
  await page.getByText('run-held').first().waitFor();
  await page.screenshot({ path: join(screenshots, 'board-logged-in.png') });
  expect(await page.evaluate(() => document.cookie)).toBe('');
  await page.goto(`${guarded.url}/login`);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('**/login');
  expect((await page.goto(board))?.status()).toBe(401);
  await context.close();
  await guarded.process.stop();
});
