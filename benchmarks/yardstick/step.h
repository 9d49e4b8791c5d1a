// One optimiser step of NeuMF, fused: the algorithm of packages/kernel/assembly (train.ts, tower.ts, gmf.ts) with one
// thread. The first layer is computed once for each distinct row, the rest in blocks of 64 samples.
#ifndef STEP_H
#define STEP_H

#include "samples.h"

/** A block's activations and their slopes. */
struct block {
  _Alignas(64) float activations1[BLOCK * UNITS1], activations2[BLOCK * UNITS2], activations3[BLOCK * WIDTH3];
  _Alignas(64) float deltas1[BLOCK * UNITS1], deltas2[BLOCK * UNITS2], deltas3[BLOCK * WIDTH3];
  _Alignas(64) float logits[BLOCK], slopes[BLOCK];
  /** Where the samples' items begin, among the packed rows and among their gradients. */
  size_t rows[BLOCK];
};

static struct block block;

/** Copies the distinct rows' embeddings side by side, by slot: all reads but the update's are of these. */
static void pack_rows(struct side *side) {
  float *to = side->packed;
  for (uint32_t slot = 0; slot < side->count; slot++, to += ROW) {
    const float *row = side->table + (size_t)side->list[slot] * RECORD;
    for (int at = 0; at < ROW; at += LANES) store(to + at, load(row + at));
  }
  memset(side->gradients, 0, (size_t)side->count * ROW * 4);
}

/** The distinct rows' half of the first map, from their packed embeddings; the users' half has the bias. */
static void first_map(struct network *net, int index) {
  struct side *side = &net->sides[index];
  multiply(side->count, UNITS1, EMBEDDING, side->packed + GMF_WIDTH, ROW,
           net->transposed + index * UNITS1 * EMBEDDING, UNITS1, side->halves, UNITS1,
           index == 0 ? net->dense + BIAS1 : 0, PLAIN, 0);
  memset(side->sums, 0, (size_t)side->count * UNITS1 * 4);
}

/** Logits of `count` samples: the output bias and the GMF branch. */
static void gmf_forward(const struct network *net, const uint32_t *users, const uint32_t *items, int count) {
  const float *packed_users = net->sides[0].packed, *packed_items = net->sides[1].packed;
  float bias = net->dense[OUTPUT_BIAS];
  uint32_t current = UINT32_MAX;
  V weighted[GMF_WIDTH / LANES] = {0};
  for (int sample = 0; sample < count; sample++) {
    if (users[sample] != current) {
      current = users[sample];
      const float *user = packed_users + (size_t)current * ROW;
      for (int v = 0; v < GMF_WIDTH / LANES; v++)
        weighted[v] = mul(load(net->dense + OUTPUT_GMF + v * LANES), load(user + v * LANES));
    }
    size_t row = (size_t)items[sample] * ROW;
    const float *item = packed_items + row;
    block.rows[sample] = row;
    V sum = mul(weighted[0], load(item));
    for (int v = 1; v < GMF_WIDTH / LANES; v++) sum = multiply_add(weighted[v], load(item + v * LANES), sum);
    block.logits[sample] = bias + sum_of_lanes(sum);
  }
}

static void tower_forward(const struct network *net, const uint32_t *users, const uint32_t *items, int count) {
  const float *user_halves = net->sides[0].halves, *item_halves = net->sides[1].halves;
  for (int sample = 0; sample < count; sample++) {
    const float *user = user_halves + (size_t)users[sample] * UNITS1;
    const float *item = item_halves + (size_t)items[sample] * UNITS1;
    for (int at = 0; at < UNITS1; at += LANES)
      store(block.activations1 + sample * UNITS1 + at, larger(add(load(user + at), load(item + at)), splat(0)));
  }
  multiply(count, UNITS2, UNITS1, block.activations1, UNITS1, net->transposed + TRANSPOSED2, UNITS2,
           block.activations2, UNITS2, net->dense + BIAS2, RELU, 0);
  multiply(count, WIDTH3, UNITS2, block.activations2, UNITS2, net->transposed + TRANSPOSED3, WIDTH3,
           block.activations3, WIDTH3, net->dense + BIAS3, RELU, 0);
  for (int sample = 0; sample < count; sample++) {
    V sum = splat(0);
    for (int at = 0; at < WIDTH3; at += LANES)
      sum = multiply_add(load(block.activations3 + sample * WIDTH3 + at), load(net->dense + OUTPUT_MLP + at), sum);
    block.logits[sample] += sum_of_lanes(sum);
  }
}

