import { loadName } from './cells.ts';
import { type CellResult, errorsOf, faultsOf, type Measured } from './results.ts';

/** A target with the figure that was measured. */
export interface Verdict {
  readonly what: string;
  readonly figure: number;
  readonly target: number;
  /** Whether the figure has to reach the target or to stay within it. */
  readonly bound: 'at least' | 'at most';
  readonly met: boolean;
}

/** As far as the cells that they need were measured. */
export function verdictsOf(cells: readonly CellResult[]): Verdict[] {
  const of = (name: string) => cells.find((cell) => cell.name === name);
  return [
    ...againstHello(of),
    ...largeCatalogue(of),
    ...againstPython(of),
    ...cells.flatMap(swapVerdicts),
    ...cells.flatMap(freshnessVerdicts),
  ];
}

type Find = (name: string) => CellResult | undefined;

function verdict(
  what: string,
  figure: number | undefined,
  bound: Verdict['bound'],
  target: number,
): Verdict[] {
  if (figure === undefined) return [];
  return [{ what, figure, target, bound, met: bound === 'at least' ? figure >= target : figure <= target }];
}

function rate(cell: CellResult | undefined): number | undefined {
  return cell?.saturation?.load.ratePerSecond;
}

function ratio(ours: number | undefined, theirs: number | undefined): number | undefined {
  return ours === undefined || theirs === undefined || theirs === 0 ? undefined : ours / theirs;
}

/** Answers that a second of the server's CPU gives: less noisy than what a machine with other work does a second. */
function perCpuSecond(measured: Measured | undefined): number | undefined {
  const cpuMs = measured?.server.cpuMsPerRequest;
  return cpuMs === undefined || cpuMs === 0 ? undefined : 1_000 / cpuMs;
}

function againstHello(of: Find): Verdict[] {
  const cached = of(loadName(3_706, 8, 'cached', 1));
  const over = (peer: string, name: string, note: string) => [
    ...verdict(
      `cached user, 1 replica, requests/s over ${name}${note}`,
      ratio(rate(cached), rate(of(peer))),
      'at least',
      0.6,
    ),
    ...verdict(
      `the same a CPU second of the server${note}`,
      ratio(perCpuSecond(cached?.saturation), perCpuSecond(of(peer)?.saturation)),
      'at least',
      0.6,
    ),
  ];
  return [
    ...over('peer-express', "Express's hello", ''),
    ...over('peer-bare', "node:http's hello", ' (stretch)'),
  ];
}

function largeCatalogue(of: Find): Verdict[] {
  const one = of('one-235061-f8')?.saturation?.load.latencyMs;
  const rates = [1, 2].flatMap((replicas) => rate(of(loadName(235_061, 8, 'uncached', replicas))) ?? []);
  return [
    ...verdict('235k items, f 8, uncached, one at a time, p50 (ms)', one?.p50, 'at most', 12),
    ...verdict('235k items, f 8, uncached, one at a time, p99 (ms)', one?.p99, 'at most', 30),
    ...verdict(
      '235k items, f 8, uncached, requests/s (the better of 1 and 2 replicas)',
      rates.length === 0 ? undefined : Math.max(...rates),
      'at least',
      150,
    ),
  ];
}

function againstPython(of: Find): Verdict[] {
  const ours = rate(of(loadName(3_706, 8, 'uncached', 1)));
  const over = (peer: string) => ratio(ours, rate(of(`peer-${peer}-3706-f8`)));
  return [
    ...verdict(
      "3.7k items, uncached, 1 replica, requests/s over peer A (the seed's steps)",
      over('seed'),
      'at least',
      20,
    ),
    ...verdict(
      '3.7k items, uncached, 1 replica, requests/s over peer B (PyTorch, loaded once)',
      over('torch'),
      'at least',
      4,
    ),
  ];
}

function swapVerdicts({ name, swap }: CellResult): Verdict[] {
  if (swap === undefined) return [];
  const { steady, swapping } = swap;
  const p99 = ratio(swapping.load.latencyMs?.p99, steady.load.latencyMs?.p99);
  return [
    ...verdict(`${name}: errors in ${swap.swaps} swaps`, errorsOf(swapping.load), 'at most', 0),
    ...verdict(
      `${name}: mixed or wrong answers of ${swapping.load.checked}`,
      faultsOf(swapping.load),
      'at most',
      0,
    ),
    ...verdict(`${name}: p99 over the steady one`, p99, 'at most', 2),
  ];
}

function freshnessVerdicts({ name, freshness }: CellResult): Verdict[] {
  if (freshness === undefined) return [];
  return [
    ...verdict(`${name}: p99 (ms)`, freshness.delayMs?.p99 ?? Infinity, 'at most', 1_000),
    ...verdict(`${name}: never shown`, freshness.missed, 'at most', 0),
  ];
}
