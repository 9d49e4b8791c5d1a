// Float32 lanes of one width, chosen when compiling:
//   -DLANES=4           128-bit vectors, multiplication and addition apart: what plain WebAssembly SIMD can do
//   -DLANES=4 -DFUSED   the same with fused multiply-add: what relaxed WebAssembly SIMD can do
//   -DLANES=16          AVX-512 with fused multiply-add
#ifndef LANES_H
#define LANES_H

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

#if LANES == 4

typedef __m128 V;
#define TILE_ROWS 4
INLINE V load(const float *p) { return _mm_loadu_ps(p); }
INLINE void store(float *p, V a) { _mm_storeu_ps(p, a); }
INLINE V splat(float a) { return _mm_set1_ps(a); }
INLINE V add(V a, V b) { return _mm_add_ps(a, b); }
INLINE V sub(V a, V b) { return _mm_sub_ps(a, b); }
INLINE V mul(V a, V b) { return _mm_mul_ps(a, b); }
INLINE V divide(V a, V b) { return _mm_div_ps(a, b); }
INLINE V root(V a) { return _mm_sqrt_ps(a); }
INLINE V larger(V a, V b) { return _mm_max_ps(a, b); }
INLINE V nearest(V a) { return _mm_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/** a where gate > 0, 0 elsewhere. */
INLINE V where_positive(V gate, V a) { return _mm_and_ps(a, _mm_cmpgt_ps(gate, _mm_setzero_ps())); }
/** 2^n for a whole n. */
INLINE V power_of_two(V n) {
  return _mm_castsi128_ps(_mm_slli_epi32(_mm_add_epi32(_mm_cvttps_epi32(n), _mm_set1_epi32(127)), 23));
}
INLINE float sum_of_lanes(V a) {
  V pairs = _mm_add_ps(a, _mm_movehl_ps(a, a));
  return _mm_cvtss_f32(pairs) + _mm_cvtss_f32(_mm_shuffle_ps(pairs, pairs, 1));
}
#ifdef FUSED
INLINE V multiply_add(V a, V b, V c) { return _mm_fmadd_ps(a, b, c); }
#else
INLINE V multiply_add(V a, V b, V c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
#endif

#elif LANES == 16

typedef __m512 V;
#define TILE_ROWS 8
INLINE V load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void store(float *p, V a) { _mm512_storeu_ps(p, a); }
INLINE V splat(float a) { return _mm512_set1_ps(a); }
INLINE V add(V a, V b) { return _mm512_add_ps(a, b); }
INLINE V sub(V a, V b) { return _mm512_sub_ps(a, b); }
INLINE V mul(V a, V b) { return _mm512_mul_ps(a, b); }
INLINE V divide(V a, V b) { return _mm512_div_ps(a, b); }
INLINE V root(V a) { return _mm512_sqrt_ps(a); }
INLINE V larger(V a, V b) { return _mm512_max_ps(a, b); }
INLINE V nearest(V a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
INLINE V where_positive(V gate, V a) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), a);
}
INLINE V power_of_two(V n) {
  __m512i whole = _mm512_add_epi32(_mm512_cvttps_epi32(n), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(whole, 23));
}
INLINE float sum_of_lanes(V a) { return _mm512_reduce_add_ps(a); }
INLINE V multiply_add(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }

#else
#error "LANES is 4 or 16"
#endif

/** exp(x) for x in [-87, 0]: n ln 2 + r, Taylor's polynomial of degree 6 in r, n added to the exponent. */
INLINE V exp_of_non_positive(V x) {
  V clamped = larger(x, splat(-87));
  V n = nearest(mul(clamped, splat(1.44269504088896341f)));
  V r = sub(clamped, mul(n, splat(0.693359375f)));
  r = sub(r, mul(n, splat(-2.12194440e-4f)));
  V p = splat(1.0f / 720);
  p = multiply_add(p, r, splat(1.0f / 120));
  p = multiply_add(p, r, splat(1.0f / 24));
  p = multiply_add(p, r, splat(1.0f / 6));
  p = multiply_add(p, r, splat(0.5f));
  p = multiply_add(p, r, splat(1));
  p = multiply_add(p, r, splat(1));
  return mul(p, power_of_two(n));
}

/** log(1 + z) for z in [0, 1]: 2 artanh(z / (2 + z)) by its series up to the eleventh power. */
INLINE V log_of_one_plus(V z) {
  V t = divide(z, add(z, splat(2)));
  V square = mul(t, t);
  V p = splat(1.0f / 11);
  p = multiply_add(p, square, splat(1.0f / 9));
  p = multiply_add(p, square, splat(1.0f / 7));
  p = multiply_add(p, square, splat(1.0f / 5));
  p = multiply_add(p, square, splat(1.0f / 3));
  p = multiply_add(p, square, splat(1));
  return mul(add(p, p), t);
}

#endif
