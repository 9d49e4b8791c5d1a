import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express, { Router } from 'express';
import { RequestMeter } from './request-meter.ts';

const NAME = 'requests';

let meter: RequestMeter;
let server: Server;
let port: number;

beforeEach(async () => {
  meter = new RequestMeter();
  const router = Router();
  router.route('/v1/things/:thingId').get((_request, response) => void response.json({}));
  router.route(/^\/topN=([^/]*?)for_user=([^/]*)$/).get((_request, response) => void response.json({}));
  router.route('/stream').get((request, response) => {
    response.type('text/event-stream').write(':\n\n');
    meter.observeStream(request);
    request.once('close', () => response.end());
  });
  router.route('/broken').get(() => {
    throw new Error('broken');
  });
  const app = express();
  app.set('env', 'test');
  app.use(meter.middleware(), router);
  app.use(
    ((_error, _request, response, _next) => void response.status(500).end()) as express.ErrorRequestHandler,
  );
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** `GET /v1/x 2xx` and how often, once `expected` requests are counted: an answer ends before it is counted. */
async function counted(expected: number): Promise<Record<string, number>> {
  for (;;) {
    const samples = meter.samples(NAME).filter(({ metricName }) => metricName === `${NAME}_count`);
    const total = samples.reduce((sum, { value }) => sum + value, 0);
    if (total >= expected) {
      const named = samples.map(({ labels, value }) => [
        `${labels.method} ${labels.route} ${labels.status}`,
        value,
      ]);
      return Object.fromEntries(named.filter(([, value]) => value !== 0));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function send(method: string, path: string): Promise<void> {
  const sent = httpRequest({ port, host: '127.0.0.1', method, path }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
}

describe('RequestMeter', () => {
  it('counts by route, not by address, and by methods that are known', async () => {
    const paths = ['/v1/things/a', '/v1/things/b%2Fc', '/topN=5for_user=u', '/no/such/thing', '/broken'];
    for (const path of paths) await send('GET', path);
    await send('PROPFIND', '/v1/things/a');
    expect(await counted(6)).toEqual({
      'GET /v1/things/{thingId} 2xx': 2,
      'GET /topN={n}for_user={userId} 2xx': 1,
      'GET unmatched 4xx': 1,
      'GET /broken 5xx': 1,
      'OTHER unmatched 4xx': 1,
    });
  });

  it('counts a stream when it begins, and not again when it ends', async () => {
    const sent = httpRequest({ port, host: '127.0.0.1', path: '/stream' }).end();
    const [response] = await once(sent, 'response');
    expect(await counted(1)).toEqual({ 'GET /stream 2xx': 1 });
    response.destroy();
    await once(response, 'close');
    await send('GET', '/v1/things/a');
    expect(await counted(2)).toEqual({ 'GET /stream 2xx': 1, 'GET /v1/things/{thingId} 2xx': 1 });
  });

  it('counts what was answered in front of the framework under its route', () => {
    meter.observeHot(0.0004);
    meter.observeHot(20);
    const labels = { method: 'GET', route: '/v1/users/{userId}/recommendations', status: '2xx' };
    const bucket = (le: number | string) =>
      meter
        .samples(NAME)
        .find(({ metricName, labels }) => metricName === `${NAME}_bucket` && labels.le === le);
    expect(bucket(0.0005)).toEqual({
      metricName: `${NAME}_bucket`,
      labels: { le: 0.0005, ...labels },
      value: 1,
    });
    expect([bucket(10)?.value, bucket('+Inf')?.value]).toEqual([1, 2]);
  });
});
