/* Boosted stumps: a sum of many questions "is this column less than that?",
 * each with two answers, chosen one after the other by Newton's step on the
 * logistic loss (Friedman 2001; Chen & Guestrin 2016). Who is unknown in a
 * column is not asked about it. SPDX-License-Identifier: MIT */
#ifndef NOTT_STUMPS_H
#define NOTT_STUMPS_H

#include "examples.h"
#include "nott/base/err.h"

/* As logistic_scores. ERR_MEM. */
int stumps_scores(const struct examples *from, const struct examples *of,
                  double *scores, struct err *e);

#endif
