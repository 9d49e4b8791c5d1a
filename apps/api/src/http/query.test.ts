import { describe, expect, it } from '@jest/globals';
import { isSommelierError } from '@sommelier/contracts';
import fc from 'fast-check';
import { z } from 'zod';
import { integerParameter, parseParameters, queryParameters } from './query.ts';

/** The error that a call throws; fails the test when it throws none or one that would be answered with a 5xx. */
function refusal(call: () => unknown): { message: string; paths: string[] } {
  try {
    call();
  } catch (error) {
    if (!isSommelierError(error)) throw error;
    expect(error.code).toBe('invalid-request');
    return { message: error.message, paths: (error.details ?? []).map((detail) => detail.path) };
  }
  throw new Error('nothing was refused');
}

describe('queryParameters', () => {
  it('reads names and values, decoded', () => {
    expect(queryParameters('/x?n=5&user%20id=a+b%2Cc&flag')).toEqual({
      n: '5',
      'user id': 'a b,c',
      flag: '',
    });
    expect(queryParameters('/x')).toEqual({});
    expect(queryParameters('/x?')).toEqual({});
  });

  it('refuses a name that comes twice, also in another spelling of the same bytes', () => {
    expect(refusal(() => queryParameters('/x?n=1&%6E=2')).paths).toEqual(['n']);
  });

  it('refuses malformed percent-encodings and names what they stand in', () => {
    for (const query of ['n=%', 'n=%zz', 'n=%C3%28', 'n=%ED%A0%80', '%E0%A4%A=1']) {
      expect(refusal(() => queryParameters(`/x?${query}`)).message).toContain('malformed percent-encoding');
    }
  });

  it('refuses more parameters than any address has', () => {
    const query = Array.from({ length: 51 }, (_, index) => `p${index}=1`).join('&');
    expect(refusal(() => queryParameters(`/x?${query}`)).message).toContain('50');
  });

  it('gives back what URLSearchParams wrote, and never fails in another way than a 400', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
        (values) => {
          const written = new URLSearchParams(Object.entries(values)).toString();
          expect({ ...queryParameters(`/x?${written}`) }).toEqual({ ...values });
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          queryParameters(`/x?${text}`);
        } catch (error) {
          expect(isSommelierError(error) && error.code).toBe('invalid-request');
        }
      }),
    );
  });
});

describe('parseParameters', () => {
  const schema = z.strictObject({ n: integerParameter(1, 100).default(10) });

  it('takes whole numbers in plain digits, both bounds included', () => {
    expect(parseParameters(schema, { n: '1' })).toEqual({ n: 1 });
    expect(parseParameters(schema, { n: '100' })).toEqual({ n: 100 });
    expect(parseParameters(schema, {})).toEqual({ n: 10 });
  });

  it.each(['', '0', '101', '-1', '+1', '1.0', '1e1', '0x1', 'NaN', 'Infinity', ' 1', '١', '9'.repeat(30)])(
    'refuses n=%j and names n',
    (n) => {
      const { paths, message } = refusal(() => parseParameters(schema, { n }));
      expect(new Set(paths)).toEqual(new Set(['n']));
      expect(message).toContain('must be a whole number from 1 to 100');
    },
  );

  it('names each parameter that the address does not have', () => {
    expect(refusal(() => parseParameters(schema, { N: '1', m: '2' })).paths).toEqual(['N', 'm']);
    expect(refusal(() => parseParameters(schema, queryParameters('/x?__proto__=1'))).paths).toEqual([
      '__proto__',
    ]);
    expect(refusal(() => parseParameters(schema, queryParameters('/x?constructor=1'))).paths).toEqual([
      'constructor',
    ]);
  });
});
