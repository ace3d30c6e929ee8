#include "CDefaultModel.h"

static const unsigned char bytes[] = {
#embed "default.background"
};

const unsigned char *soundnet_default_background_bytes(void) { return bytes; }

const size_t soundnet_default_background_size = sizeof bytes;
