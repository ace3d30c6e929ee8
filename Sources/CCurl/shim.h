// libcurl, which is loaded when the first webhook is called: it brings along thirty libraries, with
// which every start of the programs would take 10 ms longer and 6 MB more.
//
// curl_easy_setopt and curl_easy_getinfo take arguments of any type, so Swift cannot call them.
// Here is a function for each type that is needed. (The macros of the same names check types, and
// hide the functions.)
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdbool.h>

typedef int (*curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

// The functions of the library.
struct curl_library {
    void *global_init, *init, *cleanup, *perform, *setopt, *getinfo, *strerror, *append, *free_all;
};

// Loads the library. False if it cannot be, or lacks a function.
static inline bool curl_load(struct curl_library *library) {
    void *file = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (file == NULL) return false;
    library->global_init = dlsym(file, "curl_global_init");
    library->init = dlsym(file, "curl_easy_init");
    library->cleanup = dlsym(file, "curl_easy_cleanup");
    library->perform = dlsym(file, "curl_easy_perform");
    library->setopt = dlsym(file, "curl_easy_setopt");
    library->getinfo = dlsym(file, "curl_easy_getinfo");
    library->strerror = dlsym(file, "curl_easy_strerror");
    library->append = dlsym(file, "curl_slist_append");
    library->free_all = dlsym(file, "curl_slist_free_all");
    return library->global_init && library->init && library->cleanup && library->perform
        && library->setopt && library->getinfo && library->strerror && library->append
        && library->free_all;
}

static inline CURLcode curl_begin(struct curl_library library) {
    return ((CURLcode(*)(long))library.global_init)(CURL_GLOBAL_DEFAULT);
}

static inline CURL *curl_new(struct curl_library library) {
    return ((CURL * (*)(void)) library.init)();
}

static inline void curl_end(struct curl_library library, CURL *handle) {
    ((void (*)(CURL *))library.cleanup)(handle);
}

static inline CURLcode curl_transfer(struct curl_library library, CURL *handle) {
    return ((CURLcode(*)(CURL *))library.perform)(handle);
}

static inline const char *curl_words(struct curl_library library, CURLcode code) {
    return ((const char *(*)(CURLcode))library.strerror)(code);
}

static inline struct curl_slist *curl_longer(
    struct curl_library library, struct curl_slist *list, const char *line) {
    typedef struct curl_slist *(*append)(struct curl_slist *, const char *);
    return ((append)library.append)(list, line);
}

static inline void curl_free_list(struct curl_library library, struct curl_slist *list) {
    ((void (*)(struct curl_slist *))library.free_all)(list);
}

typedef CURLcode (*curl_setopt_function)(CURL *, CURLoption, ...);
typedef CURLcode (*curl_getinfo_function)(CURL *, CURLINFO, ...);

static inline CURLcode curl_set_number(
    struct curl_library library, CURL *handle, CURLoption option, long value) {
    return ((curl_setopt_function)library.setopt)(handle, option, value);
}

static inline CURLcode curl_set_size(
    struct curl_library library, CURL *handle, CURLoption option, curl_off_t value) {
    return ((curl_setopt_function)library.setopt)(handle, option, value);
}

// What is pointed at is copied, if it is a string.
static inline CURLcode curl_set_pointer(
    struct curl_library library, CURL *handle, CURLoption option, const void *value) {
    return ((curl_setopt_function)library.setopt)(handle, option, value);
}

static inline CURLcode curl_set_writer(
    struct curl_library library, CURL *handle, curl_write_callback writer) {
    return ((curl_setopt_function)library.setopt)(handle, CURLOPT_WRITEFUNCTION, writer);
}

static inline CURLcode curl_set_progress(
    struct curl_library library, CURL *handle, curl_progress progress) {
    return ((curl_setopt_function)library.setopt)(handle, CURLOPT_XFERINFOFUNCTION, progress);
}

static inline CURLcode curl_get_number(
    struct curl_library library, CURL *handle, CURLINFO info, long *value) {
    return ((curl_getinfo_function)library.getinfo)(handle, info, value);
}

static inline CURLcode curl_get_text(
    struct curl_library library, CURL *handle, CURLINFO info, const char **value) {
    return ((curl_getinfo_function)library.getinfo)(handle, info, value);
}
