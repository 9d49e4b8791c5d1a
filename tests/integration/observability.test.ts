import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parser } from '@prometheus-io/lezer-promql';
import { newApiKey } from '@sommelier/platform';
import { parse } from 'yaml';
import { createProcesses, eventually, type ProductProcess } from '../support/processes.ts';
import { parseScrape, type Scrape } from '../support/scrape.ts';
import { startTraceCollector, type TraceCollector } from '../support/trace-collector.ts';
import { createTrainingSite, smallRequest, type TrainingSite } from '../support/workers.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url));
const TIMEOUT_MS = 120_000;
jest.setTimeout(TIMEOUT_MS);
/** Nothing listens there. */
const NO_REDIS = 'redis://127.0.0.1:1';
const USER = 'user-3';

const processes = createProcesses();
let site: TrainingSite;
let collector: TraceCollector;
let api: ProductProcess;
let worker: ProductProcess;
let apiUrl: string;
let workerUrl: string;
let runId: string;
let apiScrape: Scrape;
let workerScrape: Scrape;

async function startApi(environment: Record<string, string> = {}) {
  const env = { ...site.environment, PORT: '0', ...environment };
  const child = processes.start('api', { env });
  const { url } = JSON.parse(await child.waitForLine(/"msg":"listening"/)) as { url: string };
  return { child, url };
}

