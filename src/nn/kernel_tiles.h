/* How a product is cut into tiles, for every instruction set.
 *
 * C is covered with tiles of a few rows and a few vectors of columns, whose
 * sums stay in registers while k runs: with 8 rows and 3 vectors, 3 loads of b,
 * 8 broadcasts of a and 24 multiply-adds a step, enough to keep both units of
 * a processor busy. Tiles go down the rows first, so that their strip of b,
 * some 40 KB for 200 units, stays in the first-level cache.
 *
 * A file for an instruction set defines these and then includes this header,
 * once for each product that it makes (hence no include guard):
 *
 *   TILES                  name of the product that is made here
 *   TILES_TARGET           attribute: what the compiler may use
 *   TILES_ROWS, TILES_COLS of the largest tile: at most 8 rows, 3 vectors;
 *                          their product, and a few, must fit in the registers
 *   TILES_MULTIPLY_ADD(sum, x, y)
 *   WIDTH                  numbers in a vector
 *   VECTOR, MASK           types; a mask says which numbers of a vector count
 *   FIRST(n)               the mask of the first n, 1 <= n <= WIDTH
 *   LOAD(mask, p)          0 where the mask is not, and nothing read there
 *   STORE(p, mask, x)      nothing written there
 *   BROADCAST(x), ADD(x, y)
 *
 * It gets static void TILES(const struct kernel_product *).
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#define TILES_PASTE2(a, b) a##_##b
#define TILES_PASTE(a, b)  TILES_PASTE2(a, b)
#define TILES_ONE          TILES_PASTE(TILES, tile)
#define TILES_ANY          TILES_PASTE(TILES, any_tile)
#define TILES_PART         TILES_PASTE(TILES, part)
#define TILES_INLINE       static inline __attribute__((always_inline)) TILES_TARGET
/* The loops over a tile must vanish, or its sums would live in memory. */
#define TILES_UNROLL _Pragma("GCC unroll 8")

/* One tile of R rows and J vectors, the last of which has only the columns of
 * the mask. R and J are constants wherever this is inlined. */
/* clang-format off */
TILES_INLINE void TILES_ONE(const struct kernel_product *p, real *c,
                            const real *a, const real *b, size_t R, size_t J,
                            MASK last) {
    VECTOR sum[TILES_ROWS][TILES_COLS], line[TILES_COLS];
    TILES_UNROLL
    for (size_t i = 0; i < R; i++)
        TILES_UNROLL
        for (size_t j = 0; j < J; j++)
            sum[i][j] = BROADCAST(0);
    const size_t row = p->a_transposed ? 1 : p->a.ld;
    const size_t col = p->a_transposed ? p->a.ld : 1, ldb = p->b.ld;
    for (size_t k = p->b.rows; k > 0; k--, a += col, b += ldb) {
        TILES_UNROLL
        for (size_t j = 0; j < J; j++)
            line[j] = LOAD(j + 1 < J ? FIRST(WIDTH) : last, b + WIDTH * j);
        TILES_UNROLL
        for (size_t i = 0; i < R; i++) {
            VECTOR one = BROADCAST(a[i * row]);
            TILES_UNROLL
            for (size_t j = 0; j < J; j++)
                sum[i][j] = TILES_MULTIPLY_ADD(sum[i][j], one, line[j]);
        }
    }
    TILES_UNROLL
    for (size_t i = 0; i < R; i++)
        TILES_UNROLL
        for (size_t j = 0; j < J; j++) {
            MASK mask = j + 1 < J ? FIRST(WIDTH) : last;
            real *to = c + i * p->c.ld + WIDTH * j;
            if (p->beta != 0)
                sum[i][j] = ADD(sum[i][j], LOAD(mask, to));
            STORE(to, mask, sum[i][j]);
        }
}

#define TILES_CASE(R, J)                                                       \
    case R * 4 + J:                                                            \
        if (R <= TILES_ROWS && J <= TILES_COLS)                                \
            TILES_ONE(p, c, a, b, R, J, last);                                 \
        break;
#define TILES_CASES(R) TILES_CASE(R, 1) TILES_CASE(R, 2) TILES_CASE(R, 3)

TILES_TARGET
static void TILES_ANY(const struct kernel_product *p, real *c, const real *a,
                      const real *b, size_t R, size_t J, MASK last) {
    switch (R * 4 + J) {
        TILES_CASES(1) TILES_CASES(2) TILES_CASES(3) TILES_CASES(4)
        TILES_CASES(5) TILES_CASES(6) TILES_CASES(7) TILES_CASES(8)
    }
}
/* clang-format on */

/* The i-th of n parts of `all`, as even as they go. */
static size_t TILES_PART(size_t all, size_t n, size_t i) {
    return all * (i + 1) / n - all * i / n;
}

TILES_TARGET
static void TILES(const struct kernel_product *p) {
    size_t vectors = (p->c.cols + WIDTH - 1) / WIDTH;
    size_t strips = (vectors + TILES_COLS - 1) / TILES_COLS;
    size_t tiles = (p->c.rows + TILES_ROWS - 1) / TILES_ROWS;
    size_t tail = (p->c.cols - 1) % WIDTH + 1;
    size_t row = p->a_transposed ? 1 : p->a.ld;
    for (size_t s = 0, x = 0; s < strips; s++) {
        size_t J = TILES_PART(vectors, strips, s);
        MASK last = FIRST(s + 1 < strips ? WIDTH : tail);
        for (size_t t = 0, y = 0; t < tiles; t++) {
            size_t R = TILES_PART(p->c.rows, tiles, t);
            TILES_ANY(p, p->c.at + y * p->c.ld + WIDTH * x, p->a.at + y * row,
                      p->b.at + WIDTH * x, R, J, last);
            y += R;
        }
        x += J;
    }
}

#undef TILES_PASTE2
#undef TILES_PASTE
#undef TILES_ONE
#undef TILES_ANY
#undef TILES_PART
#undef TILES_INLINE
#undef TILES_UNROLL
#undef TILES_CASE
#undef TILES_CASES
