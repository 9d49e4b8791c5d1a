import { textTable } from '../report/text-table.ts';
import type { LatencySummary } from './latencies.ts';
import { type CellResult, errorsOf, faultsOf, type Measured, type OpenMeasured } from './results.ts';
import type { Verdict } from './verdicts.ts';

const MIB = 1_048_576;
const HEADER = [
  'cell',
  'load',
  'requests/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'late ms',
  'errors',
  'CPU ms/request',
  'loop p99 ms',
  'loop busy',
  'MiB',
];

/** A line for each load. */
export function loadTable(cells: readonly CellResult[]): string {
  return textTable(HEADER, cells.flatMap(rowsOf));
}

function rowsOf(cell: CellResult): string[][] {
  const { name, refused, saturation, open, swap } = cell;
  if (refused !== undefined) return [[name, refused]];
  return [
    ...(saturation === undefined ? [] : [row(name, 'closed', saturation)]),
    ...(open === undefined ? [] : [row(name, openName(open), open)]),
    ...(swap === undefined
      ? []
      : [row(name, 'steady', swap.steady), row(name, `${swap.swaps} swaps`, swap.swapping)]),
  ];
}

function openName({ offered, held }: OpenMeasured): string {
  return `open ${figure(offered)}/s${held ? '' : ' (not held)'}`;
}

function row(name: string, load: string, { load: result, server }: Measured): string[] {
  const { latencyMs } = result;
  const loop = server.eventLoopUtilization;
  return [
    name,
    load,
    figure(result.ratePerSecond),
    ...milliseconds(latencyMs),
    result.lateP99Ms === 0 ? '' : figure(result.lateP99Ms),
    errorText(result.errors),
    figure(server.cpuMsPerRequest),
    server.eventLoopP99Ms === undefined ? '' : figure(server.eventLoopP99Ms),
    loop === undefined ? '' : `${Math.round(100 * loop)}%`,
    String(Math.round(server.residentBytes / MIB)),
  ];
}

function milliseconds(latency: LatencySummary | undefined): string[] {
  if (latency === undefined) return ['', '', ''];
  return [latency.p50, latency.p95, latency.p99].map(figure);
}

function errorText(errors: Readonly<Record<string, number>>): string {
  const parts = Object.entries(errors).map(([name, count]) => `${count} x ${name}`);
  return parts.length === 0 ? '0' : parts.join(', ');
}

/** Lines about swaps and freshness, which are more than a load. */
export function changeLines(cells: readonly CellResult[]): string[] {
  return cells.flatMap(({ name, swap, freshness }) => {
    if (swap !== undefined) {
      const { swapping, swaps, swapMs } = swap;
      const checked = `${swapping.load.checked} answers checked, ${faultsOf(swapping.load)} mixed or wrong`;
      return [`${name}: ${swaps} swaps of ${delays(swapMs)}; ${checked}, ${errorsOf(swapping.load)} errors`];
    }
    if (freshness === undefined) return [];
    const { repetitions, delayMs, missed } = freshness;
    return [`${name}: ${repetitions} repetitions, shown after ${delays(delayMs)}; never shown: ${missed}`];
  });
}

function delays(summary: LatencySummary | undefined): string {
  if (summary === undefined) return 'no time that was measured';
  const { p50, p99, max } = summary;
  return `${figure(p50)} ms (p50), ${figure(p99)} (p99), ${figure(max)} (max)`;
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ what, figure: measured, bound, target, met }) => [
    what,
    figure(measured),
    `${bound} ${figure(target)}`,
    met ? 'met' : 'MISSED',
  ]);
  return textTable(['target', 'measured', 'wanted', ''], rows);
}

/** Three significant digits at most, and no fraction above 100. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return 'never';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
