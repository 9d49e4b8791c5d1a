import { hardware } from '../report/hardware.ts';
import { type GrowthPoint, growthRows } from './growth-table.ts';
import type { GrowthOptions } from './options.ts';
import { SHOP_GROWTH } from './shop-database.ts';
import { requestOf } from './training-run.ts';

/** What the JSON file holds: the measured points, the fitted exponents, and what they were measured on. */
export function reportOf(options: GrowthOptions, points: readonly GrowthPoint[]) {
  return {
    benchmark: 'growth',
    shops: SHOP_GROWTH,
    config: requestOf(options),
    growth: growthRows(points),
    points,
    protocol:
      'one training run of a worker process of its own on an SQLite file for each size, one after the other; stages ' +
      "are timed by the worker's log, start-up (loading code and engine) apart; peak memory is VmHWM of the worker's " +
      'process, every thread included; exponents are least-squares slopes of the logarithms',
    versions: { node: process.version, v8: process.versions.v8 },
    hardware: hardware(),
  };
}