async function scrape(url: string, init?: RequestInit): Promise<Scrape> {
  const response = await fetch(`${url}/metrics`, init);
  expect(response.status).toBe(200);
  expect(response.headers.get('Content-Type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return parseScrape(await response.text());
}

/** One training run, from the request to the replica that serves its model, with everything that watches it. */
beforeAll(async () => {
  collector = await startTraceCollector();
  site = await createTrainingSite({ provider: 'sqlite', redisUrl: process.env.TEST_REDIS_URL ?? '' });
  const watched = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint };
  worker = site.startWorker({ ...watched, WORKER_METRICS_PORT: '0' });
  const { port } = JSON.parse(await worker.waitForLine(/"msg":"serving metrics"/)) as { port: number };
  workerUrl = `http://127.0.0.1:${port}`;
  ({ child: api, url: apiUrl } = await startApi(watched));
  await eventually('Redis', async () => (await scrape(apiUrl)).value('sommelier_redis_up') === 1);
  const { model, training, evaluation } = smallRequest();
  const submitted = await fetch(`${apiUrl}/v1/training-runs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Request-Id': 'asked-by-test' },
    body: JSON.stringify({ model, training, evaluation }),
  });
  expect([submitted.status, submitted.headers.get('X-Request-Id')]).toEqual([202, 'asked-by-test']);
  runId = ((await submitted.json()) as { id: string }).id;
  await site.ended(runId);
  const recommendations = () => fetch(`${apiUrl}/v1/users/${USER}/recommendations`);
  await eventually('the model is served', async () => (await recommendations()).status === 200);
  await (await recommendations()).arrayBuffer();
  await fetch(`${apiUrl}/no/such/address`);
  // What counts a request sees the end of its answer, which may be after the caller does.
  await eventually('the counts', async () => {
    apiScrape = await scrape(apiUrl);
    return apiScrape
      .samples('sommelier_http_request_duration_seconds_count')
      .some((line) => line.includes('route="unmatched"'));
  });
  workerScrape = await scrape(workerUrl);
});

afterAll(async () => {
  await processes.stopAll();
  await site?.close();
  await collector?.close();
});

const requests = (labels: string) =>
  apiScrape.value(`sommelier_http_request_duration_seconds_count{${labels}}`) ?? 0;

describe("the API's metrics", () => {
  it('count requests by method, route and class of status, also those that no framework sees', () => {
    const route = 'route="/v1/users/{userId}/recommendations"';
    expect(requests(`method="GET",${route},status="2xx"`)).toBeGreaterThanOrEqual(2);
    expect(requests('method="POST",route="/v1/training-runs",status="2xx"')).toBe(1);
    expect(requests('method="GET",route="unmatched",status="4xx"')).toBe(1);
    const labels = `method="GET",${route},status="2xx"`;
    const name = 'sommelier_http_request_duration_seconds';
    expect(apiScrape.value(`${name}_bucket{le="+Inf",${labels}}`)).toBe(requests(labels));
    expect(apiScrape.value(`${name}_sum{${labels}}`)).toBeGreaterThan(0);
  });

  it('tell answers from the cache from those of the model, by strategy', () => {
    const answers = (source: string, strategy: string) =>
      apiScrape.value(`sommelier_recommendation_answers_total{source="${source}",strategy="${strategy}"}`);
    expect(answers('model', 'personalized')).toBeGreaterThanOrEqual(1);
    expect(answers('cache', 'personalized')).toBeGreaterThanOrEqual(1);
    expect([answers('model', 'popular'), answers('cache', 'folded-in')]).toEqual([0, 0]);
  });

  it('show the model that is served and the one that should be, the queue, and what answers', async () => {
    const run = await site.run(runId);
    expect(apiScrape.value(`sommelier_model_info{version="${run.modelVersion}"}`)).toBe(1);
    const generations = ['sommelier_model_generation', 'sommelier_active_generation'];
    await eventually('the active generation is not remembered any more', async () => {
      const now = await scrape(apiUrl);
      return generations.every((name) => now.value(name) === 1) && now;
    });
    expect(apiScrape.value('sommelier_model_load_duration_seconds_count')).toBe(1);
    const ageSeconds =
      Date.now() / 1_000 - (apiScrape.value('sommelier_model_loaded_timestamp_seconds') ?? 0);
    expect(ageSeconds).toBeGreaterThan(0);
    expect(ageSeconds).toBeLessThan(TIMEOUT_MS / 1_000);
    for (const name of ['sommelier_database_up', 'sommelier_redis_up']) expect(apiScrape.value(name)).toBe(1);
    expect(apiScrape.value('sommelier_queue_runs{state="waiting"}')).toBe(0);
    expect(apiScrape.value('sommelier_queue_oldest_waiting_seconds')).toBe(0);
    expect(apiScrape.value('sommelier_change_log_lag_seconds')).toBeLessThan(10);
    expect(apiScrape.value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(apiScrape.value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('come in time without Redis, and say that it is away', async () => {
    const lonely = await startApi({ REDIS_URL: NO_REDIS });
    const startedMs = performance.now();
    const found = await scrape(lonely.url);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(found.value('sommelier_redis_up')).toBe(0);
    expect(found.value('sommelier_database_up')).toBe(1);
    expect(found.samples('sommelier_queue_runs')).toEqual([]);
    await lonely.child.stop();
  });

  it('are for a key with the role observe, and for no other', async () => {
    const key = newApiKey();
    await site.database.apiKeys.add({
      ...{ id: key.id, hash: key.hash, name: 'prometheus', roles: ['observe'] },
      ...{ createdAtMs: Date.now(), revokedAtMs: null, lastUsedAtMs: null },
    });
    const closed = await startApi();
    const init = { headers: { Authorization: `Bearer ${key.token}` } };
    await eventually('the key is known', async () => (await fetch(`${closed.url}/metrics`)).status === 401);
    await scrape(closed.url, init);
    expect((await fetch(`${closed.url}/v1/training-runs`, init)).status).toBe(403);
    await closed.child.stop();
  });
});

describe("the worker's metrics", () => {
  it('tell how attempts ended, how long their steps took, and what the gate said', () => {
    expect(workerScrape.value('sommelier_training_attempts_total{outcome="succeeded"}')).toBe(1);
    expect(workerScrape.value('sommelier_training_attempts_total{outcome="failed"}')).toBe(0);
    expect(workerScrape.value('sommelier_training_attempts_running')).toBe(0);
    for (const step of ['read', 'prepare', 'search', 'evaluate', 'refit', 'encode', 'publish']) {
      const name = `sommelier_training_step_duration_seconds_count{step="${step}"}`;
      expect([name, workerScrape.value(name)]).toEqual([name, 1]);
    }
    expect(workerScrape.value('sommelier_gate_verdicts_total{outcome="first"}')).toBe(1);
    expect(workerScrape.value('sommelier_gate_verdicts_total{outcome="rejected"}')).toBe(0);
    expect(workerScrape.value('sommelier_database_up')).toBe(1);
    expect(workerScrape.value('sommelier_redis_up')).toBe(1);
  });

  it('stand beside a health check, and nothing else', async () => {
    expect(await (await fetch(`${workerUrl}/healthz`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${workerUrl}/`)).status).toBe(404);
    expect((await fetch(`${workerUrl}/metrics`, { method: 'POST' })).status).toBe(405);
  });
});

describe('a trace', () => {
  it('goes from the request through every step of the run to the replica that loads its model', async () => {
    const spanOf = (name: string) => collector.spans.find((span) => span.name === name);
    await eventually('the spans', () => ['training attempt', 'load model', 'publish'].every(spanOf));
    const request = spanOf('POST /v1/training-runs');
    expect(request).toMatchObject({
      service: 'sommelier-api',
      attributes: { 'sommelier.run.id': runId, 'sommelier.request.id': 'asked-by-test' },
    });
    expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([request?.traceId]));
    const attempt = spanOf('training attempt');
    expect(attempt).toMatchObject({
      service: 'sommelier-worker',
      parentSpanId: request?.spanId,
      attributes: { 'sommelier.attempt.outcome': 'succeeded', 'sommelier.run.attempt': 1 },
    });
    const steps = collector.spans.filter(({ parentSpanId }) => parentSpanId === attempt?.spanId);
    expect(steps.map(({ name }) => name)).toEqual([
      'read',
      'prepare',
      'search',
      'evaluate',
      'refit',
      'encode',
      'publish',
    ]);
    for (const [index, step] of steps.entries()) {
      expect(step.endMs).toBe(steps[index + 1]?.startMs ?? step.endMs);
      expect(step.statusCode).not.toBe(2);
    }
    const { modelVersion } = await site.run(runId);
    expect(spanOf('load model')).toMatchObject({
      service: 'sommelier-api',
      parentSpanId: request?.spanId,
      attributes: { 'sommelier.model.version': modelVersion, 'sommelier.model.generation': 1 },
    });
  });

  it('leaves the job with nothing but the id of the run', async () => {
    expect((await site.job(runId)).data).toEqual({ runId });
  });
});

