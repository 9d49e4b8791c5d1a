import type { Estimate, Funnel, Metrics, RankerReport, RunProgress } from '@sommelier/contracts';
import type { TrainModelProgress } from '@sommelier/ncf/training';

/** The funnel for a reader, a line each step. */
export function funnelLines(funnel: Funnel): string[] {
  const range = `${funnel.fromMs === null ? 'the beginning' : isoTime(funnel.fromMs)} to ${isoTime(funnel.asOfMs)}`;
  return [
    `Events from ${range}`,
    ...funnel.steps.map(
      ({ rule, description, kept, dropped }) =>
        `${rule}: ${description} -> kept ${counts(kept)}; dropped ${counts(dropped)}`,
    ),
    `${count(funnel.interactions)} interactions to train on`,
  ];
}

/** One line for an epoch that has ended. */
export function epochLine(position: TrainModelProgress, progress: RunProgress): string {
  const { phase, epoch, epochs, loss, validationNdcg } = position;
  const parts = [`${phase} epoch ${epoch}/${epochs}: loss ${loss.toFixed(5)}`];
  if (validationNdcg !== undefined) parts.push(`validation NDCG ${validationNdcg.toFixed(4)}`);
  if (progress.samplesPerSecond !== undefined) {
    parts.push(`${count(Math.round(progress.samplesPerSecond))} samples/s`);
  }
  if (progress.etaMs !== undefined) parts.push(`about ${duration(progress.etaMs)} left`);
  return parts.join(', ');
}

/** The metrics beside popularity and item-kNN, a line each ranker. */
export function metricsLines(metrics: Metrics): string[] {
  const { cutoff, users, sampledNegatives } = metrics.protocol;
  const line = (name: string, report: RankerReport): string =>
    `${name}: full catalogue HR@${cutoff} ${interval(report.full.hr)}, NDCG@${cutoff} ${interval(report.full.ndcg)}; ` +
    `against ${sampledNegatives} sampled HR@${cutoff} ${interval(report.sampled.hr)}, ` +
    `NDCG@${cutoff} ${interval(report.sampled.ndcg)}`;
  return [
    `Evaluated on the last item of ${count(users)} users after ${metrics.epochs} epochs, chosen on validation items`,
    line('NeuMF', metrics.neumf),
    line('popularity', metrics.popularity),
    line('item-kNN', metrics.itemKnn),
  ];
}

/** Seconds by step, for a reader. */
export function timingsLine(timings: Readonly<Record<string, number>>): string {
  return `Seconds: ${Object.entries(timings)
    .map(([step, seconds]) => `${step} ${seconds.toFixed(1)}`)
    .join(', ')}`;
}

function interval({ mean, low, high }: Estimate): string {
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
}

function counts({ users, items, events }: { users: number; items: number; events: number }): string {
  return `${count(users)} users, ${count(items)} items, ${count(events)} events`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function duration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1_000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
