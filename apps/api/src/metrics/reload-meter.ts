import { Counter, Histogram, type Registry } from 'prom-client';

/** Upper bounds of the buckets of loading a model, seconds. */
const LOAD_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Hears how a replica fares with changing models. */
export interface ReloadObserver {
  /** `code`: stable code of what went wrong in reading which model is active, or in loading it. */
  failed(code: string): void;
  /** From reading the row to the first request that another model may answer. */
  swapped(seconds: number): void;
}

/** Counts reloads for whoever scrapes. */
export function reloadMeter(registry: Registry): ReloadObserver {
  const failures = new Counter({
    name: 'sommelier_model_reload_failures_total',
    help: 'Times that this replica could not bring itself in line with the active model, by code of the error.',
    labelNames: ['code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'sommelier_model_load_duration_seconds',
    help: 'Fetching, verifying and preparing a model, until it answers.',
    buckets: LOAD_SECONDS,
    registers: [registry],
  });
  return {
    failed: (code) => failures.inc({ code }),
    swapped: (seconds) => durations.observe(seconds),
  };
}
