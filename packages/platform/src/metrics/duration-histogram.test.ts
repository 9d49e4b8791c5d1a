import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { DurationHistogram } from './duration-histogram.ts';
import { registerSamples } from './register-samples.ts';

describe('DurationHistogram', () => {
  it('counts cumulatively up to each bound, the bound included', async () => {
    const histogram = new DurationHistogram([0.25, 1]);
    for (const seconds of [0.125, 0.25, 0.5, 1, 4]) histogram.observe(seconds);
    const registry = new Registry();
    const samples = () => histogram.samples('wait_seconds', { route: '/x"y' });
    registerSamples(registry, { name: 'wait_seconds', type: 'histogram', help: 'How long.', samples });
    expect((await registry.metrics()).trim().split('\n')).toEqual([
      '# HELP wait_seconds How long.',
      '# TYPE wait_seconds histogram',
      'wait_seconds_bucket{le="0.25",route="/x\\"y"} 2',
      'wait_seconds_bucket{le="1",route="/x\\"y"} 4',
      'wait_seconds_bucket{le="+Inf",route="/x\\"y"} 5',
      'wait_seconds_sum{route="/x\\"y"} 5.875',
      'wait_seconds_count{route="/x\\"y"} 5',
    ]);
  });
});
