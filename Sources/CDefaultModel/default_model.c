#include "CDefaultModel.h"

static const unsigned char bytes[] = {
#embed "default.soundnet"
};

const unsigned char *soundnet_default_model_bytes(void) { return bytes; }

const size_t soundnet_default_model_size = sizeof bytes;
