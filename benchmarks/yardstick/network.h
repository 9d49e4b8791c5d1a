// NeuMF with 8 factors and a tower of 64-32-16-8, in the layout of packages/kernel: a table's record is
// [weights | first moments | second moments] of a row's GMF and MLP embedding, the dense parameters are one array.
#ifndef NETWORK_H
#define NETWORK_H

#include "products.h"
#include "random.h"
#include "training_set.h"

/** Widths that a vector may not divide are padded with zeros, which stay zero. */
#define PADDED(width) (((width) + LANES - 1) / LANES * LANES)

enum {
  FACTORS = 8,
  EMBEDDING = 32,
  UNITS1 = 32,
  UNITS2 = 16,
  UNITS3 = 8,
  GMF_WIDTH = PADDED(FACTORS),
  WIDTH3 = PADDED(UNITS3),
  ROW = GMF_WIDTH + EMBEDDING,
  RECORD = 3 * ROW,
  BLOCK = 64,
  // Places in the dense parameters: what L2 applies to, then the biases.
  FIRST_USER = 0,
  FIRST_ITEM = FIRST_USER + UNITS1 * EMBEDDING,
  WEIGHTS2 = FIRST_ITEM + UNITS1 * EMBEDDING,
  WEIGHTS3 = WEIGHTS2 + UNITS2 * UNITS1,
  OUTPUT_GMF = WEIGHTS3 + UNITS3 * UNITS2,
  OUTPUT_MLP = OUTPUT_GMF + GMF_WIDTH,
  BIAS1 = OUTPUT_MLP + WIDTH3,
  BIAS2 = BIAS1 + UNITS1,
  BIAS3 = BIAS2 + UNITS2,
  OUTPUT_BIAS = BIAS3 + WIDTH3,
  DENSE = OUTPUT_BIAS + LANES,
  /** Weights transposed, [in, out], one map after the other. */
  TRANSPOSED2 = 2 * UNITS1 * EMBEDDING,
  TRANSPOSED3 = TRANSPOSED2 + UNITS1 * UNITS2,
  TRANSPOSED = TRANSPOSED3 + UNITS2 * WIDTH3
};

/** One side's table, and what a batch needs of it: its distinct rows by slot. A packed row is [GMF | MLP]. */
struct side {
  float *table;
  uint32_t *slots, *list, count;
  float *packed, *halves, *sums, *gradients;
};

struct network {
  struct side sides[2];
  float *dense, *first, *second, *gradient, *transposed;
  double beta1_power, beta2_power, learning_rate;
};

static void fill_normal(float *to, uint32_t width, float sigma, uint32_t seed, uint32_t stream, uint32_t row) {
  for (uint32_t column = 0; column < width; column++)
    to[column] = (float)(sigma * normal(seed, stream, row, column));
}

static void initialise_side(struct side *side, uint32_t rows, uint32_t most, double sigma, uint32_t seed,
                            uint32_t gmf_stream, uint32_t mlp_stream) {
  if (most > rows) most = rows;
  side->table = allocate((size_t)rows * RECORD, 4);
  for (uint32_t row = 0; row < rows; row++) {
    float *record = side->table + (size_t)row * RECORD;
    fill_normal(record, FACTORS, sigma, seed, gmf_stream, row);
    fill_normal(record + GMF_WIDTH, EMBEDDING, sigma, seed, mlp_stream, row);
  }
  side->slots = allocate(rows, 4);
  side->list = allocate(most, 4);
  side->packed = allocate((size_t)most * ROW, 4);
  side->halves = allocate((size_t)most * UNITS1, 4);
  side->sums = allocate((size_t)most * UNITS1, 4);
  side->gradients = allocate((size_t)most * ROW, 4);
}

static void initialise_dense(float *dense, uint32_t seed) {
  double sigma1 = sqrt(2.0 / (2 * EMBEDDING)), sigma2 = sqrt(2.0 / UNITS1), sigma3 = sqrt(2.0 / UNITS2);
  for (int out = 0; out < UNITS1; out++)
    for (int in = 0; in < 2 * EMBEDDING; in++) {
      int at = in < EMBEDDING ? FIRST_USER + out * EMBEDDING + in : FIRST_ITEM + out * EMBEDDING + in - EMBEDDING;
      dense[at] = (float)(sigma1 * normal(seed, MLP, out, in));
    }
  for (int out = 0; out < UNITS2; out++)
    for (int in = 0; in < UNITS1; in++)
      dense[WEIGHTS2 + out * UNITS1 + in] = (float)(sigma2 * normal(seed, MLP + 1, out, in));
  for (int out = 0; out < UNITS3; out++)
    for (int in = 0; in < UNITS2; in++)
      dense[WEIGHTS3 + out * UNITS2 + in] = (float)(sigma3 * normal(seed, MLP + 2, out, in));
  double bound = sqrt(6.0 / (FACTORS + UNITS3 + 1));
  for (int factor = 0; factor < FACTORS; factor++) dense[OUTPUT_GMF + factor] = 1;
  for (int unit = 0; unit < UNITS3; unit++)
    dense[OUTPUT_MLP + unit] = (float)(bound * (2 * uniform(seed, OUTPUT_WEIGHT, 0, FACTORS + unit) - 1));
}

static void transpose_maps(struct network *net) {
  transpose(UNITS1, EMBEDDING, net->dense + FIRST_USER, net->transposed, UNITS1);
  transpose(UNITS1, EMBEDDING, net->dense + FIRST_ITEM, net->transposed + UNITS1 * EMBEDDING, UNITS1);
  transpose(UNITS2, UNITS1, net->dense + WEIGHTS2, net->transposed + TRANSPOSED2, UNITS2);
  transpose(UNITS3, UNITS2, net->dense + WEIGHTS3, net->transposed + TRANSPOSED3, WIDTH3);
}

/** The parameters that packages/ncf/src/engine/initial-parameters.ts gives; `batch`: most samples of a step. */
static struct network create_network(const struct training_set *set, uint32_t batch, uint32_t seed, double sigma,
                                     double learning_rate) {
  struct network net = {.beta1_power = 1, .beta2_power = 1, .learning_rate = learning_rate};
  initialise_side(&net.sides[0], set->users, batch, sigma, seed, USER_GMF, USER_MLP);
  initialise_side(&net.sides[1], set->items, batch, sigma, seed, ITEM_GMF, ITEM_MLP);
  net.dense = allocate(DENSE, 4);
  net.first = allocate(DENSE, 4);
  net.second = allocate(DENSE, 4);
  net.gradient = allocate(DENSE, 4);
  net.transposed = allocate(TRANSPOSED, 4);
  initialise_dense(net.dense, seed);
  transpose_maps(&net);
  return net;
}

#endif
