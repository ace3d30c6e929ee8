#ifndef C_PEAK_H
#define C_PEAK_H

#include <stddef.h>

/* Multiplies and adds in registers only, `rounds` times, and gives the number of multiply-adds;
 * compiled for the same processors as the kernels of the network. `values`: PEAK_VALUES floats,
 * read and overwritten, so that nothing is left out. */
enum { PEAK_VALUES = 80 };
size_t peak_multiply_adds(float *values, size_t rounds);

#endif
