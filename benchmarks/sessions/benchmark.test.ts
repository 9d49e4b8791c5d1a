import { expect, test } from '@jest/globals';
import { chooseEngine } from '@sommelier/ncf/training';
import { UsageError } from '../report/usage-error.ts';
import { runBenchmark, runTuning } from './benchmark.ts';
import { parseOptions, type SessionSource, type SessionsOptions } from './options.ts';

const LONG_MS = 60_000;
const DAY_MS = 86_400_000;

/** Visitors go round one of the circles of items, from a place of their own. */
function circles(days: number, visitorsADay: number) {
  const events: { userId: string; itemId: string; type: string; timestampMs: number }[] = [];
  for (let visitor = 0; visitor < days * visitorsADay; visitor++) {
    const circle = visitor % 5;
    for (let step = 0; step < 4; step++) {
      const place = (Math.floor(visitor / 5) + step) % 8;
      const timestampMs = Math.floor((visitor / visitorsADay) * DAY_MS) + step * 1_000;
      events.push({ userId: `u${visitor}`, itemId: `${circle}-${place}`, type: 'view', timestampMs });
    }
  }
  return events;
}

function options(...args: string[]): SessionsOptions<SessionSource> {
  const parsed = parseOptions([
    '--events',
    'e',
    '--json',
    'j',
    '--engine',
    'wasm',
    '--threads',
    '1',
    ...args,
  ]);
  if (parsed === 'help' || parsed.source.kind === 'fold-in') throw new Error('not of sessions');
  return { ...parsed, source: parsed.source };
}

const NEXT = { items: ['2-1', '2-2', '2-3'], timestampsMs: [1, 2, 3] };

test(
  'where sessions have an obvious order, what comes next is found, and the tuning tries every option',
  async () => {
    const work = options('--validation-days', '2', '--resamples', '100');
    const small = { ...work, config: { ...work.config, model: { factors: 8, layers: [8, 4] } } };
    const choice = await chooseEngine('wasm', { threads: 1 });
    const lines: string[] = [];
    const observer = { line: (text: string) => lines.push(text), training() {} };
    const data = { train: circles(20, 20), test: [NEXT] };
    const result = await runBenchmark(data, small, choice, observer);
    expect(result.counts).toMatchObject({ modelItems: 40, modelUsers: 400, testSessions: 1, beginnings: 2 });
    expect(result.sommelier.unseenHr20).toBe(1);
    expect(result.sommelier.unseenMrr20).toBe(1);
    expect(result.sommelier.mrr20).toBeGreaterThan(result.popularity.mrr20);
    expect(result.sessionKnn.hr20).toBe(1);
    expect(lines.some((line) => line.includes('"neighbours":1000'))).toBe(true);

    const { sessions, variations } = await runTuning(data, { ...small, tune: 5 }, choice, observer);
    expect(sessions).toBe(5);
    expect(variations[0]).toMatchObject({ option: 'defaults', quality: { hr20: 1 } });
    expect(new Set(variations.map(({ option }) => option)).size).toBe(8);
  },
  LONG_MS,
);

test('options: the sources, and refusals that say what is wrong', () => {
  expect(parseOptions(['--train', 'a', '--test', 'b', '--json', 'j'])).toMatchObject({
    source: { kind: 'files', train: 'a', test: 'b' },
    validationDays: 7,
    sessionType: 'view',
    tune: undefined,
    config: { preset: 'fast', data: { windowDays: 0 }, training: { seed: 42 } },
  });
  expect(parseOptions(['--events', 'e', '--cut-last-days', '3', '--json', 'j'])).toMatchObject({
    source: { kind: 'cut', events: 'e', days: 3 },
  });
  expect(parseOptions(['--fold-in', 'd', '--name', 'n', '--users', '5', '--json', 'j'])).toMatchObject({
    source: { kind: 'fold-in', folder: 'd', name: 'n' },
    users: 5,
  });
  expect(parseOptions(['--help'])).toBe('help');
  const refusals: [string[], RegExp][] = [
    [['--events', 'e'], /--json is needed/],
    [['--json', 'j'], /either --train and --test, or --events, or --fold-in and --name/],
    [['--train', 'a', '--json', 'j'], /either --train and --test/],
    [['--events', 'e', '--train', 'a', '--test', 'b', '--json', 'j'], /either --train and --test/],
    [['--events', 'e', '--json', 'j', '--cut-last-days', '0'], /--cut-last-days/],
    [['--events', 'e', '--json', 'j', '--preset', 'slow'], /preset/],
    [['--events', 'e', '--json', 'j', '--engine', 'abacus'], /Invalid option/],
    [['--events', 'e', '--json', 'j', '--verbose'], /verbose/],
  ];
  for (const [args, message] of refusals) {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  }
});
