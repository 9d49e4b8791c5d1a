// The counter-based random numbers of packages/ncf/src/random/counter-random.ts, bit by bit.
#ifndef RANDOM_H
#define RANDOM_H

#include <math.h>
#include <stdint.h>

enum stream {
  USER_GMF = 0x6e630001,
  ITEM_GMF = 0x6e630002,
  USER_MLP = 0x6e630003,
  ITEM_MLP = 0x6e630004,
  OUTPUT_WEIGHT = 0x6e630005,
  ORDER = 0x6e630006,
  NEGATIVES = 0x6e630007,
  MLP = 0x6e630100
};

static inline uint32_t mix(uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}

/** What hash32 has mixed before its last key enters. */
static inline uint32_t hash_prefix(uint32_t seed, uint32_t a, uint32_t b) {
  uint32_t x = mix(seed + 0x9e3779b9u);
  x = mix(x + a * 0x85ebca6bu + 0x3c6ef372u);
  return mix(x ^ (b * 0xc2b2ae35u + 0x27d4eb2fu));
}

static inline uint32_t hash_from_prefix(uint32_t prefix, uint32_t b, uint32_t c) {
  return mix(mix(prefix + c * 0x9e3779b1u + b * 0x165667b1u) + 0x61c88647u);
}

static inline uint32_t hash32(uint32_t seed, uint32_t a, uint32_t b, uint32_t c) {
  return hash_from_prefix(hash_prefix(seed, a, b), b, c);
}

/** A whole number in [0, bound) from 32 random bits. */
static inline uint32_t bounded(uint32_t bits, uint32_t bound) {
  return (uint32_t)(((uint64_t)bits * bound) >> 32);
}

static inline double uniform(uint32_t seed, uint32_t a, uint32_t b, uint32_t c) {
  return hash32(seed, a, b, c) / 4294967296.0;
}

static inline double normal(uint32_t seed, uint32_t a, uint32_t b, uint32_t c) {
  double radius = sqrt(-2 * log(1 - uniform(seed, a, b, c)));
  return radius * cos(2 * M_PI * uniform(seed ^ 0x5bd1e995u, a, b, c));
}

#endif
