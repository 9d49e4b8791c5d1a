// The highest rate of float32 operations that one core reaches here, on registers alone: independent chains of
// multiplications and additions. It is printed as floating-point operations a second (a fused one counts as two).
//   gcc -O3 -DLANES=4 -mavx peak_flops.c                128-bit vectors, multiplications and additions apart
//   gcc -O3 -DLANES=4 -DFUSED -mavx -mfma peak_flops.c  128-bit vectors, fused
//   gcc -O3 -DLANES=16 -march=native peak_flops.c       AVX-512, fused
#include <stdio.h>
#include <time.h>

#include "lanes.h"

#if LANES == 16 || defined(FUSED)
#define KIND "fused"
#define CHAINS 12
#else
#define KIND "apart"
#define CHAINS 14
#endif
#define STEPS 500000
#define ROUNDS 200

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

// Values that the compiler cannot know, and that leave the numbers as they are: no overflow, no subnormal ones.
static volatile float one = 1, zero = 0, sink;

#if LANES == 16
#define REGISTER "+v"
#else
#define REGISTER "+x"
#endif
// Keeps the compiler from simplifying a chain, and the chain in a register.
#define KEEP(a) __asm__ volatile("" : REGISTER(a))
#define FUSE(a)                         \
  a = multiply_add(a, unit, nothing);   \
  KEEP(a);
#define MULTIPLY(a)    \
  a = mul(a, unit);    \
  KEEP(a);
#define ADD(a)           \
  a = add(a, nothing);   \
  KEEP(a);

/** Adds up the chains, so that none of them is left out. */
static float run_chains(void) {
  V unit = splat(one), nothing = splat(zero);
  V a = unit, b = unit, c = unit, d = unit, e = unit, f = unit, g = unit;
  V h = unit, i = unit, j = unit, k = unit, l = unit, m = unit, n = unit;
  for (int step = 0; step < STEPS; step++) {
#if LANES == 16 || defined(FUSED)
    FUSE(a) FUSE(b) FUSE(c) FUSE(d) FUSE(e) FUSE(f) FUSE(g) FUSE(h) FUSE(i) FUSE(j) FUSE(k) FUSE(l)
#else
    MULTIPLY(a) ADD(h) MULTIPLY(b) ADD(i) MULTIPLY(c) ADD(j) MULTIPLY(d) ADD(k) MULTIPLY(e) ADD(l) MULTIPLY(f) ADD(m)
    MULTIPLY(g) ADD(n)
#endif
  }
  V sum = add(add(add(a, b), add(c, d)), add(add(e, f), add(g, h)));
  return sum_of_lanes(add(sum, add(add(add(i, j), add(k, l)), add(m, n))));
}

int main(void) {
#if LANES == 16 || defined(FUSED)
  double operations = 2.0 * CHAINS * STEPS * LANES;
#else
  double operations = 1.0 * CHAINS * STEPS * LANES;
#endif
  double best = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double start = seconds();
    sink = run_chains();
    double rate = operations / (seconds() - start);
    if (rate > best) best = rate;
  }
  printf("{\"lanes\": %d, \"operations\": \"" KIND "\", \"flopsPerSecond\": %.0f}\n", LANES, best);
  return 0;
}
