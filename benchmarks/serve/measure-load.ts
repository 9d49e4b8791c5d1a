import { memoryOf } from '../growth/process-memory.ts';
import type { Generator } from './generator-process.ts';
import type { LoadJob, RequestPaths } from './load-job.ts';
import { cpuMsOf } from './process-cpu.ts';
import { errorsOf, type Measured, type OpenMeasured } from './results.ts';
import type { ServerProcess } from './server-process.ts';

/** Shares of the saturation throughput that an open loop is tried at, until one holds. */
const SHARES: readonly number[] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.35, 0.2];
/** A rate holds when at least this share of it is answered while it lasts. */
const ANSWERED = 0.97;
/** Of the time that is measured; V8 compiles what is hot in the first second or two. */
const WARM_SHARE = 0.4;
const MIN_WARM_SECONDS = 1;

export interface LoadPlace {
  readonly generator: Generator;
  readonly servers: readonly ServerProcess[];
  /** Hands out paths; each call continues where the one before ended. */
  readonly nextPaths: () => RequestPaths;
  /** Told how many requests of the paths were used. */
  readonly used: (requests: number) => void;
  readonly seconds: number;
  readonly seed: number;
}

/** What a search for a rate goes by. */
export interface RateLimits {
  /** The rate that is wanted, instead of a search. */
  readonly rate: number | undefined;
  /** The 99th percentile that a rate must keep (ms). */
  readonly p99Ms: number;
}

/** Runs a job and reads what it cost the servers. */
export async function measured(
  place: LoadPlace,
  job: Pick<LoadJob, 'mode' | 'connections' | 'seconds'> & Partial<LoadJob>,
  during: () => Promise<void> = async () => {},
): Promise<Measured> {
  const { servers, generator } = place;
  await Promise.all(servers.map((server) => server.eventLoop()));
  const before = servers.map(({ pid }) => cpuMsOf(pid));
  const whole = { urls: servers.map(({ url }) => url), paths: place.nextPaths(), seed: place.seed, ...job };
  const running = generator.run(whole);
  const [load] = await Promise.all([running, during()]);
  place.used(load.requests);
  const cpuMs = servers.reduce((sum, { pid }, index) => sum + cpuMsOf(pid) - before[index]!, 0);
  const loops = (await Promise.all(servers.map((server) => server.eventLoop()))).filter(
    (one) => one !== undefined,
  );
  return {
    load,
    server: {
      cpuMsPerRequest: cpuMs / Math.max(1, load.requests),
      residentBytes: Math.max(...servers.map(({ pid }) => memoryOf(pid)?.residentBytes ?? 0)),
      ...(loops.length > 0 && {
        eventLoopP99Ms: Math.max(...loops.map((loop) => loop.delayP99Ms)),
        eventLoopUtilization: Math.max(...loops.map((loop) => loop.utilization)),
      }),
    },
  };
}

/** Throughput of a closed loop; what comes before, to warm up, is not counted. */
export async function saturation(place: LoadPlace, connections: number): Promise<Measured> {
  const mode = { kind: 'closed' } as const;
  await measured(place, {
    mode,
    connections,
    seconds: Math.max(MIN_WARM_SECONDS, place.seconds * WARM_SHARE),
  });
  return measured(place, { mode, connections, seconds: place.seconds });
}

/** Latencies of an open loop at the given rate, or at the highest share of the saturation throughput that holds. */
export async function openLoop(
  place: LoadPlace,
  limits: RateLimits,
  saturatedRate: number,
): Promise<OpenMeasured> {
  if (limits.rate !== undefined) return atRate(place, limits.rate, limits.p99Ms);
  let last: OpenMeasured | undefined;
  for (const share of SHARES) {
    last = await atRate(place, saturatedRate * share, limits.p99Ms);
    if (last.held) break;
  }
  return last!;
}

/** More connections than any server has threads: what waits is to wait in the server. */
const OPEN_CONNECTIONS = 256;

async function atRate(place: LoadPlace, offered: number, p99Ms: number): Promise<OpenMeasured> {
  const one = await measured(place, {
    mode: { kind: 'open', rate: offered },
    connections: OPEN_CONNECTIONS,
    seconds: place.seconds,
  });
  return { ...one, offered, held: holds(one, p99Ms) };
}

/** Whether a server kept up with an open loop: what came was answered as fast as it came, without errors, in time. */
export function holds({ load }: Measured, p99Ms: number): boolean {
  const answered = load.ratePerSecond * load.seconds;
  // What came last may still be under way, for as long as an answer may take.
  const underWay = 1 + (load.requests / load.seconds) * (p99Ms / 1_000);
  const keptUp = load.requests > 0 && answered + underWay >= ANSWERED * load.requests;
  return keptUp && errorsOf(load) === 0 && (load.latencyMs?.p99 ?? Number.POSITIVE_INFINITY) <= p99Ms;
}