describe('the logs', () => {
  const linesOf = ({ lines }: ProductProcess) =>
    lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);

  it('lead from the request to its run, and from the run to its job and attempt', () => {
    expect(linesOf(api)).toContainEqual(
      expect.objectContaining({ msg: 'a training run was asked for', requestId: 'asked-by-test', runId }),
    );
    expect(linesOf(api)).toContainEqual(
      expect.objectContaining({ req: expect.objectContaining({ id: 'asked-by-test', method: 'POST' }) }),
    );
    const jobId = `run-${runId}`;
    for (const msg of ['took a job', 'finished a job']) {
      expect(linesOf(worker)).toContainEqual(expect.objectContaining({ msg, jobId, runId }));
    }
    const told = linesOf(worker).filter(({ msg }) => msg === 'Reading events');
    expect(told).toEqual([expect.objectContaining({ runId, jobId, attempt: 1 })]);
  });
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** Names that Prometheus has of its own. */
const OF_PROMETHEUS = new Set(['up']);

/** Names of the metrics in an expression; throws when it is none. */
function metricsOf(expression: string): string[] {
  const text = expression.replaceAll(/\$__\w+/g, '5m');
  const names: string[] = [];
  parser.parse(text).iterate({
    enter(node) {
      if (node.type.isError) throw new Error(`not PromQL at ${node.from}: ${expression}`);
      if (node.name === 'VectorSelector') names.push(/^[\w:]+/.exec(text.slice(node.from))?.[0] ?? '');
    },
  });
  return names;
}

describe('deploy/', () => {
  const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana/sommelier.json'), 'utf8')) as {
    panels: { id: number; title: string; targets?: { expr: string }[] }[];
  };
  const alerts = parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')) as {
    groups: { name: string; rules: Rule[] }[];
  };
  const rules = alerts.groups.flatMap((group) => group.rules);
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('asks only for metrics that a running API or worker exports', () => {
    const exported = new Set([...apiScrape.names, ...workerScrape.names, ...OF_PROMETHEUS]);
    const asked = [...queries, ...rules.map(({ expr }) => expr)].flatMap(metricsOf);
    expect(asked.length).toBeGreaterThan(60);
    expect(asked.filter((name) => !exported.has(name))).toEqual([]);
  });

  it('shows or watches every metric of the product', () => {
    const asked = new Set(
      [...queries, ...rules.map(({ expr }) => expr)]
        .flatMap(metricsOf)
        .map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    const own = [...apiScrape.names, ...workerScrape.names]
      .filter((name) => name.startsWith('sommelier_'))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect([...new Set(own)].filter((name) => !asked.has(name))).toEqual([]);
  });

  it('is about metrics that docs/observability.md lists, all of them and no other', () => {
    const page = readFileSync(join(DEPLOY, '../docs/observability.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(sommelier_\w+)` \| (?:gauge|counter|histogram) /gm)].map(
      ([, name]) => name,
    );
    const exported = [...apiScrape.names, ...workerScrape.names]
      .filter((name) => name.startsWith('sommelier_'))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(listed.sort()).toEqual([...new Set(exported)].sort());
  });

  it('has panels with titles and ids of their own', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.panels.filter(({ title }) => title.trim() === '')).toEqual([]);
  });

  it('has alerts that say how bad it is, what happened and what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect([alert, ['warning', 'critical'].includes(labels.severity ?? '')]).toEqual([alert, true]);
      expect([alert, Object.keys(annotations).sort()]).toEqual([alert, ['description', 'summary']]);
    }
  });

  it('has YAML that can be read, and scrapes what docker-compose.yml starts', () => {
    const files = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.ya?ml$/.test(name),
    );
    expect(files.length).toBeGreaterThan(3);
    for (const name of files) expect(parse(readFileSync(join(DEPLOY, name), 'utf8'))).toBeInstanceOf(Object);
    const { scrape_configs } = parse(readFileSync(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8'));
    const compose = parse(readFileSync(join(DEPLOY, '../docker-compose.yml'), 'utf8'), { merge: true });
    for (const { static_configs } of scrape_configs) {
      for (const target of static_configs[0].targets) {
        expect(Object.keys(compose.services)).toContain(target.split(':')[0]);
      }
    }
    const { environment } = compose.services.worker;
    expect(scrape_configs[1].static_configs[0].targets).toEqual([
      `worker:${environment.WORKER_METRICS_PORT}`,
    ]);
  });
});
