import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** How often the delay of the event loop is sampled, ms: also the error of its figures. */
const EVENT_LOOP_SAMPLE_MS = 10;

/**
 * The metrics of a process, with what every process has: memory, processor time, garbage collection, the delay of its
 * event loop (`nodejs_eventloop_lag_*`), and which build runs. Whoever adds a metric names its `registers`.
 */
export function createMetricsRegistry(revision: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  new Gauge({
    name: 'sommelier_build_info',
    help: 'Always 1; its label says which commit the process was built from.',
    labelNames: ['revision'],
    registers: [registry],
  }).set({ revision }, 1);
  return registry;
}
