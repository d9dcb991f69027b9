/* Measures of one tune, against what is wanted.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_MEASURED_H
#define NOTT_MEASURED_H

#include "hear.h"
#include "nott/judge/measure.h"

static inline void check(const struct ratio *r, enum measure m, double part,
                         double whole) {
    if (fabs(r[m].part - part) > 1e-6 || r[m].whole != whole)
        fail_msg("%s: %.7g / %.7g, wanted %.7g / %.7g", measure_list[m].key,
                 r[m].part, r[m].whole, part, whole);
}

static inline void measure(const struct surface *t, struct ratio r[MEASURES]) {
    assert_ok(measure_tune(t, r, e));
}

#endif
