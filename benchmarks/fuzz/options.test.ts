import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('reads what is given and knows the rest', () => {
    expect(parseOptions(['--json', 'a.json'])).toEqual({
      json: 'a.json',
      requests: 100_000,
      seed: 42,
      connections: 16,
      url: undefined,
    });
    const all = [
      '--json',
      'a',
      '--requests',
      '5',
      '--seed',
      '0',
      '--connections',
      '1',
      '--url',
      'http://h:1',
    ];
    expect(parseOptions(all)).toMatchObject({ requests: 5, seed: 0, connections: 1, url: 'http://h:1' });
    expect(parseOptions(['--help'])).toBe('help');
  });

  it.each([
    [[]],
    [['--json', 'a', '--requests', '0']],
    [['--json', 'a', '--seed', '-1']],
    [['--json', 'a', '--url', 'localhost']],
    [['--json', 'a', '--nothing']],
  ])('refuses %j', (args) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
  });
});
