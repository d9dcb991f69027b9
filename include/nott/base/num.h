/* Functions of real numbers that give the same bits with every processor and C
 * library: made of sums, products and quotients in double alone, each of which
 * IEEE 754 rounds in one way. The C libraries differ in the last bit, and one
 * chooses by processor. For whatever is stored. Relative errors are below 4e-16
 * (of cos: absolute), 2^-52 being 2.2e-16.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_NUM_H
#define NOTT_NUM_H

#include <stdint.h>

/* The natural logarithm; of 0 minus infinity, of less NaN. */
double num_log(double x);

/* e to the x; 0 below the normal numbers, infinity above them. */
double num_exp(double x);

/* x to the power n. */
double num_power(double x, uint64_t n);

/* cos x, for 0 <= x <= pi. */
double num_cos(double x);

#endif
