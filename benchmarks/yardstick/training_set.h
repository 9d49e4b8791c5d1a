// What is trained on, as benchmarks/train/training-set-file.ts writes it: little-endian uint32, first the numbers of
// users, items, pairs, tests and negatives a test; then offsets [users + 1], items [pairs], test users [tests], test
// positives [tests], test negatives [tests x negatives a test].
#ifndef TRAINING_SET_H
#define TRAINING_SET_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct training_set {
  uint32_t users, items, pairs, tests, test_negatives;
  /** By user: items in the file's order; and for each of them, ascending, the number of other items before it. */
  uint32_t *offsets, *pair_items, *unseen_before;
  /** [pairs] */
  uint32_t *pair_users;
  uint32_t *test_users, *test_positives, *test_negative_items;
};

static void *allocate(size_t count, size_t size) {
  // Room past the end: tiles read and write whole rows of them.
  size_t bytes = (count * size + 4096 + 63) / 64 * 64;
  void *memory = aligned_alloc(64, bytes);
  if (!memory) {
    fprintf(stderr, "out of memory: %zu bytes\n", bytes);
    exit(1);
  }
  memset(memory, 0, bytes);
  return memory;
}

static uint32_t *read_words(FILE *file, size_t count) {
  uint32_t *words = allocate(count, 4);
  if (fread(words, 4, count, file) != count) {
    fprintf(stderr, "the training set ends early\n");
    exit(1);
  }
  return words;
}

static int ascending(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static struct training_set read_training_set(const char *path) {
  struct training_set set;
  FILE *file = fopen(path, "rb");
  if (!file || fread(&set, 4, 5, file) != 5) {
    fprintf(stderr, "%s cannot be read\n", path);
    exit(1);
  }
  set.offsets = read_words(file, set.users + 1);
  set.pair_items = read_words(file, set.pairs);
  set.test_users = read_words(file, set.tests);
  set.test_positives = read_words(file, set.tests);
  set.test_negative_items = read_words(file, (size_t)set.tests * set.test_negatives);
  fclose(file);
  set.pair_users = allocate(set.pairs, 4);
  set.unseen_before = allocate(set.pairs, 4);
  memcpy(set.unseen_before, set.pair_items, (size_t)set.pairs * 4);
  for (uint32_t user = 0; user < set.users; user++) {
    uint32_t start = set.offsets[user], end = set.offsets[user + 1];
    for (uint32_t pair = start; pair < end; pair++) set.pair_users[pair] = user;
    qsort(set.unseen_before + start, end - start, 4, ascending);
    for (uint32_t pair = start; pair < end; pair++) set.unseen_before[pair] -= pair - start;
  }
  return set;
}

#endif
