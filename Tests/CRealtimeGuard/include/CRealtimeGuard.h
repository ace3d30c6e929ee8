#ifndef C_REALTIME_GUARD_H
#define C_REALTIME_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Counts what a real-time thread must not do. Linking this target replaces malloc, calloc, realloc,
 * free, posix_memalign, aligned_alloc, memalign and pthread_mutex_lock in the whole process with
 * versions that forward to the C library and count calls on armed threads.
 *
 * Under the address and thread sanitizers, which replace the same functions, nothing is replaced
 * and nothing is counted: realtime_guard_is_active() is false.
 */

/* Whether this build counts at all. */
bool realtime_guard_is_active(void);

/* Resets the counters of the calling thread to 0 and starts counting. */
void realtime_guard_arm(void);

/* Stops counting on the calling thread. */
void realtime_guard_disarm(void);

/* Allocations and releases on the calling thread while it was armed. */
int64_t realtime_guard_allocations(void);

/* Mutexes that the calling thread locked while it was armed. */
int64_t realtime_guard_locks(void);

#endif
