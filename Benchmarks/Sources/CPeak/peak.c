#include "CPeak.h"

#if defined(__x86_64__) && defined(__ELF__)
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

/* Ten AVX2 registers: enough sums to hide the latency of each. */
enum { LANES = 8, SUMS = PEAK_VALUES / LANES };
typedef float vector __attribute__((vector_size(4 * LANES), aligned(4)));

DISPATCHED
size_t peak_multiply_adds(float *values, size_t rounds) {
#pragma clang fp contract(fast)
    vector sums[SUMS], factor, summand;
    for (size_t s = 0; s < SUMS; s++) sums[s] = *(vector *)(values + s * LANES);
    for (size_t k = 0; k < LANES; k++) factor[k] = 0.999f, summand[k] = 0.001f;
    for (size_t r = 0; r < rounds; r++) {
#pragma clang loop unroll(full)
        for (size_t s = 0; s < SUMS; s++) sums[s] = sums[s] * factor + summand;
    }
    for (size_t s = 0; s < SUMS; s++) *(vector *)(values + s * LANES) = sums[s];
    return rounds * PEAK_VALUES;
}
