import { counterOf, gaugeOf } from '@sommelier/platform';
import { Gauge, type Registry } from 'prom-client';
import type { ApiParts } from '../api-parts.ts';

export type WatchedReplica = Pick<
  ApiParts,
  'models' | 'scoring' | 'changeLagMs' | 'catalogueUpdates' | 'runStreams'
>;

/** What a replica can tell of itself from memory at a scrape. */
export function watchReplica(registry: Registry, replica: WatchedReplica): void {
  watchModel(registry, replica);
  watchScoring(registry, replica);
  gaugeOf(registry, {
    name: 'sommelier_change_log_lag_seconds',
    help: 'How long ago the log of changes was read to its end: all that was stored before is known here.',
    read: () => inSeconds(replica.changeLagMs()),
  });
  gaugeOf(registry, {
    name: 'sommelier_run_streams',
    help: 'Open streams of training runs.',
    read: () => replica.runStreams.count,
  });
  gaugeOf(registry, {
    name: 'sommelier_catalogue_items',
    help: 'Items whose categories, prices, stock and properties are known here.',
    read: () => replica.catalogueUpdates.status().items,
  });
}

function watchModel(registry: Registry, { models }: WatchedReplica): void {
  gaugeOf(registry, {
    name: 'sommelier_model_generation',
    help: 'Generation that this replica serves; 0 without a model.',
    read: () => models.status().generation ?? 0,
  });
  gaugeOf(registry, {
    name: 'sommelier_model_loaded_timestamp_seconds',
    help: 'When this replica began to serve its model, Unix time.',
    read: () => inSeconds(models.status().loadedAtMs ?? undefined),
  });
  new Gauge({
    name: 'sommelier_model_info',
    help: 'Always 1; its label says which version this replica serves.',
    labelNames: ['version'],
    registers: [registry],
    collect() {
      this.reset();
      const { version } = models.status();
      if (version !== null) this.set({ version }, 1);
    },
  });
}

function watchScoring(registry: Registry, { scoring }: WatchedReplica): void {
  gaugeOf(registry, {
    name: 'sommelier_scoring_waiting_requests',
    help: 'Requests that wait for a scoring thread.',
    read: () => scoring.waiting,
  });
  counterOf(registry, {
    name: 'sommelier_scoring_refusals_total',
    help: 'Requests that were refused because too many waited for a scoring thread.',
    read: () => scoring.refused,
  });
  counterOf(registry, {
    name: 'sommelier_scoring_timeouts_total',
    help: 'Requests that no scoring thread answered in time.',
    read: () => scoring.late,
  });
}

function inSeconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
