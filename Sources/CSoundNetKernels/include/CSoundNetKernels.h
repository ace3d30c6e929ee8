#ifndef C_SOUNDNET_KERNELS_H
#define C_SOUNDNET_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The inner loops of the network. All tensors are dense float32, channels last, except the packed
 * weights. On x86-64 each function is compiled for AVX2 with FMA and for the baseline, and the
 * dynamic linker picks the one for the processor (ifunc). There is none for AVX-512: with its
 * registers the same loops are slower on Zen 4, and older processors clock down for it. On arm64
 * the compiler's NEON code is the only one. */

/* Outputs that are computed together, and inputs whose weights share a scale. */
enum { SOUNDNET_PANEL = 32, SOUNDNET_BLOCK = 64 };

/* Weights [in][out] as 16-bit integers, two in a word, with a scale for each output and block of
 * inputs, so that one large weight makes few others coarse. A network step sees each weight once,
 * so what a product costs is fetching its weights from the cache, and halving the bytes is worth
 * unpacking them.
 *
 *   words: [panels][in][16], panels of 32 outputs; aligned to 64 bytes
 *     word k of an input: bits 0 to 15  the weight of output k, signed
 *                         bits 16 to 31 the weight of output 16 + k, signed; read with the bits
 *                                       below it, as a fraction
 *   weight = 65536 * integer * scale
 *   scale: [panels][blocks][32]
 *   bias: [32 * panels] */
struct soundnet_matrix {
    size_t in;
    size_t out;
    const int32_t *words;
    const float *scale;
    const float *bias;
};

/* y[r][o] = bias[o] + sum over i of x[r][i] * weight[i][o]; not below 0 if `rectify`.
 * x: rows of `in` floats, `x_stride` apart; y: dense rows of `out` floats. */
void soundnet_multiply(const float *x, size_t x_stride, size_t rows,
                       const struct soundnet_matrix *weights, bool rectify, float *y);

/* `count` consecutive floats: `from` is an offset from the newest frame of the input, which may be
 * negative, and `to` one into what the function writes or multiplies by. */
struct soundnet_run {
    ptrdiff_t from;
    size_t to;
    size_t count;
};

/* y[to + i] = x[from + i] for each run. */
void soundnet_gather(const float *x, const struct soundnet_run *runs, size_t run_count, float *y);

/* y[r][c] = bias[c] + sum over the runs of row r of x[from + c] * w[to + c]; not below 0 if
 * `rectify`. The runs of row r end before runs[ends[r]]; each has `channels` floats. */
void soundnet_depthwise(const float *x, const struct soundnet_run *runs, const size_t *ends,
                        size_t rows, size_t channels, const float *w, const float *bias,
                        bool rectify, float *y);

/* mean[i] += rate * (x[i] - mean[i]); y[i * y_stride] = x[i] - mean[i], or x[i] - least if the mean
 * is below that. */
void soundnet_follow(const float *x, size_t count, float rate, float least, float *mean, float *y,
                     size_t y_stride);

/* y[r][i] = (x[r][i] - mean[i]) * scale[i] */
void soundnet_normalise(const float *x, size_t rows, size_t count, const float *mean,
                        const float *scale, float *y);

/* y[i] = a[i] + b[i]; not below 0 if `rectify`. */
void soundnet_add(const float *a, const float *b, size_t count, bool rectify, float *y);

#endif
