import { describe, expect, it } from '@jest/globals';
import { UsageError } from '../report/usage-error.ts';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('reads what is given and knows the rest', () => {
    expect(parseOptions(['--json', 'a.json'])).toEqual({
      json: 'a.json',
      requests: 100_000,
      modelFiles: 0,
      csvFiles: 0,
      messages: 0,
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

  it('sends no requests where files or messages are asked for, unless they are, too', () => {
    const files = ['--json', 'a', '--model-files', '7', '--csv-files', '8', '--messages', '9'];
    expect(parseOptions(files)).toMatchObject({ requests: 0, modelFiles: 7, csvFiles: 8, messages: 9 });
    expect(parseOptions([...files, '--requests', '5'])).toMatchObject({ requests: 5, modelFiles: 7 });
  });

  it.each([
    [[]],
    [['--json', 'a', '--requests', '0']],
    [['--json', 'a', '--seed', '-1']],
    [['--json', 'a', '--url', 'localhost']],
    [['--json', 'a', '--model-files', '0']],
    [['--json', 'a', '--nothing']],
  ])('refuses %j', (args) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
  });
});
