import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS, problemSchema, SommelierError } from '@sommelier/contracts';
import { toProblem } from './problem-response.ts';

const PAGE = new URL('../../../../docs/errors.md', import.meta.url);
const ROW = /^\| `([a-z-]+)` \| ([0-9]+) \| (yes|no) \| ([^|]+) \| ([^|]+) \|$/gm;

describe('docs/errors.md', () => {
  it('lists exactly the codes of the product, with status, retry and title', () => {
    const documented = [...readFileSync(PAGE, 'utf8').matchAll(ROW)].map(
      ([, code, status, retried, title]) =>
        [code, { status: Number(status), retryable: retried === 'yes', title }] as const,
    );
    expect(new Set(documented.map(([code]) => code)).size).toBe(documented.length);
    expect(Object.fromEntries(documented)).toEqual(ERRORS);
  });
});

describe('toProblem', () => {
  it('gives our own errors with code, status and details', () => {
    const details = [{ path: 'n', message: 'is wrong' }];
    const problem = toProblem(new SommelierError('invalid-request', 'Wrong.', { details }), 'r1');
    expect(problem).toEqual({
      type: 'urn:sommelier:error:invalid-request',
      title: 'The request is not valid',
      status: 400,
      detail: 'Wrong.',
      code: 'invalid-request',
      instance: 'r1',
      errors: details,
    });
    expect(problemSchema.parse(problem)).toEqual(problem);
  });

  it.each([
    new Error('secret'),
    new TypeError('secret'),
    'secret',
    undefined,
    { status: 400, message: 'secret' },
  ])('says nothing about %p but the id', (error) => {
    const problem = toProblem(error, 'r1');
    expect(problem).toMatchObject({ status: 500, code: 'internal', instance: 'r1' });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('does not show what an error with a 5xx status of a library says', () => {
    const error = Object.assign(new Error('secret'), { status: 502 });
    expect(JSON.stringify(toProblem(error, 'r1'))).not.toContain('secret');
  });

  it.each([
    'database-unavailable',
    'queue-unavailable',
    'artifact-store',
    'artifact-not-found',
    'internal',
  ] as const)('keeps the addresses and paths in a message of %s inside', (code) => {
    const problem = toProblem(new SommelierError(code, 'secret'), 'r1');
    expect(problem).toMatchObject({ code, status: ERRORS[code].status });
    expect(JSON.stringify(problem)).not.toContain('secret');
  });

  it('knows the errors of the body parser and of the router', () => {
    const of = (status: number, type: string) =>
      toProblem(Object.assign(new Error('x'), { status, type }), 'r');
    expect(of(413, 'entity.too.large')).toMatchObject({ status: 413, code: 'payload-too-large' });
    expect(of(400, 'entity.parse.failed')).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(of(415, 'encoding.unsupported')).toMatchObject({ status: 400, code: 'invalid-request' });
  });
});
