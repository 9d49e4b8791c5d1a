// The fused training kernel in C: what the machine gives the same algorithm without WebAssembly. One thread, NeuMF with
// 8 factors and a tower of 64-32-16-8. Sampling is part of what is timed, as in the kernel that it measures.
//   fused_step DATA BATCH WARM_SECONDS SECONDS EPOCHS SEED LEARNING_RATE INIT_SIGMA
// EPOCHS 0: samples a second, the median over blocks of SECONDS in all. EPOCHS > 0: trains them, and ranks the tests.
// Prints one JSON line. How to compile it: lanes.h.
#include <sys/resource.h>
#include <time.h>

#include "step.h"

enum { BLOCKS = 5 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

struct training {
  struct training_set set;
  struct network net;
  struct samples samples;
  uint64_t batch, at;
  uint32_t epoch;
};

/** The next batch, in the next epoch where this one has ended. Returns the number of samples. */
static uint64_t next_batch(struct training *training, double *loss) {
  uint64_t total = (uint64_t)training->set.pairs * GROUP;
  if (training->at == 0) start_epoch(&training->samples, &training->set, training->epoch);
  uint64_t to = training->at + training->batch < total ? training->at + training->batch : total;
  uint64_t size = to - training->at;
  *loss += train_step(&training->net, &training->samples, &training->set, training->at, to);
  training->at = to;
  if (to == total) {
    training->at = 0;
    training->epoch++;
  }
  return size;
}

static double run_for(struct training *training, double wanted) {
  double start = seconds(), elapsed, loss = 0;
  uint64_t done = 0;
  do {
    done += next_batch(training, &loss);
    elapsed = seconds() - start;
  } while (elapsed < wanted);
  return done / elapsed;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_speed(struct training *training, double warm, double measured) {
  double rates[BLOCKS], sorted[BLOCKS];
  run_for(training, warm);
  for (int index = 0; index < BLOCKS; index++) rates[index] = run_for(training, measured / BLOCKS);
  memcpy(sorted, rates, sizeof rates);
  qsort(sorted, BLOCKS, sizeof sorted[0], by_size);
  printf("{\"samplesPerSecond\": %.0f, \"blocks\": [", sorted[BLOCKS / 2]);
  for (int index = 0; index < BLOCKS; index++) printf("%s%.0f", index ? ", " : "", rates[index]);
  printf("]");
}

/** The logit of one pair, written plainly: it checks the fused step as well. */
static double logit(const struct network *net, uint32_t user_row, uint32_t item_row) {
  const float *user = net->sides[0].table + (size_t)user_row * RECORD;
  const float *item = net->sides[1].table + (size_t)item_row * RECORD;
  double x1[UNITS1], x2[UNITS2], result = net->dense[OUTPUT_BIAS];
  for (int out = 0; out < UNITS1; out++) {
    double sum = net->dense[BIAS1 + out];
    for (int in = 0; in < EMBEDDING; in++)
      sum += (double)net->dense[FIRST_USER + out * EMBEDDING + in] * user[GMF_WIDTH + in] +
             (double)net->dense[FIRST_ITEM + out * EMBEDDING + in] * item[GMF_WIDTH + in];
    x1[out] = sum > 0 ? sum : 0;
  }
  for (int out = 0; out < UNITS2; out++) {
    double sum = net->dense[BIAS2 + out];
    for (int in = 0; in < UNITS1; in++) sum += net->dense[WEIGHTS2 + out * UNITS1 + in] * x1[in];
    x2[out] = sum > 0 ? sum : 0;
  }
  for (int out = 0; out < UNITS3; out++) {
    double sum = net->dense[BIAS3 + out];
    for (int in = 0; in < UNITS2; in++) sum += net->dense[WEIGHTS3 + out * UNITS2 + in] * x2[in];
    result += sum > 0 ? sum * net->dense[OUTPUT_MLP + out] : 0;
  }
  for (int at = 0; at < FACTORS; at++) result += (double)net->dense[OUTPUT_GMF + at] * user[at] * item[at];
  return result;
}

static void print_ranking(const struct training *training) {
  const struct training_set *set = &training->set;
  double hits = 0, gain = 0;
  for (uint32_t test = 0; test < set->tests; test++) {
    uint32_t user = set->test_users[test], rank = 1;
    double own = logit(&training->net, user, set->test_positives[test]);
    const uint32_t *negatives = set->test_negative_items + (size_t)test * set->test_negatives;
    for (uint32_t index = 0; index < set->test_negatives; index++)
      rank += !(logit(&training->net, user, negatives[index]) < own);
    if (rank > 10) continue;
    hits++;
    gain += 1 / log2(rank + 1.0);
  }
  if (set->tests > 0) printf(", \"hr10\": %.6f, \"ndcg10\": %.6f", hits / set->tests, gain / set->tests);
}

static void print_quality(struct training *training, uint32_t epochs) {
  double start = seconds(), total = (double)training->set.pairs * GROUP;
  printf("{\"losses\": [");
  while (training->epoch < epochs) {
    double loss = 0;
    uint32_t epoch = training->epoch;
    while (training->epoch == epoch) next_batch(training, &loss);
    printf("%s%.7f", epoch ? ", " : "", loss / total);
  }
  printf("], \"trainingSeconds\": %.3f", seconds() - start);
  print_ranking(training);
}

int main(int count, char **arguments) {
  if (count != 9) {
    fprintf(stderr, "usage: fused_step DATA BATCH WARM_SECONDS SECONDS EPOCHS SEED LEARNING_RATE INIT_SIGMA\n");
    return 2;
  }
  uint32_t epochs = atoi(arguments[5]), seed = strtoul(arguments[6], 0, 10);
  struct training training = {.set = read_training_set(arguments[1]), .batch = strtoull(arguments[2], 0, 10)};
  if (training.batch == 0 || training.set.pairs == 0) {
    fprintf(stderr, "a batch and a pair are needed\n");
    return 2;
  }
  training.net = create_network(&training.set, training.batch, seed, atof(arguments[8]), atof(arguments[7]));
  training.samples = create_samples(&training.set, training.batch, seed);
  if (epochs > 0) print_quality(&training, epochs);
  else print_speed(&training, atof(arguments[3]), atof(arguments[4]));
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf(", \"lanes\": %d, \"peakRssBytes\": %ld}\n", LANES, usage.ru_maxrss * 1024L);
  return 0;
}
