// The samples of a batch and the distinct rows that they touch, as packages/kernel/assembly/samples.ts draws them.
#ifndef SAMPLES_H
#define SAMPLES_H

#include "network.h"

enum { NEGATIVES_A_POSITIVE = 4, GROUP = NEGATIVES_A_POSITIVE + 1 };

/** A positive and its negatives. */
struct group {
  uint32_t pair, user, item;
};

struct samples {
  uint32_t *order;
  uint32_t seed, epoch;
  /** [batch]: slots of the users and items; 1 for a negative and -1 for a positive; weight of the loss. */
  uint32_t *users, *items;
  float *signs, *weights;
  /** Those that a batch touches, and one more. */
  struct group *groups;
};

static struct samples create_samples(const struct training_set *set, uint32_t batch, uint32_t seed) {
  return (struct samples){
      .order = allocate(set->pairs, 4), .seed = seed,
      .users = allocate(batch, 4), .items = allocate(batch, 4),
      .signs = allocate(batch, 4), .weights = allocate(batch, 4),
      .groups = allocate((size_t)batch / GROUP + 3, sizeof(struct group)),
  };
}

/** Fisher and Yates. */
static void start_epoch(struct samples *samples, const struct training_set *set, uint32_t epoch) {
  samples->epoch = epoch;
  uint32_t stream = hash32(samples->seed, ORDER, epoch, 0);
  for (uint32_t index = 0; index < set->pairs; index++) samples->order[index] = index;
  for (uint32_t last = set->pairs - 1; last > 0; last--) {
    uint32_t chosen = bounded(hash32(samples->seed, stream, last, 0), last + 1);
    uint32_t value = samples->order[chosen];
    samples->order[chosen] = samples->order[last];
    samples->order[last] = value;
  }
}

INLINE uint32_t slot_of(struct side *side, uint32_t row) {
  uint32_t slot = side->slots[row];
  if (slot < side->count && side->list[slot] == row) return slot;
  side->slots[row] = side->count;
  side->list[side->count] = row;
  return side->count++;
}

/** All ones where at most `rank` other items lie before the user's item at `place`. */
INLINE uint32_t before_mask(const uint32_t *before, uint32_t place, uint32_t rank) {
  return -(uint32_t)(before[place] <= rank);
}

/** The item of the given rank among those that the user has not seen: a binary search without branches. */
static uint32_t unseen_item(const uint32_t *before, uint32_t count, uint32_t rank) {
  if (count == 0) return rank;
  uint32_t low = 0;
  for (uint32_t size = count; size > 1;) {
    uint32_t half = size >> 1;
    low += half & before_mask(before, low + half - 1, rank);
    size -= half;
  }
  return rank + low + (1 & before_mask(before, low, rank));
}

/** Four times `unseen_item`, step by step together: no search waits for another's loads. */
INLINE void four_unseen_items(const uint32_t *before, uint32_t count, const uint32_t ranks[4], uint32_t *out) {
  uint32_t lows[4] = {0};
  for (uint32_t size = count; size > 1;) {
    uint32_t half = size >> 1;
#pragma GCC unroll 4
    for (int at = 0; at < 4; at++) lows[at] += half & before_mask(before, lows[at] + half - 1, ranks[at]);
    size -= half;
  }
#pragma GCC unroll 4
  for (int at = 0; at < 4; at++)
    out[at] = ranks[at] + lows[at] + (count > 0 ? 1 & before_mask(before, lows[at], ranks[at]) : 0);
}

/** Pairs, users and items of the positives: scattered loads, and nothing else, so that many are waited for at once. */
static void fetch_groups(struct samples *samples, const struct training_set *set, uint64_t from, uint64_t to) {
  struct group *out = samples->groups;
  uint64_t last = (to + GROUP - 1) / GROUP;
  uint32_t seen = 0;
  for (uint64_t position = from / GROUP; position < last; position++, out++) {
    uint32_t pair = samples->order[position], user = set->pair_users[pair];
    *out = (struct group){.pair = pair, .user = user, .item = set->pair_items[pair]};
    // The middle of the user's items, where a search begins.
    seen |= set->unseen_before[(set->offsets[user] + set->offsets[user + 1]) >> 1];
  }
  // Kept, so that the compiler does not leave the look out.
  out->pair = seen;
}

/** Items of the places `place` to `place + size` of a group. */
INLINE void draw_group(const struct samples *samples, const struct training_set *set, const struct group *group,
                       uint32_t prefix, uint32_t place, uint32_t size, uint32_t *items) {
  uint32_t first = set->offsets[group->user], known = set->offsets[group->user + 1] - first;
  uint32_t unseen = set->items - known, done = 0;
  const uint32_t *before = set->unseen_before + first;
  uint32_t draw = group->pair * NEGATIVES_A_POSITIVE + place - 1;
  if (place == 0) items[done++] = group->item;
  for (; done < size && unseen == 0; done++) items[done] = group->item;
  for (; done + 4 <= size; done += 4) {
    uint32_t ranks[4];
#pragma GCC unroll 4
    for (int at = 0; at < 4; at++)
      ranks[at] = bounded(hash_from_prefix(prefix, samples->epoch, draw + done + at), unseen);
    four_unseen_items(before, known, ranks, items + done);
  }
  for (; done < size; done++) {
    uint32_t rank = bounded(hash_from_prefix(prefix, samples->epoch, draw + done), unseen);
    items[done] = unseen_item(before, known, rank);
  }
}

/** Items, signs and weights of the samples, and the slots of their users. */
static void draw_items(struct samples *samples, struct side *users, const struct training_set *set, uint64_t from,
                       uint64_t to) {
  uint32_t prefix = hash_prefix(samples->seed, NEGATIVES, samples->epoch);
  const struct group *group = samples->groups;
  uint32_t out = 0, count = to - from;
  for (uint32_t place = from % GROUP, size; out < count; group++, place = 0, out += size) {
    size = GROUP - place < count - out ? GROUP - place : count - out;
    uint32_t user = group->user, slot = slot_of(users, user);
    // Without an unseen item a negative's place holds the positive's item, and counts for nothing.
    float weight = set->offsets[user + 1] - set->offsets[user] == set->items ? 0 : 1;
    for (uint32_t at = out; at < out + size; at++) {
      samples->users[at] = slot;
      samples->signs[at] = 1;
      samples->weights[at] = weight;
    }
    if (place == 0) {
      samples->signs[out] = -1;
      samples->weights[out] = 1;
    }
    draw_group(samples, set, group, prefix, place, size, samples->items + out);
  }
}

/** Samples `from` to `to` of the epoch. Slots of items are taken in a loop of their own. */
static void draw_samples(struct samples *samples, struct network *net, const struct training_set *set, uint64_t from,
                         uint64_t to) {
  struct side *users = &net->sides[0], *items = &net->sides[1];
  users->count = items->count = 0;
  fetch_groups(samples, set, from, to);
  draw_items(samples, users, set, from, to);
  uint32_t count = to - from;
  for (uint32_t at = 0; at < count; at++) samples->items[at] = slot_of(items, samples->items[at]);
}

#endif