/** Losses weight x softplus(sign x logit), summed, and their slopes divided by the size of the batch. */
static double slopes_of_block(struct network *net, const float *signs, const float *weights, int count,
                              uint32_t size) {
  V share = splat((float)(1.0 / size)), one = splat(1), loss_sum = splat(0), slope_sum = splat(0);
  _Alignas(64) float signs_left[LANES] = {0}, weights_left[LANES] = {0};
  for (int sample = 0; sample < count; sample += LANES) {
    const float *sign_at = signs + sample, *weight_at = weights + sample;
    if (count - sample < LANES) {
      memcpy(signs_left, sign_at, (count - sample) * 4);
      memcpy(weights_left, weight_at, (count - sample) * 4);
      sign_at = signs_left;
      weight_at = weights_left;
    }
    V sign = load(sign_at), weight = load(weight_at);
    V x = mul(sign, load(block.logits + sample));
    V positive = larger(x, splat(0));
    V z = exp_of_non_positive(sub(x, add(positive, positive)));
    // sigmoid(x) = 1 / (1 + z) for x > 0, z / (1 + z) otherwise
    V numerator = add(z, where_positive(x, sub(one, z)));
    V sigmoid = divide(numerator, add(one, z));
    loss_sum = add(loss_sum, mul(weight, add(positive, log_of_one_plus(z))));
    V slope = mul(mul(sign, sigmoid), mul(weight, share));
    store(block.slopes + sample, slope);
    slope_sum = add(slope_sum, slope);
  }
  net->gradient[OUTPUT_BIAS] += sum_of_lanes(slope_sum);
  return sum_of_lanes(loss_sum);
}

/** Adds slope x item row to a user's gradient and slope x user row to an item's, run by run of one user. */
static void gmf_backward(struct network *net, const uint32_t *users, int count) {
  const float *packed_items = net->sides[1].packed;
  float *item_gradients = net->sides[1].gradients;
  for (int first = 0, last; first < count; first = last) {
    for (last = first + 1; last < count && users[last] == users[first];) last++;
    const float *user = net->sides[0].packed + (size_t)users[first] * ROW;
    float *gradient = net->sides[0].gradients + (size_t)users[first] * ROW;
    for (int at = 0; at < GMF_WIDTH; at += LANES) {
      V p = load(user + at), sum = load(gradient + at);
      for (int sample = first; sample < last; sample++) {
        V slope = splat(block.slopes[sample]);
        size_t place = block.rows[sample] + at;
        float *item_gradient = item_gradients + place;
        sum = multiply_add(slope, load(packed_items + place), sum);
        store(item_gradient, multiply_add(slope, p, load(item_gradient)));
      }
      store(gradient + at, sum);
    }
  }
}

static void output_backward(struct network *net, int count) {
  for (int at = 0; at < WIDTH3; at += LANES) {
    V weight = load(net->dense + OUTPUT_MLP + at), sum = load(net->gradient + OUTPUT_MLP + at);
    for (int sample = 0; sample < count; sample++) {
      V slope = splat(block.slopes[sample]), activation = load(block.activations3 + sample * WIDTH3 + at);
      sum = multiply_add(slope, activation, sum);
      store(block.deltas3 + sample * WIDTH3 + at, where_positive(activation, mul(slope, weight)));
    }
    store(net->gradient + OUTPUT_MLP + at, sum);
  }
}

static void tower_backward(struct network *net, const uint32_t *users, const uint32_t *items, int count) {
  float *gradient = net->gradient;
  output_backward(net, count);
  add_transposed_product(UNITS3, UNITS2, count, block.deltas3, WIDTH3, block.activations2, UNITS2, gradient + WEIGHTS3,
                         UNITS2);
  add_rows(count, WIDTH3, block.deltas3, gradient + BIAS3);
  multiply(count, UNITS2, UNITS3, block.deltas3, WIDTH3, net->dense + WEIGHTS3, UNITS2, block.deltas2, UNITS2, 0,
           GATED, block.activations2);
  add_transposed_product(UNITS2, UNITS1, count, block.deltas2, UNITS2, block.activations1, UNITS1,
                         gradient + WEIGHTS2, UNITS1);
  add_rows(count, UNITS2, block.deltas2, gradient + BIAS2);
  multiply(count, UNITS1, UNITS2, block.deltas2, UNITS2, net->dense + WEIGHTS2, UNITS1, block.deltas1, UNITS1, 0,
           GATED, block.activations1);
  for (int sample = 0; sample < count; sample++) {
    float *user = net->sides[0].sums + (size_t)users[sample] * UNITS1;
    float *item = net->sides[1].sums + (size_t)items[sample] * UNITS1;
    for (int at = 0; at < UNITS1; at += LANES) {
      V delta = load(block.deltas1 + sample * UNITS1 + at);
      store(user + at, add(load(user + at), delta));
      store(item + at, add(load(item + at), delta));
    }
  }
}

