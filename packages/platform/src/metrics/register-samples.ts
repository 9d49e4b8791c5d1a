import type { Metric, Registry } from 'prom-client';

/** One line of a scrape. */
export interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** Registers a metric that somebody else counts: its samples are put together when somebody scrapes. */
export function registerSamples(
  registry: Registry,
  metric: {
    readonly name: string;
    readonly help: string;
    readonly type: 'counter' | 'histogram';
    readonly samples: () => Sample[];
  },
): void {
  const { name, help, type, samples } = metric;
  const collected = {
    name,
    help,
    get: async () => ({ name, help, type, aggregator: 'sum', values: samples() }),
  };
  // The registry asks nothing else of a metric; its type names the library's own classes only.
  registry.registerMetric(collected as unknown as Metric);
}
