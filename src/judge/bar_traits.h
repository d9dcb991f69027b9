/* Traits of bars, beside each other (traits.h): each function fills in a row,
 * and what says nothing is NaN there before. SPDX-License-Identifier: MIT */
#ifndef NOTT_BAR_TRAITS_H
#define NOTT_BAR_TRAITS_H

#include "nott/data/surface.h"
#include "nott/judge/measure.h"

#define BAR_LAGS 8

extern const int bar_traits_lags[BAR_LAGS]; /* 1, 2, 3, 4, 6, 8, 12, 16 */

/* Share of bars that have the rhythm of the bar so many before; its melody;
 * 30 % of its steps or more, but not all; mean share of steps; share of bars
 * that have all its notes, three or more, as far up or down. A row for each,
 * lag by lag. */
enum { BAR_RHYTHM, BAR_MELODY, BAR_PARTLY, BAR_STEPS, BAR_SEQUENCE, BAR_LIKE };
void bar_traits_likenesses(const struct surface *t,
                           double out[BAR_LIKE * BAR_LAGS]);

/* Share of distinct rhythms of bars, and of the commonest. */
void bar_traits_rhythms(const struct surface *t, double out[2]);

/* Notes in the bars with which phrases end. */
void bar_traits_end_notes(const struct surface *t, double out[MEASURE_ENDS]);

#endif
