import { describe, expect, it } from '@jest/globals';
import { RULE_NAMES, type Rule, violationsOf } from './invariants.ts';
import type { RoundObservation, RunRow } from './observation.ts';

const succeeded: RunRow = {
  id: 'a',
  status: 'succeeded',
  code: null,
  attempts: 2,
  modelVersion: 'v1',
  finishedAtMs: 50,
};
const refused: RunRow = { ...succeeded, id: 'b', status: 'failed', code: 'no-events', modelVersion: null };

/** Two runs that have ended as they should, and replicas that serve the model of the first. */
const good: RoundObservation = {
  unrecovered: [],
  acceptedRunIds: ['a', 'b'],
  unansweredRuns: 0,
  runs: [succeeded, refused],
  endedBefore: new Map([['a', succeeded]]),
  declared: [{ id: 'b', statuses: ['failed'], codes: ['no-events'] }],
  active: { generation: 3, version: 'v1' },
  activations: [{ version: 'v1', activatedBy: 'run:a' }],
  replicas: [{ name: 'replica-0', ready: true, version: 'v1', generation: 3 }],
  events: { lost: [], doubled: [], strange: [] },
  loadProblems: [],
  writesMayFail: false,
  wrongAnswers: [],
  temporaryFiles: [],
  orphans: [],
  queueLeftovers: [],
  ownEnds: [],
  unmet: [],
};
const problem = { atMs: 1, text: 'x', request: 'read' } as const;
const events = good.events;
const replica = good.replicas[0]!;

/** For every rule, observations that break it. */
const BREAKING: Record<Rule, readonly Partial<RoundObservation>[]> = {
  'not-recovered': [{ unrecovered: ['worker-1 is not up'] }],
  'run-lost': [{ acceptedRunIds: ['a', 'b', 'c'] }],
  'run-unasked': [{ acceptedRunIds: ['a'] }],
  'run-not-final': [
    { runs: [succeeded, { ...refused, status: 'running' }], declared: [] },
    { runs: [succeeded, { ...refused, status: 'queued' }], declared: [] },
  ],
  'run-ended-twice': [
    { endedBefore: new Map([['b', { ...refused, finishedAtMs: 49 }]]) },
    { endedBefore: new Map([['b', { ...refused, attempts: 1 }]]) },
    { endedBefore: new Map([['b', { ...refused, code: 'internal' }]]) },
    {
      activations: [
        { version: 'v1', activatedBy: 'run:a' },
        { version: 'v1', activatedBy: 'run:a' },
      ],
    },
  ],
  'run-half-done': [
    { activations: [] },
    { activations: [{ version: 'v2', activatedBy: 'run:a' }] },
    {
      activations: [
        { version: 'v1', activatedBy: 'run:a' },
        { version: 'v3', activatedBy: 'run:b' },
      ],
    },
  ],
  'run-unexpected-end': [
    { declared: [{ id: 'b', statuses: ['succeeded'] }] },
    { declared: [{ id: 'b', statuses: ['failed'], codes: ['all-filtered'] }] },
  ],
  'replica-diverged': [
    { replicas: [{ ...replica, generation: 2 }] },
    { replicas: [{ ...replica, version: 'v0' }] },
    { replicas: [{ ...replica, ready: false }] },
  ],
  'event-lost': [{ events: { ...events, lost: ['guest item'] } }],
  'event-doubled': [{ events: { ...events, doubled: ['guest item'] } }],
  'event-strange': [{ events: { ...events, strange: ['guest item'] } }],
  'request-unanswered': [
    { loadProblems: [{ ...problem, kind: 'unanswered' }] },
    { loadProblems: [{ ...problem, kind: 'unanswered', request: 'write' }] },
    { loadProblems: [{ ...problem, kind: 'unanswered' }], writesMayFail: true },
  ],
  'request-error': [
    { loadProblems: [{ ...problem, kind: 'error' }] },
    { loadProblems: [{ ...problem, kind: 'error', request: 'write' }], writesMayFail: true },
  ],
  'answer-wrong': [{ wrongAnswers: ['user-0001 of v1'] }],
  'temporary-file': [{ temporaryFiles: ['snapshots/.x.tmp'] }],
  'orphan-process': [{ orphans: ['4711'] }],
  'queue-leftover': [{ queueLeftovers: ['1 active job'] }],
  'process-died': [{ ownEnds: ['worker-0 ended by itself (1)'] }],
  'fault-unmet': [{ unmet: ['a damaged model was served'] }],
};

describe('violationsOf', () => {
  it('finds nothing where all is well', () => {
    expect(violationsOf(good)).toEqual([]);
  });

  for (const rule of RULE_NAMES) {
    for (const [place, change] of BREAKING[rule].entries()) {
      it(`finds what breaks ${rule} (${place + 1}), and nothing else`, () => {
        const found = violationsOf({ ...good, ...change });
        expect(new Set(found.map((violation) => violation.rule))).toEqual(new Set([rule]));
      });
    }
  }

  it('lets a write be unanswered while the fault takes away what it needs', () => {
    const loadProblems = [{ ...problem, kind: 'unanswered', request: 'write' }] as const;
    expect(violationsOf({ ...good, loadProblems, writesMayFail: true })).toEqual([]);
  });

  it('takes a run that nobody heard of for that of a request without an answer', () => {
    expect(violationsOf({ ...good, acceptedRunIds: ['a'], unansweredRuns: 1 })).toEqual([]);
  });
});
