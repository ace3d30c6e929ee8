#define _GNU_SOURCE
#include "CRealtimeGuard.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ACTIVE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ACTIVE 0
#endif
#endif
#ifndef ACTIVE
#define ACTIVE 1
#endif

/* initial-exec: accessing these must not itself allocate, which the dynamic model may do. */
#define THREAD_LOCAL static _Thread_local __attribute__((tls_model("initial-exec")))
THREAD_LOCAL bool armed;
THREAD_LOCAL int64_t allocations;
THREAD_LOCAL int64_t locks;

bool realtime_guard_is_active(void) { return ACTIVE; }

void realtime_guard_arm(void) {
    allocations = 0;
    locks = 0;
    armed = true;
}

void realtime_guard_disarm(void) { armed = false; }

int64_t realtime_guard_allocations(void) { return allocations; }

int64_t realtime_guard_locks(void) { return locks; }

#if ACTIVE

/* The C library's own names for the functions replaced here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static inline void count_allocation(void) {
    if (armed) allocations++;
}

void *malloc(size_t size) {
    count_allocation();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_allocation();
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    count_allocation();
    return __libc_realloc(block, size);
}

void free(void *block) {
    if (block) count_allocation();
    __libc_free(block);
}

void *memalign(size_t alignment, size_t size) {
    count_allocation();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
        return EINVAL;
    *block = memalign(alignment, size);
    return *block ? 0 : ENOMEM;
}

typedef int mutex_function(pthread_mutex_t *);
static mutex_function *_Atomic libc_mutex_lock;

/* Found before main; sooner if a library's own initialiser locks something. glibc's dlsym does not
 * come back here: it locks through internal names. */
__attribute__((constructor)) static mutex_function *find_mutex_lock(void) {
    libc_mutex_lock = (mutex_function *)dlsym(RTLD_NEXT, "pthread_mutex_lock");
    return libc_mutex_lock;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    mutex_function *lock = libc_mutex_lock;
    if (armed) locks++;
    return (lock ? lock : find_mutex_lock())(mutex);
}

#endif
