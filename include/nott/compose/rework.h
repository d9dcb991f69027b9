/* Which bars of a tune are played anew, while the others stand.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_REWORK_H
#define NOTT_REWORK_H

#include "nott/base/rng.h"
#include "nott/music/form.h"

struct rework {
    const char *keep;    /* letters of parts that stand, "A" or "AC"; or NULL */
    const char *rewrite; /* bars that do not, from 1: "17-32,5"; or NULL */
    double vary;         /* share of the bars that do not; or 0 */
};

/* Marks in anew[f->bars] the bars that are to be played anew; a bar that comes
 * back whole from such a bar is one, too, unless bars are named. In the form,
 * marked bars that came back from others that stand become new. ERR_USAGE when
 * it asks for what is not there, or for more than one of the three. */
int rework_bars(uint8_t anew[FORM_BARS], struct form *f,
                const struct rework *how, struct rng *rng, struct err *e);

#endif
