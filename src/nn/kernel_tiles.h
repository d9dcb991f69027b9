/* How a product is cut into tiles, for every instruction set.
 *
 * C is covered with tiles of a few rows and a few vectors of columns, whose
 * sums stay in registers while k runs: with 4 rows and 3 vectors, 3 loads of b,
 * 4 broadcasts of a and 12 multiply-adds a step, enough to keep both units of
 * a processor busy; with fewer rows there are more vectors. Tiles go down the
 * rows first, and a strip of b is taken TILES_DEPTH rows at a time, so that it
 * stays in the first-level cache (Goto & van de Geijn 2008, section 4).
 *
 * A file for an instruction set defines these and then includes this header,
 * once for each product that it makes (hence no include guard):
 *
 *   TILES                  name of the product that is made here
 *   TILES_TARGET           attribute: what the compiler may use
 *   TILES_ROWS             of the largest tile, at most 8
 *   TILES_COLS(R)          vectors of a tile of R rows, at most 8: the sums,
 *                          a line of b and one of a must fit in the registers
 *   TILES_MULTIPLY_ADD(sum, x, y)
 *   TILES_GATHER           name of the sum of rows; not for bfloat16
 *   WIDTH                  numbers in a vector; divides MAT_PANEL
 *   VECTOR, MASK           types; a mask says which numbers of a vector count
 *   FIRST(n)               the mask of the first n, 1 <= n <= WIDTH
 *   LOAD(p), STORE(p, x)
 *   LOAD_SOME(mask, p)     0 where the mask is not, and nothing read there
 *   STORE_SOME(p, mask, x) nothing written there
 *   BROADCAST(x)
 *
 * It gets static void TILES(const struct kernel_product *).
 * SPDX-License-Identifier: MIT */
#include "kernel.h"

#define TILES_PASTE2(a, b) a##_##b
#define TILES_PASTE(a, b)  TILES_PASTE2(a, b)
#define TILES_PLACE        TILES_PASTE(TILES, place)
#define TILES_ONE          TILES_PASTE(TILES, tile)
#define TILES_ANY          TILES_PASTE(TILES, any_tile)
#define TILES_PART         TILES_PASTE(TILES, part)
#define TILES_STRIP        TILES_PASTE(TILES, strip)
#define TILES_COPY         TILES_PASTE(TILES, copy)
#define TILES_INLINE       static inline __attribute__((always_inline)) TILES_TARGET
#define TILES_DEPTH        256
/* The loops over a tile must vanish, or its sums would live in memory. With a
 * sanitizer's checks around every access that would take compilers minutes. */
#ifdef IS_SANITIZED
#define TILES_UNROLL _Pragma("GCC unroll 1")
#define TILES_TWICE  _Pragma("GCC unroll 1")
#else
#define TILES_UNROLL _Pragma("GCC unroll 8")
#define TILES_TWICE  _Pragma("GCC unroll 2")
#endif

/* Where a tile is: its part of c and of a, the vectors of b that it reads, and
 * the numbers between their rows. */
struct TILES_PLACE {
    real *c;
    const real *a, *b[8];
    size_t ldc, row, col, step, K;
    int add;   /* to what c holds */
    int whole; /* or the last vector has only the columns of the mask */
    MASK last;
};

