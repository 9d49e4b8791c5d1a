import { describe, expect, it } from '@jest/globals';
import { describeProgress } from './follow-training.ts';

describe('describeProgress', () => {
  it('tells stage, epoch, loss, rate and time left in one line of less than 80 characters', () => {
    const line = describeProgress({
      stage: 'train',
      fraction: 0.4299,
      message: 'Looking for the number of epochs: epoch 3 of at most 20',
      phase: 'search',
      epoch: 3,
      epochs: 20,
      loss: 0.41239,
      samplesPerSecond: 85_400,
      etaMs: 12_340,
    });
    expect(line).toBe('train  42%  search 3/20  loss 0.4124  85k samples/s  at most 12.3 s left');
  });

  it('tells the message where there is no epoch', () => {
    expect(describeProgress({ stage: 'prepare', fraction: 0.05, message: 'Reading events: 5,000' })).toBe(
      'prepare  5%  Reading events: 5,000',
    );
  });
});
