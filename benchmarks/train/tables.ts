import { textTable } from '../report/text-table.ts';
import type { Peaks } from './native-programs.ts';
import type { CellResult, QualityResult } from './results.ts';
import type { Spread } from './statistics.ts';
import type { Verdict } from './verdicts.ts';

const MIB = 2 ** 20;
const thousands = (rate: number) => (rate < 10_000 ? (rate / 1000).toFixed(1) : (rate / 1000).toFixed(0));
const percent = (share: number | undefined) => (share === undefined ? '-' : `${(100 * share).toFixed(1)} %`);
const range = ({ least, most }: Spread, digits: (value: number) => string) =>
  `${digits(least)}-${digits(most)}`;

export function speedTable(cells: readonly CellResult[]): string {
  return textTable(
    [
      'vocabulary  batch  engine',
      'threads',
      'k samples/s',
      'least-most',
      'of 128-bit peak',
      'of AVX-512 peak',
      'peak MiB',
    ],
    cells.map((cell) => [
      `${cell.vocabulary.padEnd(10)}  ${`${cell.batch}`.padStart(5)}  ${cell.engine}`,
      `${cell.threads}`,
      thousands(cell.samplesPerSecond.median),
      range(cell.samplesPerSecond, thousands),
      percent(cell.shareOfPeak.simd128),
      percent(cell.shareOfPeak.avx512),
      (cell.peakRssBytes / MIB).toFixed(0),
    ]),
  );
}

export function qualityTable(results: readonly QualityResult[]): string {
  const fixed = (value: number) => value.toFixed(3);
  return textTable(
    ['engine', 'threads', 'HR@10', 'least-most', 'NDCG@10', 'last loss', 'seconds'],
    results.map((result) => [
      result.engine,
      `${result.threads}`,
      fixed(result.hr10.median),
      range(result.hr10, fixed),
      fixed(result.ndcg10.median),
      result.lastLoss.median.toFixed(4),
      result.trainingSeconds.median.toFixed(1),
    ]),
  );
}

export function verdictTable(verdicts: readonly Verdict[]): string {
  return textTable(
    ['question', 'figure', 'target', ''],
    verdicts.map(({ what, figure, target, met }) => [
      what,
      figure.toFixed(Math.abs(target) < 1 ? 3 : 2),
      `>= ${target}`,
      met ? 'met' : 'missed',
    ]),
  );
}

export function peakLine(peaks: Peaks): string {
  const rates = Object.entries(peaks).map(([name, rate]) => `${name.slice(2)} ${(rate / 1e9).toFixed(0)}`);
  return rates.length === 0
    ? 'peak of one core: not measured'
    : `peak of one core, GFLOP/s: ${rates.join(', ')}`;
}
