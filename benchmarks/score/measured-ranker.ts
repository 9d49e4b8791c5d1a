// The ranker's side of a cell, in a process of its own: prints one JSON line.
import {
  createExactRanker,
  createScanMemory,
  createScorer,
  type NeuMFParameters,
  type RankedItem,
} from '@sommelier/ncf';
import type { ScoreCell } from './cells.ts';
import { madeUpParameters } from './made-up-parameters.ts';
import { repeatTimed } from './repeat-timed.ts';

export interface RankerRequest {
  readonly cell: ScoreCell;
  readonly seconds: number;
  readonly seed: number;
  readonly build?: 'simd' | 'relaxed-simd' | undefined;
}

/** CPU milliseconds of each call; a call of the batch is 64 users. */
export interface RankerTimes {
  readonly build: string;
  readonly one: readonly number[];
  readonly batch: readonly number[];
  readonly bruteForce: readonly number[];
  readonly packMilliseconds: number;
  /** Users whose answer was compared with the brute force's; a difference is an error. */
  readonly compared: number;
  readonly node: string;
}

const N = 10;
const BATCH = 64;

function measure({ cell, seconds, seed, build }: RankerRequest): RankerTimes {
  const parameters = madeUpParameters(cell, seed);
  const started = process.cpuUsage();
  const memory = createScanMemory(parameters.shape, { usersAtOnce: BATCH, evidence: 0 });
  const ranker = createExactRanker(parameters, { memory, ...(build === undefined ? {} : { build }) });
  const packed = process.cpuUsage(started);
  const requests = Array.from({ length: BATCH }, (_, user) => ({ user, n: N }));
  let answers: RankedItem[][] = [];
  const one = repeatTimed(seconds, (call) => ranker.topN(requests[call % BATCH]!));
  const batch = repeatTimed(seconds, () => {
    answers = ranker.topNOfEach(requests);
  });
  const { times, compared } = measureBruteForce(parameters, seconds, answers);
  return {
    build: ranker.build,
    one,
    batch,
    bruteForce: times,
    packMilliseconds: (packed.user + packed.system) / 1_000,
    compared,
    node: process.version,
  };
}

/** The brute force, and whether its answers are the same, bit by bit. */
function measureBruteForce(parameters: NeuMFParameters, seconds: number, answers: readonly RankedItem[][]) {
  const scorer = createScorer(parameters);
  const logits = new Float64Array(scorer.itemCount);
  const order = new Uint32Array(scorer.itemCount);
  const compared = new Set<number>();
  const times = repeatTimed(seconds, (call) => {
    const user = call % BATCH;
    scorer.scoreUser(user, logits);
    for (let item = 0; item < order.length; item++) order[item] = item;
    order.sort((a, b) => logits[b]! - logits[a]! || a - b);
    const best = Array.from(order.subarray(0, N), (itemIndex) => ({ itemIndex, score: logits[itemIndex]! }));
    if (JSON.stringify(best) !== JSON.stringify(answers[user])) {
      throw new Error(`user ${user}: the ranker's answer is not the brute force's`);
    }
    compared.add(user);
  });
  return { times, compared: compared.size };
}

console.log(JSON.stringify(measure(JSON.parse(process.argv[2]!) as RankerRequest)));
