/* Comparing numbers within a tolerance: a value is near when it differs from
 * the wanted one by at most absolute + relative * |wanted|. NaN is near
 * nothing. A failure names the first bad index and the largest difference.
 * It brings cmocka along.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_NEAR_H
#define NOTT_NEAR_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "nott/nn/mat.h"

/* A tolerance for each number type, and tests that need the wider one. */
#ifdef REAL_IS_DOUBLE
#define IN_DOUBLE_OR_FLOAT(d, f) (d)
#define DOUBLE_ONLY()            ((void)0)
#else
#define IN_DOUBLE_OR_FLOAT(d, f) (f)
#define DOUBLE_ONLY()                                                          \
    do {                                                                       \
        print_message("needs REAL=double\n");                                  \
        skip();                                                                \
    } while (0)
#endif

struct near {
    double absolute, relative; /* tolerances */
    size_t seen, bad;
    size_t first, worst; /* indices of the first bad and the worst */
    double got, want;    /* at the first bad one */
    double difference;   /* largest */
};

static inline void near_add(struct near *n, double got, double want) {
    double difference = fabs(got - want);
    if (!(difference <= n->absolute + n->relative * fabs(want)) &&
        n->bad++ == 0) {
        n->first = n->seen;
        n->got = got;
        n->want = want;
    }
    if (difference > n->difference || isnan(difference)) {
        n->difference = difference;
        n->worst = n->seen;
    }
    n->seen++;
}

static inline void near_check(const struct near *n, const char *what,
                              const char *file, int line) {
    if (!n->bad)
        return;
    print_error("%s: %zu of %zu differ, first [%zu] = %.17g, wanted %.17g; "
                "largest difference %.3g at [%zu]\n",
                what, n->bad, n->seen, n->first, n->got, n->want, n->difference,
                n->worst);
    _fail(file, line);
}

static inline void near_numbers(const real *got, const double *want, size_t n,
                                double absolute, double relative,
                                const char *what, const char *file, int line) {
    struct near near = {.absolute = absolute, .relative = relative};
    for (size_t i = 0; i < n; i++)
        near_add(&near, (double)got[i], want[i]);
    near_check(&near, what, file, line);
}

static inline void near_reals(const real *got, const real *want, size_t n,
                              double absolute, double relative,
                              const char *what, const char *file, int line) {
    struct near near = {.absolute = absolute, .relative = relative};
    for (size_t i = 0; i < n; i++)
        near_add(&near, (double)got[i], (double)want[i]);
    near_check(&near, what, file, line);
}

static inline void near_value(double got, double want, double absolute,
                              double relative, const char *what,
                              const char *file, int line) {
    struct near near = {.absolute = absolute, .relative = relative};
    near_add(&near, got, want);
    near_check(&near, what, file, line);
}

/* got[n] of real against want[n] of double. */
#define assert_near(got, want, n, absolute, relative)                          \
    near_numbers(got, want, n, absolute, relative, #got, __FILE__, __LINE__)
/* The same, called `what` in the message. */
#define assert_near_named(what, got, want, n, absolute, relative)              \
    near_numbers(got, want, n, absolute, relative, what, __FILE__, __LINE__)
/* Both of real. */
#define assert_near_reals(got, want, n, absolute, relative)                    \
    near_reals(got, want, n, absolute, relative, #got, __FILE__, __LINE__)
#define assert_near_value(got, want, absolute, relative)                       \
    near_value(got, want, absolute, relative, #got, __FILE__, __LINE__)

#endif
