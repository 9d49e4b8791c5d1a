import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { accessOf, alwaysNeedsLogin } from './route-access.ts';

describe('accessOf', () => {
  it.each([
    ['GET', '/healthz', 'public'],
    ['GET', '/readyz', 'public'],
    ['GET', '/openapi.json', 'public'],
    ['GET', '/docs', 'public'],
    ['GET', '/docs/swagger-ui.css', 'public'],
    ['POST', '/login', 'public'],
    ['GET', '/', 'any'],
    ['GET', '/v1/users/u%2F1/recommendations', 'recommend'],
    ['GET', '/v1/users/u1/recommendations/', 'recommend'],
    ['POST', '/v1/recommendations', 'recommend'],
    ['POST', '/v1/recommendations/batch', 'recommend'],
    ['GET', '/v1/users/u1/why-not/i1', 'recommend'],
    ['GET', '/v1/items/i1/similar', 'recommend'],
    ['GET', '/topN=5for_user=u1', 'recommend'],
    ['GET', '/topN', 'recommend'],
    ['POST', '/v1/events', 'ingest'],
    ['POST', '/v1/items', 'ingest'],
    ['POST', '/v1/users/u1/merge', 'ingest'],
    ['DELETE', '/v1/users/u1', 'operate'],
    ['POST', '/v1/training-runs', 'operate'],
    ['GET', '/v1/training-runs', 'operate'],
    ['DELETE', '/v1/training-runs/r1', 'operate'],
    ['GET', '/v1/models', 'operate'],
    ['POST', '/v1/models/v1/activate', 'operate'],
    ['PUT', '/v1/schedules/nightly', 'operate'],
    ['POST', '/v1/queue/pause', 'operate'],
    ['GET', '/v1/keys', 'operate'],
    ['GET', '/metrics', 'observe'],
    ['GET', '/admin/queues', 'any'],
    ['GET', '/admin/queues/api/queues', 'any'],
    ['PUT', '/admin/queues/api/queues/training/1/retry', 'operate'],
    ['POST', '/admin/queues/api/queues/training/add', 'operate'],
  ])('%s %s needs %s', (method, path, access) => {
    expect(accessOf(method, path)).toBe(access);
  });

  it.each([
    '/v1/users/u1/recommendations/../../../models',
    '/v1/users//recommendations',
    '//v1/events',
    '/V1/events',
    '/v1/events/x',
    '/v1/%65vents',
    '/healthz/x',
    '/docsx',
    '/openapi.json/x',
    '/login/x',
    '/admin/queuesx',
    '/v1/users/u1/recommendations;x',
    '/v1/events\n',
    '/no/such/thing',
  ])('an address that is not named, %j, needs operate', (path) => {
    expect(accessOf('GET', path)).toBe('operate');
  });

  it('is never public or open to any key but where that is meant', () => {
    const harmless =
      /^\/(|healthz\/?|readyz\/?|openapi\.json|docs(\/.*)?|login\/?|logout\/?|admin\/queues(\/.*)?)$/s;
    const segment = fc.constantFrom(
      'v1',
      'users',
      'admin',
      'queues',
      'docs',
      'healthz',
      'login',
      '',
      '.',
      '..',
      'x',
    );
    fc.assert(
      fc.property(fc.array(segment), fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), (segments, method) => {
        const path = `/${segments.join('/')}`;
        if (!harmless.test(path)) expect(['public', 'any']).not.toContain(accessOf(method, path));
      }),
    );
  });
});

it('the job board always needs a login', () => {
  expect(alwaysNeedsLogin('/admin/queues/api/queues')).toBe(true);
  expect(alwaysNeedsLogin('/v1/models')).toBe(false);
});