/* One tile of R rows and J vectors, constants wherever this is inlined. */
/* clang-format off */
TILES_INLINE void TILES_ONE(const struct TILES_PLACE *p, size_t R, size_t J) {
    VECTOR sum[TILES_ROWS][8], line[8];
    TILES_UNROLL
    for (size_t i = 0; i < R; i++)
        TILES_UNROLL
        for (size_t j = 0; j < J; j++) {
            const real *c = p->c + i * p->ldc + WIDTH * j;
            sum[i][j] = !p->add ? BROADCAST(0) :
                        p->whole || j + 1 < J ? LOAD(c) : LOAD_SOME(p->last, c);
        }
    const real *a = p->a, *b[8];
    const size_t row = p->row, col = p->col, step = p->step;
    TILES_UNROLL
    for (size_t j = 0; j < J; j++)
        b[j] = p->b[j];
    size_t at = 0;
    TILES_TWICE
    for (size_t k = p->K; k > 0; k--, a += col, at += step) {
        TILES_UNROLL
        for (size_t j = 0; j < J; j++)
            line[j] = LOAD(b[j] + at);
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
            real *c = p->c + i * p->ldc + WIDTH * j;
            if (p->whole || j + 1 < J)
                STORE(c, sum[i][j]);
            else
                STORE_SOME(c, p->last, sum[i][j]);
        }
}

#define TILES_CASE(R, J)                                                       \
    case R * 16 + J:                                                           \
        if (R <= TILES_ROWS && J <= TILES_COLS(R))                             \
            TILES_ONE(p, R, J);                                                \
        break;
#define TILES_CASES(R)                                                         \
    TILES_CASE(R, 1) TILES_CASE(R, 2) TILES_CASE(R, 3) TILES_CASE(R, 4)        \
    TILES_CASE(R, 5) TILES_CASE(R, 6) TILES_CASE(R, 7) TILES_CASE(R, 8)

TILES_TARGET
static void TILES_ANY(const struct TILES_PLACE *p, size_t R, size_t J) {
    switch (R * 16 + J) {
        TILES_CASES(1) TILES_CASES(2) TILES_CASES(3) TILES_CASES(4)
        TILES_CASES(5) TILES_CASES(6) TILES_CASES(7) TILES_CASES(8)
    }
}
/* clang-format on */

/* The i-th of n parts of `all`, as even as they go. */
static size_t TILES_PART(size_t all, size_t n, size_t i) {
    return all * (i + 1) / n - all * i / n;
}

/* The rows of a tile of J vectors of a right operand that lies row by row. */
TILES_TARGET
static void TILES_COPY(real *dst, const real *b, size_t ld, size_t K, size_t J,
                       int whole, MASK last) {
    for (size_t k = 0; k < K; k++, dst += WIDTH * J, b += ld) {
        for (size_t j = 0; j + 1 < J; j++)
            STORE(dst + WIDTH * j, LOAD(b + WIDTH * j));
        const real *end = b + WIDTH * (J - 1);
        STORE(dst + WIDTH * (J - 1), whole ? LOAD(end) : LOAD_SOME(last, end));
    }
}

/* The columns of c from vector x on, J vectors of them. */
TILES_TARGET
static void TILES_STRIP(const struct kernel_product *p, size_t x, size_t J) {
    _Alignas(64) real copy[TILES_DEPTH / 2 * 8 * WIDTH];
    size_t M = p->c.rows, K = p->K, from = WIDTH * x;
    size_t cols = p->c.cols - from < WIDTH * J ? p->c.cols - from : WIDTH * J;
    size_t tiles = (M + TILES_ROWS - 1) / TILES_ROWS;
    /* beside a copy, the lines of a transposed a must find room */
    size_t depth = p->ld ? TILES_DEPTH / 2 : TILES_DEPTH;
    size_t blocks = (K + depth - 1) / depth;
    struct TILES_PLACE t = {.ldc = p->c.ld,
                            .row = p->a_transposed ? 1 : p->a.ld,
                            .col = p->a_transposed ? p->a.ld : 1,
                            .step = p->ld ? WIDTH * J : MAT_PANEL,
                            .whole = cols == WIDTH * J,
                            .last = FIRST((cols - 1) % WIDTH + 1)};
    for (size_t s = 0, k = 0; s < blocks; s++, k += t.K) {
        t.K = TILES_PART(K, blocks, s);
        t.add = s > 0 || p->beta != 0;
        if (p->ld)
            TILES_COPY(copy, p->b + k * p->ld + from, p->ld, t.K, J, t.whole,
                       t.last);
        for (size_t j = 0; j < J; j++) {
            size_t at = from + WIDTH * j;
            t.b[j] = p->ld ? copy + WIDTH * j
                           : p->b + at / MAT_PANEL * MAT_PANEL * K +
                                 k * MAT_PANEL + at % MAT_PANEL;
        }
        for (size_t i = 0, y = 0; i < tiles; i++) {
            size_t R = TILES_PART(M, tiles, i);
            t.c = p->c.at + y * t.ldc + from;
            t.a = p->a.at + y * t.row + k * t.col;
            TILES_ANY(&t, R, J);
            y += R;
        }
    }
}

