#include "CSoundNetKernels.h"

#include <float.h>

#if defined(__x86_64__) && defined(__ELF__)
#define DISPATCHED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define DISPATCHED
#endif
#define INLINED static inline __attribute__((always_inline))

/* Words of an input in one panel, and channels that a depthwise pass keeps in registers. */
enum { PANEL = SOUNDNET_PANEL, HALF = PANEL / 2, BLOCK = SOUNDNET_BLOCK, CHANNELS = 16 };

/* The lower bound of a layer's values. A NaN becomes this value too. */
INLINED float lowest(bool rectify) { return rectify ? 0 : -FLT_MAX; }
INLINED float above(float lowest, float value) { return value > lowest ? value : lowest; }

/* The weights of one input for the outputs of a panel. */
INLINED void unpack(const int32_t *restrict words, float *restrict weights) {
    for (size_t k = 0; k < HALF; k++) {
        weights[k] = (float)(int32_t)((uint32_t)words[k] << 16);
        weights[HALF + k] = (float)words[k];
    }
}

INLINED void add_scaled(float *restrict sum, float x, const float *restrict weights) {
    for (size_t k = 0; k < PANEL; k++) sum[k] += x * weights[k];
}

INLINED void add_products(float *restrict sum, const float *restrict scale,
                          const float *restrict part) {
    for (size_t k = 0; k < PANEL; k++) sum[k] += scale[k] * part[k];
}

/* Stores the sums of outputs `o` onwards in their row. */
INLINED void finish(const float *restrict sum, const struct soundnet_matrix *m, size_t o,
                    float lowest, float *restrict y) {
    float values[PANEL];
    for (size_t k = 0; k < PANEL; k++) values[k] = above(lowest, sum[k]);
    if (m->out - o >= PANEL) {
        for (size_t k = 0; k < PANEL; k++) y[o + k] = values[k];
    } else {
        for (size_t k = 0; k < m->out - o; k++) y[o + k] = values[k];
    }
}

INLINED void begin(float *restrict sum, const float *restrict bias) {
    for (size_t k = 0; k < PANEL; k++) sum[k] = bias[k];
}

INLINED size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Two rows at once, so that the weights are unpacked once. */
INLINED void multiply_two_rows(const float *restrict x, size_t x_stride, const int32_t *words,
                               const float *scale, const struct soundnet_matrix *m, size_t o,
                               float lowest, float *restrict y) {
    float first[PANEL], second[PANEL];
    begin(first, m->bias + o);
    begin(second, m->bias + o);
    for (size_t i = 0; i < m->in; scale += PANEL) {
        float one[PANEL] = {0}, other[PANEL] = {0};
        for (const size_t end = smaller(i + BLOCK, m->in); i < end; i++, words += HALF) {
            float weights[PANEL];
            unpack(words, weights);
            add_scaled(one, x[i], weights);
            add_scaled(other, x[x_stride + i], weights);
        }
        add_products(first, scale, one);
        add_products(second, scale, other);
    }
    finish(first, m, o, lowest, y);
    finish(second, m, o, lowest, y + m->out);
}

/* Two inputs at once: a single sum would wait for itself. */
INLINED void multiply_row(const float *restrict x, const int32_t *words, const float *scale,
                          const struct soundnet_matrix *m, size_t o, float lowest,
                          float *restrict y) {
    float sum[PANEL];
    begin(sum, m->bias + o);
    for (size_t i = 0; i < m->in; scale += PANEL) {
        float even[PANEL] = {0}, odd[PANEL] = {0};
        float weights[PANEL];
        const size_t end = smaller(i + BLOCK, m->in);
        for (; i + 2 <= end; i += 2, words += 2 * HALF) {
            unpack(words, weights);
            add_scaled(even, x[i], weights);
            unpack(words + HALF, weights);
            add_scaled(odd, x[i + 1], weights);
        }
        for (; i < end; i++, words += HALF) {
            unpack(words, weights);
            add_scaled(even, x[i], weights);
        }
        for (size_t k = 0; k < PANEL; k++) even[k] += odd[k];
        add_products(sum, scale, even);
    }
    finish(sum, m, o, lowest, y);
}

DISPATCHED
void soundnet_multiply(const float *x, size_t x_stride, size_t rows,
                       const struct soundnet_matrix *weights, bool rectify, float *y) {
    const struct soundnet_matrix m = *weights;
    const float least = lowest(rectify);
    const size_t blocks = (m.in + BLOCK - 1) / BLOCK;
    for (size_t o = 0; o < m.out; o += PANEL) {
        const int32_t *words = m.words + o / PANEL * m.in * HALF;
        const float *scale = m.scale + o * blocks;
        size_t r = 0;
        for (; r + 2 <= rows; r += 2)
            multiply_two_rows(x + r * x_stride, x_stride, words, scale, &m, o, least,
                              y + r * m.out);
        if (r < rows) multiply_row(x + r * x_stride, words, scale, &m, o, least, y + r * m.out);
    }
}

void soundnet_gather(const float *x, const struct soundnet_run *runs, size_t run_count, float *y) {
    for (size_t i = 0; i < run_count; i++) {
        const float *source = x + runs[i].from;
        float *target = y + runs[i].to;
        for (size_t k = 0; k < runs[i].count; k++) target[k] = source[k];
    }
}

DISPATCHED
void soundnet_depthwise(const float *x, const struct soundnet_run *runs, const size_t *ends,
                        size_t rows, size_t channels, const float *w, const float *bias,
                        bool rectify, float *y) {
    const float least = lowest(rectify);
    size_t begin = 0;
    for (size_t r = 0; r < rows; r++, y += channels) {
        size_t c = 0;
        for (; c + CHANNELS <= channels; c += CHANNELS) {
            float sum[CHANNELS];
            for (size_t k = 0; k < CHANNELS; k++) sum[k] = bias[c + k];
            for (size_t i = begin; i < ends[r]; i++) {
                const float *source = x + runs[i].from + c, *weights = w + runs[i].to + c;
                for (size_t k = 0; k < CHANNELS; k++) sum[k] += source[k] * weights[k];
            }
            for (size_t k = 0; k < CHANNELS; k++) y[c + k] = above(least, sum[k]);
        }
        for (; c < channels; c++) {
            float sum = bias[c];
            for (size_t i = begin; i < ends[r]; i++)
                sum += x[runs[i].from + (ptrdiff_t)c] * w[runs[i].to + c];
            y[c] = above(least, sum);
        }
        begin = ends[r];
    }
}

DISPATCHED
void soundnet_follow(const float *x, size_t count, float rate, float least, float *restrict mean,
                     float *restrict y, size_t y_stride) {
    for (size_t i = 0; i < count; i++) {
        mean[i] += rate * (x[i] - mean[i]);
        y[i * y_stride] = x[i] - above(least, mean[i]);
    }
}

DISPATCHED
void soundnet_normalise(const float *x, size_t rows, size_t count, const float *mean,
                        const float *scale, float *restrict y) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < count; i++)
            y[r * count + i] = (x[r * count + i] - mean[i]) * scale[i];
    }
}

DISPATCHED
void soundnet_add(const float *a, const float *b, size_t count, bool rectify, float *restrict y) {
    const float least = lowest(rectify);
    for (size_t i = 0; i < count; i++) y[i] = above(least, a[i] + b[i]);
}
