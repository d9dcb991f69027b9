/* Memory that runs out: makes the n-th allocation of this thread fail, alone
 * or with all after it. A test that includes this has malloc, calloc,
 * realloc and aligned_alloc replaced; they are glibc's, or those of the address
 * sanitizer. What libsmf and GLib ask for themselves never fails, for they end
 * the program then or write where they must not. SPDX-License-Identifier: MIT
 */
#ifndef FAILING_H
#define FAILING_H

#ifndef _GNU_SOURCE
#error "failing.h: define _GNU_SOURCE first"
#endif

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define FAILING_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAILING_SANITIZER 1
#endif
#endif

#if defined(FAILING_SANITIZER)
#define FAILING(f) __interceptor_##f
#elif defined(__GLIBC__)
#define FAILING(f) __libc_##f
#endif

enum failing_mode { FAIL_ONCE, FAIL_FROM_THEN_ON };

static _Thread_local struct {
    long left; /* allocations until one fails; 0 = none does */
    enum failing_mode mode;
    long failed; /* how many have failed */
} failing;

/* The n-th allocation from here on fails, n >= 1. */
static inline void failing_start(long n, enum failing_mode mode) {
    failing.left = n;
    failing.mode = mode;
    failing.failed = 0;
}

/* Ends that; returns how many have failed. */
static inline long failing_stop(void) {
    failing.left = 0;
    return failing.failed;
}

#ifdef FAILING

#define FAILING_WORKS 1

/* They are called before the sanitizer has its own memory. */
#define FAILING_PLAIN __attribute__((no_sanitize("address", "undefined")))

void *FAILING(malloc)(size_t n);
void *FAILING(calloc)(size_t n, size_t size);
void *FAILING(realloc)(void *p, size_t n);
void *FAILING(memalign)(size_t align, size_t n);

static int failing_caller_is_ours(void *caller) {
    Dl_info info;
    return !dladdr(caller, &info) || !info.dli_fname ||
           (!strstr(info.dli_fname, "libglib") &&
            !strstr(info.dli_fname, "libsmf"));
}

FAILING_PLAIN static int failing_turn(void *caller) {
    if (!failing.left || !failing_caller_is_ours(caller))
        return 0;
    if (failing.left > 1) {
        failing.left--;
        return 0;
    }
    failing.left = failing.mode == FAIL_FROM_THEN_ON;
    failing.failed++;
    errno = ENOMEM;
    return 1;
}

FAILING_PLAIN void *malloc(size_t n) {
    return failing_turn(__builtin_return_address(0)) ? NULL
                                                     : FAILING(malloc)(n);
}

FAILING_PLAIN void *calloc(size_t n, size_t size) {
    return failing_turn(__builtin_return_address(0)) ? NULL
                                                     : FAILING(calloc)(n, size);
}

FAILING_PLAIN void *realloc(void *p, size_t n) {
    return failing_turn(__builtin_return_address(0)) ? NULL
                                                     : FAILING(realloc)(p, n);
}

FAILING_PLAIN void *aligned_alloc(size_t align, size_t n) {
    return failing_turn(__builtin_return_address(0))
               ? NULL
               : FAILING(memalign)(align, n);
}

#else
#define FAILING_WORKS 0
#endif

#endif
