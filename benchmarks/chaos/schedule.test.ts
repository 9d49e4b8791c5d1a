import { describe, expect, it } from '@jest/globals';
import { describeFault, FAULT_KINDS, type Fault, POISON_NAMES, RUN_MOMENTS } from './fault.ts';
import { faultOf, type ScheduleSettings } from './schedule.ts';

const settings: ScheduleSettings = {
  kinds: FAULT_KINDS,
  seed: 7,
  lockMs: 5_000,
  databaseDownMs: 10_000,
  replicas: 3,
};
const rounds = (count: number, changes: Partial<ScheduleSettings> = {}): Fault[] =>
  Array.from({ length: count }, (_, round) => faultOf({ ...settings, ...changes }, round));

describe('faultOf', () => {
  it('draws a round the same alone as after others, and another seed draws others', () => {
    expect(faultOf(settings, 123)).toEqual(rounds(124)[123]);
    expect(rounds(50)).not.toEqual(rounds(50, { seed: 8 }));
  });

  it('has each kind once in as many rounds as there are kinds, in changing order', () => {
    const kinds = rounds(FAULT_KINDS.length * 4).map(({ kind }) => kind);
    const turns = [0, 1, 2, 3].map((turn) =>
      kinds.slice(turn * FAULT_KINDS.length, (turn + 1) * FAULT_KINDS.length),
    );
    for (const turn of turns) expect([...turn].sort()).toEqual([...FAULT_KINDS].sort());
    expect(new Set(turns.map((turn) => turn.join())).size).toBeGreaterThan(1);
  });

  it('draws of the kinds that are asked for only', () => {
    const kinds = new Set(rounds(10, { kinds: ['poison', 'kill-api'] }).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['poison', 'kill-api']));
  });

  it('comes to every stage, poison, length of outage and number of kills', () => {
    const faults = rounds(900);
    const kills = faults.filter((fault) => fault.kind === 'kill-worker');
    expect(new Set(kills.flatMap(({ moments }) => moments.map(({ stage }) => stage)))).toEqual(
      new Set(RUN_MOMENTS),
    );
    expect(new Set(kills.map(({ moments }) => moments.length))).toEqual(new Set([1, 2]));
    const poisons = faults.filter((fault) => fault.kind === 'poison').map(({ poison }) => poison);
    expect(new Set(poisons)).toEqual(new Set(POISON_NAMES));
    const outages = faults.filter((fault) => fault.kind === 'redis-restart').map(({ downMs }) => downMs);
    expect(Math.min(...outages)).toBeLessThan(settings.lockMs);
    expect(Math.max(...outages)).toBeGreaterThan(settings.lockMs);
    for (const { stalledMs } of faults.filter((fault) => fault.kind === 'stall-worker')) {
      expect(stalledMs).toBeGreaterThan(settings.lockMs);
    }
  });

  it('says each fault in words', () => {
    for (const fault of rounds(90)) expect(describeFault(fault)).toMatch(/\w/);
    expect(describeFault({ kind: 'kill-worker', moments: [{ stage: 'gate', share: 0.256 }] })).toBe(
      'at gate + 26%',
    );
  });
});
