import { describe, expect, test } from '@jest/globals';
import { interactionsOf } from '../evaluation/testing/interactions-of.ts';
import { type Model, modelFrom } from '../model-file/model.ts';
import type { Interactions } from '../preparation/interactions.ts';
import { type Incumbent, planGate } from './gate-plan.ts';

const USERS = 100;
const LENGTH = 80;
const ITEMS = 100;

/** 100 users with 80 pairs each; pair k of every user has the time k: 8,000 pairs, of which 8 times are the last tenth. */
function log(): Interactions {
  const rows = [...new Array(USERS).keys()].map((user) =>
    [...new Array(LENGTH).keys()].map((k) => (user + k) % ITEMS),
  );
  const interactions = interactionsOf(rows, ITEMS);
  return { ...interactions, timestampsMs: Float64Array.from(interactions.items, (_, pair) => pair % LENGTH) };
}

/** The pairs until a time; users and items keep their ids. */
function until(interactions: Interactions, cutMs: number): Interactions {
  const kept = [...interactions.items.keys()].filter((pair) => interactions.timestampsMs[pair]! <= cutMs);
  const offsets = new Uint32Array(USERS + 1);
  for (let user = 0; user < USERS; user++) {
    const end = interactions.offsets[user + 1]!;
    offsets[user + 1] =
      offsets[user]! + kept.filter((pair) => Math.floor(pair / LENGTH) === user && pair < end).length;
  }
  return {
    ...interactions,
    offsets,
    items: Uint32Array.from(kept, (pair) => interactions.items[pair]!),
    strengths: new Float32Array(kept.length).fill(1),
    timestampsMs: Float64Array.from(kept, (pair) => interactions.timestampsMs[pair]!),
  };
}

function modelUntil(cutMs: number): Model {
  return modelFrom(until(log(), cutMs), {
    shape: { userCount: USERS, itemCount: ITEMS, factors: 1, layers: [] },
    userGmf: new Float32Array(USERS).fill(1),
    itemGmf: new Float32Array(ITEMS),
    userMlp: new Float32Array(0),
    itemMlp: new Float32Array(0),
    mlp: [],
    outputWeight: Float32Array.of(1),
    outputBias: new Float32Array(1),
  });
}

function plan(incumbent: Partial<Incumbent>, prepareUntil?: (cutMs: number) => Interactions | undefined) {
  const interactions = log();
  const asked: number[] = [];
  const made = planGate({
    interactions,
    incumbent: { version: 'v1', trainedUntilMs: 50, model: modelUntil(50), ...incumbent },
    prepareUntil: (cutMs) => {
      asked.push(cutMs);
      return prepareUntil === undefined ? until(interactions, cutMs) : prepareUntil(cutMs);
    },
    maxUsers: 1_000,
    seed: 1,
  });
  return { ...made, asked };
}

describe('planGate', () => {
  test('cuts at the default when the incumbent has seen less', () => {
    const { protocol, note, cut, asked, incumbentModel } = plan({});
    expect({ protocol, note, asked }).toEqual({
      protocol: 'incumbent-and-popularity',
      note: '',
      asked: [71],
    });
    expect(cut).toMatchObject({ ms: 71, task: { pairs: 800, users: 100, pairsOfUnknownUsers: 0 } });
    expect(cut?.twin.items).toHaveLength(72 * USERS);
    expect(incumbentModel).toBeDefined();
  });

  test('cuts at what the incumbent has seen when that is later', () => {
    // Times 75 to 79 are later: 500 pairs, just enough.
    const { protocol, cut } = plan({ trainedUntilMs: 74, model: modelUntil(74) });
    expect({ protocol, ms: cut?.ms, pairs: cut?.task.pairs }).toEqual({
      protocol: 'incumbent-and-popularity',
      ms: 74,
      pairs: 500,
    });
  });

  test.each([
    ['500 are needed', { trainedUntilMs: 75, model: modelUntil(75) }, /^only 400 pairs of known users/],
    ['nothing is newer', { trainedUntilMs: 79, model: modelUntil(79) }, /^only 0 pairs of known users/],
    [
      'the incumbent has seen the pairs all the same',
      { trainedUntilMs: 50, model: modelUntil(76) },
      /^only 300 pairs of known users/,
    ],
    [
      'its file is not there',
      { model: { problem: 'its file is missing' } },
      /v1 cannot be compared with: its file/,
    ],
  ])('goes back to the default cut and popularity when %s', (_, incumbent, note) => {
    const made = plan(incumbent);
    expect(made).toMatchObject({
      protocol: 'popularity-only',
      incumbent: { version: 'v1' },
      incumbentModel: undefined,
      cut: { ms: 71, task: { pairs: 800, incumbent: undefined } },
    });
    expect(made.note).toMatch(note);
  });

  test('compares with nothing when nothing is left before the cut, and says so', () => {
    const made = plan({}, () => undefined);
    expect(made).toMatchObject({ protocol: 'none', cut: undefined });
    expect(made.note).toMatch(/no user has interactions on both sides of the default cut$/);
  });
});