TILES_TARGET
static void TILES(const struct kernel_product *p) {
    size_t tiles = (p->c.rows + TILES_ROWS - 1) / TILES_ROWS;
    size_t most = (p->c.rows + tiles - 1) / tiles; /* rows of a tile */
    size_t vectors = (p->c.cols + WIDTH - 1) / WIDTH;
    size_t strips = (vectors + TILES_COLS(most) - 1) / TILES_COLS(most);
    for (size_t s = 0, x = 0; s < strips; s++) {
        size_t J = TILES_PART(vectors, strips, s);
        TILES_STRIP(p, x, J);
        x += J;
    }
}

#ifdef TILES_GATHER
#define TILES_SUM TILES_PASTE(TILES_GATHER, block)

/* J vectors of columns, from `from` on. */
/* clang-format off */
TILES_INLINE void TILES_SUM(const struct kernel_gather *g, size_t from,
                            size_t J, MASK last) {
    VECTOR sum[8];
    int whole = g->src.cols - from >= WIDTH * J;
    real *dst = g->dst + from;
    TILES_UNROLL
    for (size_t j = 0; j < J; j++)
        sum[j] = g->beta == 0 ? BROADCAST(0) :
                 whole || j + 1 < J ? LOAD(dst + WIDTH * j)
                                    : LOAD_SOME(last, dst + WIDTH * j);
    for (size_t i = 0; i < g->count; i++) {
        const real *src = g->src.at + g->row[i] * g->src.ld + from;
        VECTOR scale = BROADCAST(g->scale[i]);
        TILES_UNROLL
        for (size_t j = 0; j < J; j++) {
            VECTOR x = whole || j + 1 < J ? LOAD(src + WIDTH * j)
                                          : LOAD_SOME(last, src + WIDTH * j);
            sum[j] = TILES_MULTIPLY_ADD(sum[j], scale, x);
        }
    }
    TILES_UNROLL
    for (size_t j = 0; j < J; j++)
        if (whole || j + 1 < J)
            STORE(dst + WIDTH * j, sum[j]);
        else
            STORE_SOME(dst + WIDTH * j, last, sum[j]);
}
/* clang-format on */

TILES_TARGET
static void TILES_GATHER(const struct kernel_gather *g) {
    size_t n = g->src.cols, x = 0;
    for (; x + 8 * WIDTH <= n; x += 8 * WIDTH)
        TILES_SUM(g, x, 8, FIRST(WIDTH));
    for (; x + 4 * WIDTH <= n; x += 4 * WIDTH)
        TILES_SUM(g, x, 4, FIRST(WIDTH));
    for (; x < n; x += WIDTH)
        TILES_SUM(g, x, 1, FIRST(n - x < WIDTH ? n - x : WIDTH));
}
#undef TILES_SUM
#undef TILES_GATHER
#endif

#undef TILES_PASTE2
#undef TILES_PASTE
#undef TILES_PLACE
#undef TILES_ONE
#undef TILES_ANY
#undef TILES_PART
#undef TILES_STRIP
#undef TILES_COPY
#undef TILES_INLINE
#undef TILES_DEPTH
#undef TILES_UNROLL
#undef TILES_TWICE
#undef TILES_CASE
#undef TILES_CASES
