/* A matrix product for the shapes of recurrent networks: few rows against a
 * weight matrix, over and over. Libraries copy both operands into their own
 * order first; with 16 to 64 rows that costs up to half the time. This one
 * reads them where they lie. SPDX-License-Identifier: MIT */
#ifndef NOTT_KERNEL_H
#define NOTT_KERNEL_H

#include <stddef.h>

/* 1 if this processor has what kernel_mul needs (AVX-512), and what the
 * functions in bfloat16 need (AVX-512 BF16). */
int kernel_available(void);
int kernel_bf16_available(void);

/* c[M,N] = a b + beta c, with a[i,k] at a[i * row + k * col] (so that a
 * transposed operand is a matter of strides), b[K,N] and c row-major; beta is
 * 0 or 1. Every element is one chain of fused multiply-adds over k in rising
 * order, whatever M and N. Only after kernel_available. */
void kernel_mul(float *c, size_t ldc, const float *a, size_t row, size_t col,
                const float *b, size_t ldb, size_t M, size_t N, size_t K,
                int beta);

/* The same in bfloat16 (8 bits of mantissa), two products at a time, summed in
 * fp32. The numbers of a and b lie in pairs along k, a pair in the 32 bits of a
 * float: a[M,pairs] made by kernel_half_rows, or its transpose and b[pairs,N]
 * made by kernel_half_pairs. Subnormal numbers count as 0. */
void kernel_mul_bf16(float *c, size_t ldc, const float *a, size_t row,
                     size_t col, const float *b, size_t ldb, size_t M, size_t N,
                     size_t pairs, int beta);

/* dst[rows, (cols+1)/2] pairs along the rows of src[rows,cols], and
 * dst[(rows+1)/2, cols] pairs down its columns; rounded to nearest even, the
 * last pair of an odd number filled with 0. */
void kernel_bf16_rows(float *dst, const float *src, size_t ld, size_t rows,
                      size_t cols);
void kernel_bf16_pairs(float *dst, const float *src, size_t ld, size_t rows,
                       size_t cols);

#endif
