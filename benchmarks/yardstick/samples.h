// The samples of a batch and the distinct rows that they touch, as packages/kernel/assembly/samples.ts draws them.
#ifndef SAMPLES_H
#define SAMPLES_H

#include "network.h"

enum { NEGATIVES_A_POSITIVE = 4, GROUP = NEGATIVES_A_POSITIVE + 1 };

struct samples {
  uint32_t *order;
  uint32_t seed, epoch;
  /** [batch]: slots of the users and items; 1 for a negative and -1 for a positive; weight of the loss. */
  uint32_t *users, *items;
  float *signs, *weights;
};

static struct samples create_samples(const struct training_set *set, uint32_t batch, uint32_t seed) {
  return (struct samples){
      .order = allocate(set->pairs, 4), .seed = seed,
      .users = allocate(batch, 4), .items = allocate(batch, 4),
      .signs = allocate(batch, 4), .weights = allocate(batch, 4),
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

/** The item of the given rank among those that are not in the sorted list: a binary search without branches. */
INLINE uint32_t unseen_item(const uint32_t *sorted, uint32_t count, uint32_t rank) {
  if (count == 0) return rank;
  uint32_t low = 0;
  for (uint32_t size = count; size > 1;) {
    uint32_t half = size >> 1, middle = low + half - 1;
    low += half & -(uint32_t)(sorted[middle] - middle <= rank);
    size -= half;
  }
  return rank + low + (sorted[low] - low <= rank);
}

/** Samples `from` to `to` of the epoch. */
static void draw_samples(struct samples *samples, struct network *net, const struct training_set *set, uint64_t from,
                         uint64_t to) {
  struct side *users = &net->sides[0], *items = &net->sides[1];
  users->count = items->count = 0;
  uint32_t prefix = hash_prefix(samples->seed, NEGATIVES, samples->epoch);
  uint32_t out = 0;
  uint64_t position = from / GROUP;
  uint32_t place = from % GROUP;
  for (uint64_t sample = from; sample < to; position++, place = 0) {
    uint32_t pair = samples->order[position], user = set->pair_users[pair];
    uint32_t user_slot = slot_of(users, user);
    const uint32_t *sorted = set->sorted_items + set->offsets[user];
    uint32_t known = set->offsets[user + 1] - set->offsets[user], unseen = set->items - known;
    for (; place < GROUP && sample < to; place++, sample++, out++) {
      uint32_t item = set->pair_items[pair];
      float weight = 1;
      if (place > 0) {
        uint32_t bits = hash_from_prefix(prefix, samples->epoch, pair * NEGATIVES_A_POSITIVE + place - 1);
        if (unseen == 0) weight = 0;
        else item = unseen_item(sorted, known, bounded(bits, unseen));
      }
      samples->users[out] = user_slot;
      samples->items[out] = slot_of(items, item);
      samples->signs[out] = place == 0 ? -1 : 1;
      samples->weights[out] = weight;
    }
  }
}

#endif
