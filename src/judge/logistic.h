/* Logistic regression with an L2 penalty, on standardized columns.
 *
 * Minimised is sum of weight * ln(1 + exp(-+score)) + penalty / 2 |w|^2 by
 * Nesterov's accelerated gradient; the penalty is not on the bias. What is
 * unknown is taken for the mean. SPDX-License-Identifier: MIT */
#ifndef NOTT_LOGISTIC_H
#define NOTT_LOGISTIC_H

#include "examples.h"
#include "nott/base/err.h"

/* Learns from `from`, and writes the score of each of `of`, which has as many
 * columns: the higher, the more like kind 1. ERR_MEM. */
int logistic_scores(const struct examples *from, const struct examples *of,
                    double *scores, struct err *e);

#endif
