import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { SommelierError } from '@sommelier/contracts';
import { DataError } from './data-error.ts';
import { optionTexts } from './option-texts.ts';
import { runProgram } from './run-program.ts';
import { UsageError } from './usage-error.ts';

const printed: unknown[] = [];
const complained: unknown[] = [];

beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation((text) => void printed.push(text));
  jest.spyOn(console, 'error').mockImplementation((text) => void complained.push(text));
});
afterEach(() => {
  jest.restoreAllMocks();
  printed.length = 0;
  complained.length = 0;
});

const parse = (args: readonly string[]) => {
  const { help, json } = optionTexts(args, {
    help: { type: 'boolean', default: false },
    json: { type: 'string' },
  });
  return help ? 'help' : { json };
};
const program = (run: (options: { json: string | undefined }) => Promise<number>) =>
  ({ usage: 'Usage: bench', parse, run }) as const;

it('gives the options to the program and its exit code back', async () => {
  const code = await runProgram(
    program(async ({ json }) => Number(json)),
    ['--json', '7'],
  );
  expect(code).toBe(7);
});

it('prints the usage alone when it is asked for', async () => {
  const run = jest.fn(async () => 1);
  expect(await runProgram(program(run), ['--help'])).toBe(0);
  expect(printed).toEqual(['Usage: bench']);
  expect(run).not.toHaveBeenCalled();
});

it.each([['--unknown'], ['--json']])(
  'answers the command line %s with what is wrong and the usage',
  async (...args) => {
    expect(
      await runProgram(
        program(async () => 0),
        args,
      ),
    ).toBe(2);
    expect(complained).toEqual([expect.stringContaining(args[0]!), '\nUsage: bench']);
  },
);

it.each([
  [new DataError('line 7 is odd'), 'line 7 is odd'],
  [new SommelierError('no-events', 'there is none'), 'there is none'],
])('prints the message alone of an error that explains itself', async (error, message) => {
  expect(
    await runProgram(
      program(async () => Promise.reject(error)),
      [],
    ),
  ).toBe(1);
  expect(complained).toEqual([message]);
});

it('prints everything of any other error', async () => {
  const error = new TypeError('a fault of the program');
  expect(
    await runProgram(
      program(async () => Promise.reject(error)),
      [],
    ),
  ).toBe(1);
  expect(complained).toEqual([error]);
});

it('says that a usage error of the program itself is one', async () => {
  const failing = program(async () => Promise.reject(new UsageError('cannot be written')));
  expect(await runProgram(failing, [])).toBe(2);
  expect(complained).toEqual(['cannot be written', '\nUsage: bench']);
});
