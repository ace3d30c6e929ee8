#include "CSoundNetKernels.h"

#if defined(__x86_64__) && defined(__ELF__)
#define DISPATCHED __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif

/* Outputs that one pass keeps in registers. */
enum { BLOCK = 32 };

DISPATCHED
void soundnet_multiply_add(const float *restrict x, size_t x_stride, size_t rows, size_t in,
                           const float *restrict w, size_t out, float *restrict y,
                           size_t y_stride) {
    for (size_t r = 0; r < rows; r++) {
        const float *restrict input = x + r * x_stride;
        float *restrict output = y + r * y_stride;
        size_t o = 0;
        for (; o + BLOCK <= out; o += BLOCK) {
            float sum[BLOCK];
            for (size_t k = 0; k < BLOCK; k++) sum[k] = output[o + k];
            for (size_t i = 0; i < in; i++) {
                const float *restrict weights = w + i * out + o;
                for (size_t k = 0; k < BLOCK; k++) sum[k] += input[i] * weights[k];
            }
            for (size_t k = 0; k < BLOCK; k++) output[o + k] = sum[k];
        }
        size_t rest = out - o;
        if (rest == 0) continue;
        for (size_t i = 0; i < in; i++) {
            const float *restrict weights = w + i * out + o;
            for (size_t k = 0; k < rest; k++) output[o + k] += input[i] * weights[k];
        }
    }
}

DISPATCHED
void soundnet_scale_add(const float *restrict x, size_t x_stride, size_t rows, size_t channels,
                        const float *restrict w, float *restrict y, size_t y_stride) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < channels; c++) {
            y[r * y_stride + c] += x[r * x_stride + c] * w[c];
        }
    }
}

DISPATCHED
void soundnet_fill(float *restrict y, size_t rows, size_t channels, const float *restrict bias) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < channels; c++) y[r * channels + c] = bias[c];
    }
}

DISPATCHED
void soundnet_rectify(float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = y[i] > 0 ? y[i] : 0;
}
