#ifndef C_DEFAULT_MODEL_H
#define C_DEFAULT_MODEL_H

#include <stddef.h>

/* The model file built into the programs, byte for byte. */
const unsigned char *soundnet_default_model_bytes(void);
extern const size_t soundnet_default_model_size;

/* The background set that belongs to it: docs/teaching.md. */
const unsigned char *soundnet_default_background_bytes(void);
extern const size_t soundnet_default_background_size;

#endif
