/* A matrix product for the shapes of recurrent networks: few rows against a
 * weight matrix, over and over. Libraries copy both operands into their own
 * order first; with 16 to 64 rows that costs up to half the time. This one
 * reads them where they lie. SPDX-License-Identifier: MIT */
#ifndef NOTT_KERNEL_H
#define NOTT_KERNEL_H

#include <stddef.h>

/* 1 if this processor has what kernel_mul needs (AVX-512). */
int kernel_available(void);

/* c[M,N] = a b + beta c, with a[i,k] at a[i * row + k * col] (so that a
 * transposed operand is a matter of strides), b[K,N] and c row-major; beta is
 * 0 or 1. Every element is one chain of fused multiply-adds over k in rising
 * order, whatever M and N. Only after kernel_available. */
void kernel_mul(float *c, size_t ldc, const float *a, size_t row, size_t col,
                const float *b, size_t ldb, size_t M, size_t N, size_t K,
                int beta);

#endif