/** The output weights' gradient and their factor in the rows' own; then the first map's gradients. */
static void finish_side(struct network *net, int index) {
  struct side *side = &net->sides[index];
  for (uint32_t slot = 0; slot < side->count; slot++) {
    float *gradient = side->gradients + (size_t)slot * ROW;
    const float *row = side->packed + (size_t)slot * ROW;
    for (int at = 0; at < GMF_WIDTH; at += LANES) {
      V g = load(gradient + at);
      float *output = net->gradient + OUTPUT_GMF + at;
      if (index == 0) store(output, multiply_add(g, load(row + at), load(output)));
      store(gradient + at, mul(g, load(net->dense + OUTPUT_GMF + at)));
    }
  }
  int place = index == 0 ? FIRST_USER : FIRST_ITEM;
  multiply(side->count, EMBEDDING, UNITS1, side->sums, UNITS1, net->dense + place, EMBEDDING,
           side->gradients + GMF_WIDTH, ROW, 0, PLAIN, 0);
  add_transposed_product(UNITS1, EMBEDDING, side->count, side->sums, UNITS1, side->packed + GMF_WIDTH, ROW,
                         net->gradient + place, EMBEDDING);
  if (index == 0) add_rows(side->count, UNITS1, side->sums, net->gradient + BIAS1);
}

/** Adam; see packages/ncf/src/engine/adam.ts for the formula. */
INLINE void adam(float *weights, float *first, float *second, V gradient, V step_size) {
  V m = multiply_add(splat(1 - 0.9f), gradient, mul(splat(0.9f), load(first)));
  V v = multiply_add(mul(splat(1 - 0.999f), gradient), gradient, mul(splat(0.999f), load(second)));
  store(first, m);
  store(second, v);
  store(weights, sub(load(weights), divide(mul(step_size, m), add(root(v), splat(1e-8f)))));
}

static void update(struct network *net) {
  net->beta1_power *= 0.9;
  net->beta2_power *= 0.999;
  V step_size = splat((float)(net->learning_rate * sqrt(1 - net->beta2_power) / (1 - net->beta1_power)));
  for (int at = 0; at < DENSE; at += LANES)
    adam(net->dense + at, net->first + at, net->second + at, load(net->gradient + at), step_size);
  for (int index = 0; index < 2; index++) {
    struct side *side = &net->sides[index];
    for (uint32_t slot = 0; slot < side->count; slot++) {
      float *record = side->table + (size_t)side->list[slot] * RECORD;
      const float *gradient = side->gradients + (size_t)slot * ROW;
      for (int at = 0; at < ROW; at += LANES)
        adam(record + at, record + ROW + at, record + 2 * ROW + at, load(gradient + at), step_size);
    }
  }
  transpose_maps(net);
}

/** One step with the samples `from` to `to` of the epoch; returns the sum of their losses before it. */
static double train_step(struct network *net, struct samples *samples, const struct training_set *set, uint64_t from,
                         uint64_t to) {
  uint32_t size = to - from;
  draw_samples(samples, net, set, from, to);
  memset(net->gradient, 0, DENSE * 4);
  for (int index = 0; index < 2; index++) {
    pack_rows(&net->sides[index]);
    first_map(net, index);
  }
  double loss = 0;
  for (uint32_t at = 0; at < size; at += BLOCK) {
    int count = size - at < BLOCK ? size - at : BLOCK;
    const uint32_t *users = samples->users + at, *items = samples->items + at;
    gmf_forward(net, users, items, count);
    tower_forward(net, users, items, count);
    loss += slopes_of_block(net, samples->signs + at, samples->weights + at, count, size);
    gmf_backward(net, users, count);
    tower_backward(net, users, items, count);
  }
  finish_side(net, 0);
  finish_side(net, 1);
  update(net);
  return loss;
}

#endif
