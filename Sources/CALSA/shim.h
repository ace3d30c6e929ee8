#include <alsa/asoundlib.h>

// libasound reports through a variadic callback, which Swift can neither declare nor pass on.
static inline void calsa_discard_message(
    const char *file, int line, const char *function, int error, const char *format, ...) {
    (void)file, (void)line, (void)function, (void)error, (void)format;
}

/// Keeps libasound from printing to standard error; every result still carries its error code.
static inline int calsa_discard_messages(void) {
    return snd_lib_error_set_handler(calsa_discard_message);
}
