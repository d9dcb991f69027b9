/* What comes again: bars, sections, and how they differ.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_FORM_MEASURES_H
#define NOTT_FORM_MEASURES_H

#include "nott/judge/measure.h"

#define FORM_SECTIONS 4

/* The letters of the four sections of a tune of 32 bars, as "AABC". */
void form_measures_letters(const struct surface *t,
                           char letters[FORM_SECTIONS + 1]);

/* Fills in its measures; ERR_MEM. */
int form_measures_of(const struct surface *t, struct ratio out[MEASURES],
                     struct err *e);

#endif
