import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SommelierClient } from '@sommelier/client';
import { type RunEvent, type RunProgress, runConfigSchema, runEventSchema } from '@sommelier/contracts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';
import { runCli } from '../support/run-cli.ts';

jest.setTimeout(90_000);

/** Nothing listens there: a run is followed by its row alone. */
const NO_REDIS = { REDIS_URL: 'redis://127.0.0.1:1' };
/** As many streams as a replica has open at most. */
const MAX_STREAMS = 100;

let shop: Installation;
let replica: Replica;

beforeAll(async () => {
  shop = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
  replica = await shop.startReplica(NO_REDIS);
});
afterAll(() => shop?.close());

let runs = 0;

/** A queued run that no other test has, and what a worker would write into its row. */
async function queuedRun() {
  const { trainingRuns } = shop.database;
  const request = runConfigSchema.parse({ training: { seed: ++runs } });
  const { run } = await trainingRuns.createOrJoin(request, Date.now());
  return {
    id: run.id,
    begin: () => trainingRuns.begin(run.id, Date.now()),
    progress: (fraction: number, epoch: number, loss: number, attempt = 1) => {
      const progress: RunProgress = {
        stage: 'train',
        fraction,
        message: `epoch ${epoch}`,
        phase: 'refit',
        epoch,
        epochs: 3,
        loss,
      };
      return trainingRuns.update(run.id, attempt, { progress });
    },
    succeed: (attempt = 1) =>
      trainingRuns.update(run.id, attempt, { status: 'succeeded', finishedAtMs: Date.now() }),
  };
}

/** The events of a run as they come: `next` waits for one that a test expects, and gives those before it, too. */
function follow(client: SommelierClient, id: string) {
  const events = client.followRun(id);
  return async (until: (event: RunEvent) => boolean): Promise<RunEvent[]> => {
    const seen: RunEvent[] = [];
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) return seen;
      seen.push(runEventSchema.parse(value));
      if (until(value)) return seen;
    }
  };
}

const isProgress = (event: RunEvent) => event.type === 'progress';
const briefly = (events: readonly RunEvent[]) =>
  events.map((event) => {
    if (event.type === 'progress') return `progress ${event.progress.fraction}`;
    if (event.type === 'epoch') return `epoch ${event.epoch} ${event.loss}`;
    if (event.type === 'status') return `${event.status} ${event.attempt}`;
    return event.type;
  });

describe('the stream of a training run', () => {
  it('tells what happens, without Redis, and goes on where it was when the API is started again meanwhile', async () => {
    const run = await queuedRun();
    const port = new URL(replica.url).port;
    const next = follow(new SommelierClient(replica.url), run.id);
    expect(briefly(await next(() => true))).toEqual(['queued 0']);
    await run.begin();
    await run.progress(0.2, 1, 0.9);
    expect(briefly(await next(isProgress))).toEqual(['running 1', 'stage', 'progress 0.2']);
    await run.progress(0.4, 2, 0.7);
    expect(briefly(await next(isProgress))).toEqual(['epoch 1 0.9', 'progress 0.4']);

    replica.process.kill('SIGKILL');
    await replica.process.exited();
    const away = next(isProgress);
    await run.progress(0.6, 3, 0.5);
    replica = await shop.startReplica({ ...NO_REDIS, PORT: port });
    // Neither the status nor the stage come again; the epoch that was over while nobody looked is not known.
    expect(briefly(await away)).toEqual(['progress 0.6']);
    await run.succeed();
    const last = await next((event) => event.type === 'end');
    expect(briefly(last)).toEqual(['succeeded 1', 'end']);
    expect(last.at(-1)).toMatchObject({ run: { id: run.id, status: 'succeeded' } });
    expect(await next(() => true)).toEqual([]);
  });

  it('sends nothing again to a reader that has it, and to one that comes late what there is', async () => {
    const run = await queuedRun();
    await run.begin();
    await run.succeed();
    const url = `${replica.url}/v1/training-runs/${run.id}/stream`;
    const whole = await fetch(url);
    expect(whole.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    expect(whole.headers.get('Cache-Control')).toBe('no-store');
    const text = await whole.text();
    expect(text.match(/^event: .*$/gm)).toEqual(['event: status', 'event: end']);
    const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id!);
    const rest = async (id: string) =>
      (await (await fetch(url, { headers: { 'Last-Event-ID': id } })).text()).match(/^event: .*$/gm);
    expect(await rest(ids[0]!)).toEqual(['event: end']);
    expect(await rest(ids[1]!)).toBeNull();
    expect(await rest('nonsense')).toHaveLength(2);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('is not there for a run that is not, and refused when too many are open', async () => {
    const client = new SommelierClient(replica.url, { retries: 0 });
    await expect(client.followRun('no-such-run').next()).rejects.toMatchObject({ code: 'run-not-found' });
    const run = await queuedRun();
    const url = `${replica.url}/v1/training-runs/${run.id}/stream`;
    const leave = new AbortController();
    const open = await Promise.all(
      Array.from({ length: MAX_STREAMS }, () => fetch(url, { signal: leave.signal })),
    );
    expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await replica.get(`/v1/training-runs/${run.id}/stream`);
    expect([refused.status, refused.body.code]).toEqual([503, 'overloaded']);
    expect(refused.headers.get('Retry-After')).not.toBeNull();
    leave.abort();
    const next = follow(new SommelierClient(replica.url), run.id);
    expect(briefly(await next(() => true))).toEqual(['queued 0']);
    await shop.database.trainingRuns.cancel(run.id, Date.now());
    expect(briefly(await next((event) => event.type === 'end'))).toEqual(['cancelled 0', 'end']);
    expect(await next(() => true)).toEqual([]);
  });

  it('is told to people by "sommelier runs follow", which fails when the run does', async () => {
    const run = await queuedRun();
    await run.begin();
    await run.progress(0.5, 2, 0.25);
    await run.succeed();
    const told = await runCli(['runs', 'follow', run.id, '--url', replica.url]);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout.split('\n')).toEqual([
      'succeeded',
      'stage: train',
      ' 50% epoch 2',
      `run ${run.id} has ended: succeeded`,
      '',
    ]);
    const cancelled = await queuedRun();
    await shop.database.trainingRuns.cancel(cancelled.id, Date.now());
    expect((await runCli(['runs', 'follow', cancelled.id, '--url', replica.url])).code).toBe(1);
  });
});
