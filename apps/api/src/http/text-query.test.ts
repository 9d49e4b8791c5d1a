import { describe, expect, it } from '@jest/globals';
import { isSommelierError } from '@sommelier/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { parseParameters, queryParameters } from './query.ts';
import { textQuery } from './text-query.ts';

const query = textQuery({
  n: z.int().min(1).max(100).default(10),
  least: z.number().min(0).max(1_000).optional(),
  seen: z.boolean().optional(),
  status: z.enum(['queued', 'running']).optional(),
  ids: z.array(z.string().min(1).max(4)).max(3).optional(),
  filter: z.string().min(1).optional(),
});
const parse = (text: string) => parseParameters(query, queryParameters(`/x?${text}`));

function refusal(text: string): { path: string; message: string }[] {
  try {
    parse(text);
  } catch (error) {
    if (isSommelierError(error) && error.code === 'invalid-request') return [...(error.details ?? [])];
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('textQuery', () => {
  it('reads each parameter by its type, and gives defaults', () => {
    expect(parse('')).toEqual({ n: 10 });
    expect(parse('n=100&least=0.5&seen=false&status=queued&ids=a,b&filter=x%3D1')).toEqual({
      n: 100,
      least: 0.5,
      seen: false,
      status: 'queued',
      ids: ['a', 'b'],
      filter: 'x=1',
    });
    expect(parse('ids=').ids).toEqual([]);
  });

  it.each(['', '0', '101', '-1', '+1', '1.0', '1e1', '0x1', 'NaN', ' 1', '١', '9'.repeat(30)])(
    'refuses n=%j in one sentence',
    (n) => {
      expect(refusal(`n=${encodeURIComponent(n)}`)).toEqual([
        { path: 'n', message: 'must be a whole number from 1 to 100' },
      ]);
    },
  );

  it.each([
    ['least=1001', 'least', 'must be a number from 0 to 1000'],
    ['least=1e2', 'least', 'must be a number from 0 to 1000'],
    ['least=.5', 'least', 'must be a number from 0 to 1000'],
    ['seen=1', 'seen', 'must be true or false'],
    ['seen=', 'seen', 'must be true or false'],
    ['status=done', 'status', 'must be one of queued, running'],
    ['n=1&m=2', 'm', 'is not a parameter of this address'],
    ['toString=2', 'toString', 'is not a parameter of this address'],
  ])('refuses %s', (text, path, message) => {
    expect(refusal(text)).toEqual([{ path, message }]);
  });

  it("leaves what a type does not say to the contract's schema", () => {
    expect(refusal('ids=a,,b').map(({ path }) => path)).toEqual(['ids.1']);
    expect(refusal('ids=a,b,c,d').map(({ path }) => path)).toEqual(['ids']);
    expect(refusal('filter=').map(({ path }) => path)).toEqual(['filter']);
  });

  it('reads any number that it could have been written as, and answers the rest with a 400', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (n) => {
        expect(parse(`n=${n}`).n).toBe(n);
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('n', 'least', 'seen', 'ids'),
        fc.string({ unit: 'binary' }),
        (name, text) => {
          try {
            parse(`${name}=${encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'))}`);
          } catch (error) {
            expect(isSommelierError(error) && error.code).toBe('invalid-request');
          }
        },
      ),
    );
  });
});
