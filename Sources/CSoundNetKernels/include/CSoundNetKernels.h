#ifndef C_SOUNDNET_KERNELS_H
#define C_SOUNDNET_KERNELS_H

#include <stddef.h>

/* The inner loops of the network. All tensors are dense float32, channels last. On x86-64 each
 * function is compiled for AVX-512, AVX2 with FMA, and the baseline, and the dynamic linker picks
 * one by the processor (ifunc); on arm64 the compiler's NEON code is the only one. */

/* y[r][o] += sum over i of x[r][i] * w[i][o]
 * x: rows of `in` floats, `x_stride` apart; w: [in][out]; y: rows of `out` floats, `y_stride`
 * apart. */
void soundnet_multiply_add(const float *x, size_t x_stride, size_t rows, size_t in,
                           const float *w, size_t out, float *y, size_t y_stride);

/* y[r][c] += x[r][c] * w[c]; rows of `channels` floats, `x_stride` and `y_stride` apart. */
void soundnet_scale_add(const float *x, size_t x_stride, size_t rows, size_t channels,
                        const float *w, float *y, size_t y_stride);

/* y[r][c] = bias[c]; rows of `channels` floats, dense. */
void soundnet_fill(float *y, size_t rows, size_t channels, const float *bias);

/* y[i] = y[i] > 0 ? y[i] : 0 */
void soundnet_rectify(float *y, size_t count);

#endif
