// Lets writes fail with EIO, as on a disk that is breaking: for LD_PRELOAD, on glibc.
//
// IO_ERRORS_FOLDER  only files below it are touched (a path without symbolic links)
// IO_ERRORS_RATE    a file of 4 bytes, a native int: how many of a million calls fail at present;
//                   it may be written to at any time
// IO_ERRORS_SEED    a number; the same one draws the same numbers
//
// A call that fails does nothing at all: what was written before stays, as in the cache of the
// kernel, and what is under test is whether the error is heeded.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *folder;
static volatile const int *rate;
static atomic_uint_fast64_t state;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("IO_ERRORS_RATE");
    const char *seed = getenv("IO_ERRORS_SEED");
    folder = getenv("IO_ERRORS_FOLDER");
    if (folder == NULL || path == NULL || seed == NULL) return;
    atomic_store(&state, strtoull(seed, NULL, 10));
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *page = mmap(NULL, sizeof(int), PROT_READ, MAP_SHARED, file, 0);
    if (file < 0 || page == MAP_FAILED) {
        fprintf(stderr, "io_errors: %s: %s\n", path, strerror(errno));
        abort();
    }
    close(file);
    rate = page;
}

// SplitMix64.
static uint64_t draw(void) {
    uint64_t z = atomic_fetch_add(&state, 0x9E3779B97F4A7C15u) + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static bool is_below_folder(int file) {
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path);
    size_t wanted = strlen(folder);
    return length > (ssize_t)wanted && memcmp(path, folder, wanted) == 0 && path[wanted] == '/';
}

static bool fails(int file) {
    int before = errno;
    bool is_drawn = rate != NULL && *rate > 0 && draw() % 1000000 < (uint64_t)*rate;
    bool result = is_drawn && is_below_folder(file);
    errno = result ? EIO : before;
    return result;
}

#define FAILING(result, name, parameters, arguments)                     \
    result name parameters {                                             \
        static result(*_Atomic next) parameters;                         \
        if (next == NULL) next = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
        return fails(file) ? -1 : next arguments;                        \
    }

FAILING(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count))
FAILING(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t offset),
        (file, bytes, count, offset))
FAILING(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t offset),
        (file, bytes, count, offset))
FAILING(int, fsync, (int file), (file))
FAILING(int, fdatasync, (int file), (file))
FAILING(int, ftruncate, (int file, off_t length), (file, length))
FAILING(int, ftruncate64, (int file, off64_t length), (file, length))
