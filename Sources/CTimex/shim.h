// adjtimex(2), which the module of Glibc leaves out.
#include <sys/timex.h>

/// Whether the kernel takes the clock for synchronised: 1 or 0, or -1 if it may not be asked. It
/// only reads.
static inline int timex_is_synchronised(void) {
    struct timex state = {0};
    return adjtimex(&state) < 0 ? -1 : !(state.status & STA_UNSYNC);
}
