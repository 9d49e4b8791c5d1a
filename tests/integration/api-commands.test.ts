import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomModel } from '../support/random-model.ts';
import { createInstallation, type Installation, type Replica } from '../support/replicas.ts';
import { runCli } from '../support/run-cli.ts';

jest.setTimeout(90_000);

let shop: Installation;
let replica: Replica;
let version: string;

beforeAll(async () => {
  shop = await createInstallation('sqlite', process.env.TEST_REDIS_URL ?? '');
  const active = await shop.publish(randomModel(7));
  version = active.version;
  replica = await shop.startReplica();
  await replica.serves(active.generation);
});
afterAll(async () => {
  await shop?.close();
});

const run = (...args: string[]) => runCli(args, { SOMMELIER_URL: replica.url });
const output = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args);
  return { code, stderr, stdout: stdout.trim() };
};

describe('the commands that ask an API', () => {
  it('list and cancel training runs', async () => {
    const { id } = await replica.submit({});
    const queued = await output('runs', 'list', '--status', 'queued', '--limit', '1');
    expect(queued).toMatchObject({ code: 0, stderr: '' });
    expect(queued.stdout).toMatch(new RegExp(`\\n${id} +queued `));
    expect(await output('runs', 'cancel', id)).toMatchObject({ code: 0, stdout: `${id} is cancelled` });
    expect((await output('runs', 'list', '--status', 'queued')).stdout).not.toContain(id);
    const unknown = await output('runs', 'cancel', 'unknown');
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('error[run-not-found]: ')]);
  });

  it('list, pin and activate models', async () => {
    expect((await output('models', 'list')).stdout).toMatch(new RegExp(`\\n\\* +${version} `));
    for (const [action, stdout] of [
      ['pin', `${version} is pinned`],
      ['unpin', `${version} is not pinned`],
    ] as const)
      expect(await output('models', action, version)).toMatchObject({ code: 0, stdout });
    const activated = await output('models', 'activate', version, '--by', 'ana');
    expect(activated.stdout).toMatch(new RegExp(`^${version} is active as generation [0-9]+$`));
    const models = await replica.get<{ active: { activatedBy: string } }>('/v1/models');
    expect(models.body.active.activatedBy).toBe('ana');
  });

  it('say where nobody answers, and where something else does', async () => {
    const other: Server = createServer((_request, response) => response.end('{"runs": "none"}'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const list = async () => {
      const { code, stderr } = await run('runs', 'list', '--url', url);
      return [code, stderr];
    };
    expect(await list()).toEqual([1, expect.stringMatching(/^error\[bad-answer\]: .*is it one/)]);
    await new Promise((resolve) => other.close(resolve));
    const nobody = `error[unreachable]: GET ${url}/v1/training-runs?limit=20 cannot be reached`;
    expect(await list()).toEqual([1, expect.stringContaining(nobody)]);
  });
});
