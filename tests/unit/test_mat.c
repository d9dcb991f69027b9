/* Matrix products of every kernel that there is here, against a plain triple
 * loop in double, and ours against the plain one bit for bit.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nn/kernel.h"
#include "nott/base/rng.h"

#define UNIT      IN_DOUBLE_OR_FLOAT(2.3e-16, 1.2e-7) /* one ulp of 1 */
#define UNTOUCHED ((real)777)
#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* The kernel that the tests of a group are about. */
static const struct kernel *kernel;

static int is_blas(const struct kernel *k) {
    return strcmp(k->name, "blas") == 0;
}

/* ---- operands ---- */

/* Numbers in -1..1; matrices begin here and there among them. */
static real random_numbers[100003];

static int make_numbers(void **state) {
    (void)state;
    struct rng rng;
    rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < LENGTH(random_numbers); i++)
        random_numbers[i] = (real)(2 * rng_uniform(&rng) - 1);
    return 0;
}

static real *room_for(size_t n) {
    real *p = malloc((n ? n : 1) * sizeof *p);
    assert_non_null(p);
    return p;
}

/* Of random numbers, also in the gaps after the rows; nothing lies after the
 * last row. */
static struct mat random_mat(size_t rows, size_t cols, size_t gap,
                             size_t *next) {
    size_t ld = cols + gap, n = (rows - 1) * ld + cols;
    real *at = room_for(n);
    for (size_t done = 0; done < n;) {
        size_t from = (*next += 7919) % LENGTH(random_numbers);
        size_t left = LENGTH(random_numbers) - from;
        size_t some = n - done < left ? n - done : left;
        memcpy(at + done, random_numbers + from, some * sizeof *at);
        done += some;
    }
    return (struct mat){at, rows, cols, ld};
}

/* All of it `value`, the gaps too. */
static struct mat even_mat(size_t rows, size_t cols, size_t gap, real value) {
    size_t ld = cols + gap;
    real *at = room_for(rows * ld);
    for (size_t i = 0; i < rows * ld; i++)
        at[i] = value;
    return (struct mat){at, rows, cols, ld};
}

static struct mat copy_mat(struct mat m) {
    real *at = room_for(m.rows * m.ld);
    memcpy(at, m.at, m.rows * m.ld * sizeof *at);
    return (struct mat){at, m.rows, m.cols, m.ld};
}

static void copy_numbers(struct mat to, struct mat from) {
    for (size_t i = 0; i < to.rows; i++)
        memcpy(to.at + i * to.ld, from.at + i * from.ld,
               to.cols * sizeof *to.at);
}

/* In panels as mat.h says, the last one filled with 0. */
static real *lay_in_panels(struct mat m) {
    size_t panels = mat_panels_count(m.cols);
    real *at = room_for(panels * MAT_PANEL * m.rows), *next = at;
    for (size_t p = 0; p < panels; p++)
        for (size_t k = 0; k < m.rows; k++)
            for (size_t j = p * MAT_PANEL; j < (p + 1) * MAT_PANEL; j++)
                *next++ = j < m.cols ? m.at[k * m.ld + j] : 0;
    return at;
}

struct shape {
    size_t M, N, K;
};

/* How a product is made. */
struct way {
    int transposed; /* a is a[K,M] and aᵀ b is made */
    int panels;     /* b lies in panels, or else row by row */
    int beta;
};

#define WAYS 8

static struct way way_of(int number) {
    return (struct way){number & 1, number >> 1 & 1, number >> 2 & 1};
}

/* What a product works on. b is some of the columns of a wider matrix; c is
 * followed by gaps that must stay. */
struct operands {
    struct shape s;
    struct way how;
    struct mat a, wide, b, c, old;
    size_t from; /* the first column of b, of a panel too */
    real *panels;
};

static void make_operands(struct operands *o, struct shape s, struct way how) {
    size_t turn = s.M + s.N + s.K, gap = turn % 4, next = turn;
    *o = (struct operands){.s = s, .how = how, .from = turn % 3 * MAT_PANEL};
    o->a = random_mat(how.transposed ? s.K : s.M, how.transposed ? s.M : s.K,
                      gap, &next);
    o->wide = random_mat(s.K, o->from + s.N + turn % 5 * 5, 0, &next);
    o->b = mat_cols(o->wide, o->from, s.N);
    o->panels = lay_in_panels(o->wide);
    o->c = even_mat(s.M, s.N, 3 * gap, UNTOUCHED);
    struct mat old =
        how.beta ? random_mat(s.M, s.N, 0, &next)
                 : even_mat(s.M, s.N, 0, (real)NAN); /* not to be read */
    copy_numbers(o->c, old);
    free(old.at);
    o->old = copy_mat(o->c);
}

static void free_operands(struct operands *o) {
    free(o->a.at);
    free(o->wide.at);
    free(o->panels);
    free(o->c.at);
    free(o->old.at);
}

static struct kernel_product product_of(const struct operands *o) {
    struct kernel_product p = {.c = o->c,
                               .a = mat_read(o->a),
                               .a_transposed = o->how.transposed,
                               .b = o->b.at,
                               .K = o->s.K,
                               .ld = o->b.ld,
                               .beta = (real)o->how.beta};
    if (o->how.panels) {
        struct mat_panels all = {o->panels, o->s.K, o->wide.cols, 0};
        p.b = mat_panels_cols(all, o->from, o->s.N).at;
        p.ld = 0;
    }
    return p;
}

/* ---- products ---- */

/* Element i, j < N of beta old + a b, or aᵀ b, in double. */
static double exact(const struct operands *o, size_t i, size_t j) {
    size_t row = o->how.transposed ? 1 : o->a.ld;
    size_t col = o->how.transposed ? o->a.ld : 1;
    double sum = o->how.beta ? (double)o->old.at[i * o->old.ld + j] : 0;
    for (size_t k = 0; k < o->s.K; k++)
        sum += (double)o->a.at[i * row + k * col] *
               (double)o->b.at[k * o->b.ld + j];
    return sum;
}

/* c against that; its gaps must not have changed. Returns the sum of the
 * squares of the differences. */
static double check_product(const struct operands *o, double tolerance) {
    struct near near = {.absolute = tolerance};
    double squares = 0;
    for (size_t i = 0; i < o->s.M; i++)
        for (size_t j = 0; j < o->c.ld; j++) {
            double want = j < o->s.N ? exact(o, i, j) : (double)UNTOUCHED;
            double got = (double)o->c.at[i * o->c.ld + j];
            near_add(&near, got, want);
            squares += (got - want) * (got - want);
        }
    if (near.bad)
        print_error("rows %zu, columns %zu, K %zu%s%s, beta %d\n", o->s.M,
                    o->s.N, o->s.K, o->how.transposed ? ", transposed" : "",
                    o->how.panels ? ", in panels" : "", o->how.beta);
    near_check(&near, "product", __FILE__, __LINE__);
    return squares;
}

static double tolerance_of(size_t K) {
    return 2 * UNIT * ((double)K + 2);
}

/* By `kernel`, and if it is ours, the same bits as by the plain one. */
static void check_kernel(struct shape s, struct way how) {
    struct operands o;
    if (how.panels && is_blas(kernel))
        return; /* it has an order of its own */
    make_operands(&o, s, how);
    struct kernel_product p = product_of(&o);
    kernel->multiply(&p);
    check_product(&o, tolerance_of(s.K));
    p.c = o.old;
    kernel_plain.multiply(&p);
    if (!is_blas(kernel))
        assert_memory_equal(o.c.at, o.old.at, s.M * o.c.ld * sizeof(real));
    free_operands(&o);
}

/* Tiles of all sizes, and all that is left over at the edges. */
static void test_tiles(void **state) {
    (void)state;
    static const size_t K[] = {1, 2, 7};
    for (size_t M = 1; M <= 17; M++)
        for (size_t N = 1; N <= 65; N++)
            for (int way = 0; way < WAYS; way++)
                for (size_t k = 0; k < LENGTH(K); k++)
                    check_kernel((struct shape){M, N, K[k]}, way_of(way));
}

/* Sums that are longer than what a tile takes at a time. */
static void test_depth(void **state) {
    (void)state;
    static const size_t K[] = {127, 128, 129, 255, 256, 257, 300, 700};
    static const struct shape shapes[] = {{1, 1, 0},  {1, 65, 0}, {3, 17, 0},
                                          {4, 24, 0}, {5, 33, 0}, {8, 16, 0},
                                          {9, 40, 0}, {17, 7, 0}};
    for (size_t i = 0; i < LENGTH(shapes); i++)
        for (size_t k = 0; k < LENGTH(K); k++)
            for (int way = 0; way < WAYS; way++)
                check_kernel((struct shape){shapes[i].M, shapes[i].N, K[k]},
                             way_of(way));
}

static const struct shape large[] = {
    {17, 13, 19}, {64, 33, 65},  {2, 150, 301}, {129, 3, 31}, {31, 129, 7},
    {1, 200, 40}, {100, 100, 9}, {3, 131, 64},  {66, 70, 130}};

static void test_large(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(large); i++)
        for (int way = 0; way < WAYS; way++)
            check_kernel(large[i], way_of(way));
}

/* ---- what mat.h makes of it ---- */

static enum mat_backend backend_of(const struct kernel *of) {
    int k = MAT_BLAS;
    while (mat_backend_names[k] && strcmp(mat_backend_names[k], of->name) != 0)
        k++;
    assert_non_null(mat_backend_names[k]);
    return (enum mat_backend)k;
}

static int use_kernel(void **state) {
    (void)state;
    assert_int_equal(mat_use(backend_of(kernel), NULL), 0);
    assert_string_equal(mat_name(), kernel->name);
    return 0;
}

/* b laid by mat.h, and some of its columns taken. */
static void mul(struct operands *o) {
    real *laid = room_for(mat_panels_size(o->s.K, o->wide.cols));
    mat_panels_fill(laid, mat_read(o->wide), 0, 0,
                    mat_panels_count(o->wide.cols));
    struct mat_panels all = mat_panels_of(laid, o->s.K, o->wide.cols);
    mat_mul(o->c, mat_read(o->a), mat_panels_cols(all, o->from, o->s.N),
            (real)o->how.beta);
    free(laid);
}

static void test_mul(void **state) {
    (void)state;
    for (size_t i = 0; i < LENGTH(large); i++)
        for (int way = 0; way < WAYS; way++) {
            struct operands o;
            make_operands(&o, large[i], way_of(way));
            if (o.how.transposed)
                mat_mul_tn(o.c, mat_read(o.a), mat_read(o.b), (real)o.how.beta);
            else
                mul(&o);
            check_product(&o, tolerance_of(o.s.K));
            free_operands(&o);
        }
}

/* What mat_panels_fill makes of m, or of its transpose. */
static real *want_panels(struct mat m, int transposed, size_t size) {
    struct mat t = m;
    real *want = room_for(size);
    for (size_t i = 0; i < size; i++)
        want[i] = UNTOUCHED;
    if (transposed) {
        t = even_mat(m.cols, m.rows, 0, 0);
        for (size_t i = 0; i < t.rows; i++)
            for (size_t j = 0; j < t.cols; j++)
                t.at[i * t.ld + j] = m.at[j * m.ld + i];
    }
    if (is_blas(kernel)) { /* row by row */
        copy_numbers((struct mat){want, t.rows, t.cols, t.cols}, t);
    } else {
        real *laid = lay_in_panels(t);
        memcpy(want, laid,
               mat_panels_count(t.cols) * MAT_PANEL * t.rows * sizeof *want);
        free(laid);
    }
    if (transposed)
        free(t.at);
    return want;
}

/* Panels 0 .. parts-1 and so on, the last ones first. */
static void fill_in_parts(real *dst, struct mat_view src, int transposed,
                          size_t panels, size_t parts) {
    for (size_t i = parts; i-- > 0;)
        mat_panels_fill(dst, src, transposed, panels * i / parts,
                        panels * (i + 1) / parts);
}

static void check_fill(size_t rows, size_t cols, int transposed) {
    size_t next = rows + cols;
    struct mat m = random_mat(rows, cols, (rows + cols) % 3, &next);
    size_t wide = transposed ? rows : cols;
    size_t deep = transposed ? cols : rows;
    size_t size = mat_panels_size(deep, wide), n = mat_panels_count(wide);
    real *want = want_panels(m, transposed, size);
    for (size_t parts = 1; parts <= n; parts++) {
        struct mat got = even_mat(1, size, 0, UNTOUCHED);
        fill_in_parts(got.at, mat_read(m), transposed, n, parts);
        assert_memory_equal(got.at, want, size * sizeof *want);
        free(got.at);
    }
    free(want);
    free(m.at);
}

static void test_panels_fill(void **state) {
    (void)state;
    static const size_t rows[] = {1, 2, 15, 16, 17, 33, 50, 64};
    for (size_t i = 0; i < LENGTH(rows); i++)
        for (size_t cols = 1; cols <= 70; cols++) {
            check_fill(rows[i], cols, 0);
            check_fill(rows[i], cols, 1);
        }
}

/* Their sizes are in whole cache lines, and no smaller than what lies there. */
static void test_panels_size(void **state) {
    (void)state;
    for (size_t rows = 1; rows < 20; rows++)
        for (size_t cols = 1; cols < 50; cols++) {
            size_t n = mat_panels_size(rows, cols), p = mat_panels_count(cols);
            assert_true(p * MAT_PANEL >= cols && (p - 1) * MAT_PANEL < cols);
            assert_true(n >= rows * p * MAT_PANEL &&
                        n * sizeof(real) % 64 == 0);
            assert_true(n < rows * p * MAT_PANEL + 64 / sizeof(real));
        }
}

/* ---- sums of rows ---- */

enum { SOURCE = 9 };

static const uint32_t gathered[] = {8, 0, 3, 3, 7, 0, 5, 2, 8, 8, 1, 6};

static void check_gather(size_t n, size_t count, int beta) {
    size_t next = n + count;
    struct mat src = random_mat(SOURCE, n, n % 4, &next);
    struct mat dst = even_mat(1, n, 5, UNTOUCHED), scale, plain;
    struct mat old = beta ? random_mat(1, n, 0, &next)
                          : even_mat(1, n, 0, (real)NAN); /* not read */
    copy_numbers(dst, old);
    plain = copy_mat(dst);
    scale = random_mat(1, LENGTH(gathered), 0, &next);
    mat_gather(dst.at, mat_read(src), gathered, scale.at, count, (real)beta);
    kernel_plain.gather(&(struct kernel_gather){
        plain.at, mat_read(src), gathered, scale.at, count, (real)beta});
    assert_memory_equal(dst.at, plain.at, dst.ld * sizeof(real));
    struct near near = {.absolute = tolerance_of(count)};
    for (size_t j = 0; j < dst.ld; j++) {
        double want = j >= n ? (double)UNTOUCHED : beta ? (double)old.at[j] : 0;
        for (size_t i = 0; i < count && j < n; i++)
            want +=
                (double)scale.at[i] * (double)src.at[gathered[i] * src.ld + j];
        near_add(&near, (double)dst.at[j], want);
    }
    near_check(&near, "gather", __FILE__, __LINE__);
    free(src.at), free(dst.at), free(old.at), free(plain.at), free(scale.at);
}

/* Whoever multiplies. */
static void test_gather(void **state) {
    (void)state;
    for (size_t n = 1; n <= 300; n++)
        for (size_t count = 0; count <= LENGTH(gathered);
             count += count < 3 ? 1 : 3)
            check_gather(n, count, 0), check_gather(n, count, 1);
}

static void test_add_rows(void **state) {
    (void)state;
    for (size_t s = 0; s < LENGTH(large); s++) {
        size_t next = s, n = large[s].N;
        struct mat a = random_mat(large[s].M, n, s % 3, &next);
        struct mat sum = even_mat(1, n, 1, UNTOUCHED), want;
        struct mat old = random_mat(1, n, 0, &next); /* it counts */
        copy_numbers(sum, old);
        want = copy_mat(sum);
        for (size_t i = 0; i < a.rows; i++)
            for (size_t j = 0; j < n; j++)
                want.at[j] += a.at[i * a.ld + j];
        mat_add_rows(sum.at, mat_read(a));
        assert_memory_equal(sum.at, want.at, (n + 1) * sizeof(real));
        free(a.at), free(sum.at), free(want.at), free(old.at);
    }
}

/* ---- memory ---- */

/* Zeros from a cache line on, also of more than a large page. */
static void test_new(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 17, 100000, 1500001};
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        real *x = mat_new(sizes[i]);
        assert_non_null(x);
        assert_true((uintptr_t)x % 64 == 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_true(x[j] == 0);
        free(x);
    }
}

/* ---- the definition ---- */

static real multiply_add(real x, real y, real sum) {
    return IN_DOUBLE_OR_FLOAT(fma, fmaf)(x, y, sum);
}

/* The plain one is the definition: one chain in rising order from the old
 * number, or from 0. In any other order these sums are others. */
static void test_plain_is_a_chain(void **state) {
    (void)state;
    enum { LONG = 50 };
    size_t next = 0, down_differs = 0, last_differs = 0;
    for (int n = 0; n < 40; n++) {
        struct mat a = random_mat(1, LONG, 0, &next);
        struct mat b = random_mat(LONG, 1, 0, &next);
        real old = n % 2 ? (real)0.7 : 0, c = old, up = old, down = old;
        real last = 0;
        for (size_t k = 0; k < LONG; k++) {
            up = multiply_add(a.at[k], b.at[k], up);
            last = multiply_add(a.at[k], b.at[k], last);
            down = multiply_add(a.at[LONG - 1 - k], b.at[LONG - 1 - k], down);
        }
        kernel_plain.multiply(&(struct kernel_product){.c = mat_of(&c, 1, 1),
                                                       .a = mat_read(a),
                                                       .b = b.at,
                                                       .K = LONG,
                                                       .ld = 1,
                                                       .beta = n % 2});
        assert_true(c == up);
        down_differs += c != down;
        last_differs += c != last + old;
        free(a.at), free(b.at);
    }
    assert_true(down_differs > 0 && last_differs > 0);
}

/* ---- in bfloat16 ---- */

/* To whole numbers of few bits, of which bfloat16 loses nothing. */
static void make_whole(struct mat m) {
    for (size_t i = 0; i < m.rows; i++)
        for (size_t j = 0; j < m.cols; j++) {
            real *x = &m.at[i * m.ld + j];
            *x = (real)floor(8 * (double)*x + 0.5);
        }
}

/* The pairs of b as panels, laid in two parts, from however b lies. */
static real *lay_pairs(const struct operands *o) {
    size_t panels = mat_panels_count(o->wide.cols);
    real *laid = room_for(mat_panels_size(o->s.K, o->wide.cols));
    real *pairs = room_for(mat_panels_size((o->s.K + 1) / 2, o->wide.cols));
    mat_panels_fill(laid, mat_read(o->wide), 0, 0, panels);
    struct mat_panels src = mat_panels_of(laid, o->s.K, o->wide.cols);
    mat_bf16_panels_fill(pairs, src, panels / 2, panels);
    mat_bf16_panels_fill(pairs, src, 0, panels / 2);
    free(laid);
    return pairs;
}

static void bf16_multiply(struct operands *o) {
    size_t pairs = (o->s.K + 1) / 2;
    real *left = room_for(o->s.M * pairs);
    if (o->how.transposed) {
        real *right = room_for(pairs * o->wide.cols);
        mat_bf16_pairs(left, mat_read(o->a));
        mat_bf16_pairs(right, mat_read(o->wide));
        mat_mul_tn_bf16(o->c, mat_view_of(left, pairs, o->s.M),
                        mat_view_cols(mat_view_of(right, pairs, o->wide.cols),
                                      o->from, o->s.N),
                        (real)o->how.beta);
        free(right);
    } else {
        real *right = lay_pairs(o);
        struct mat_panels b = mat_bf16_panels_of(right, o->s.K, o->wide.cols);
        mat_mul_bf16(o->c, mat_bf16_rows(left, mat_read(o->a)),
                     mat_panels_cols(b, o->from, o->s.N), (real)o->how.beta);
        free(right);
    }
    free(left);
}

static void check_bf16(struct shape s, struct way how, int whole) {
    struct operands o;
    make_operands(&o, s, how);
    if (whole) {
        make_whole(o.a), make_whole(o.wide);
        make_whole(o.c), make_whole(o.old);
    }
    bf16_multiply(&o);
    /* two factors below 1, each off by at most a part in 2^9 */
    double squares = check_product(&o, whole ? 0 : (double)s.K / 256);
    /* rounding errors are as often up as down */
    assert_true(sqrt(squares / (double)(s.M * s.N)) <
                0.004 * sqrt((double)s.K));
    free_operands(&o);
}

static void skip_without_bf16(void) {
    if (!mat_bf16_available()) {
        print_message("this processor cannot multiply in bfloat16\n");
        skip();
    }
}

/* While others multiply, too, which lay their panels otherwise. */
static void test_bf16(void **state) {
    (void)state;
    skip_without_bf16();
    for (int whole = 0; whole < 2; whole++)
        for (int way = 0; way < WAYS; way++) {
            if (way_of(way).panels)
                continue; /* transposed: never, and else always */
            for (size_t i = 0; i < LENGTH(large); i++)
                check_bf16(large[i], way_of(way), whole);
            for (size_t n = 1; n <= 40; n++)
                check_bf16((struct shape){n % 9 + 1, n, 2 * n + n % 2},
                           way_of(way), whole);
        }
}

/* Rows may be made into pairs in parts that begin at even rows. */
static void test_bf16_pairs_in_parts(void **state) {
    (void)state;
    skip_without_bf16();
    size_t next = 0;
    for (size_t rows = 1; rows < 12; rows++) {
        size_t pairs = (rows + 1) / 2, cols = 3 * rows;
        struct mat m = random_mat(rows, cols, 2, &next);
        struct mat whole = even_mat(pairs, cols, 0, 0);
        struct mat parts = even_mat(pairs, cols, 0, 0);
        mat_bf16_pairs(whole.at, mat_read(m));
        size_t cut = pairs / 2;
        mat_bf16_pairs(parts.at + cut * cols,
                       mat_view_rows(mat_read(m), 2 * cut, rows - 2 * cut));
        mat_bf16_pairs(parts.at, mat_view_rows(mat_read(m), 0, 2 * cut));
        assert_memory_equal(parts.at, whole.at, pairs * cols * sizeof(real));
        free(m.at), free(whole.at), free(parts.at);
    }
}

/* ---- who multiplies ---- */

static int is_ours_and_fast(const struct kernel *k) {
    return !is_blas(k) && k != &kernel_plain;
}

/* What there is not is refused by name, and what was in use stays. */
static void test_use(void **state) {
    (void)state;
    for (size_t i = 0; kernel_list[i]; i++) {
        struct err e = {0};
        const char *name = kernel_list[i]->name;
        int can = kernel_list[i]->available();
        mat_use(MAT_PLAIN, NULL);
        assert_int_equal(mat_use(backend_of(kernel_list[i]), &e), can ? 0 : -1);
        assert_string_equal(mat_name(), can ? name : "plain");
        assert_int_equal(e.code, can ? ERR_NONE : ERR_USAGE);
        if (!can)
            assert_non_null(strstr(e.text, name));
    }
    assert_true(strlen(mat_blas_version()) > 0);
}

/* AUTO takes the first of the list that there is; KERNEL the same, or nothing,
 * but never the BLAS or the plain one. */
static void test_selection(void **state) {
    (void)state;
    struct err e = {0};
    const char *first = NULL;
    int kernels = 0;
    for (size_t i = 0; kernel_list[i]; i++) {
        if (!kernel_list[i]->available())
            continue;
        first = first ? first : kernel_list[i]->name;
        kernels += is_ours_and_fast(kernel_list[i]);
    }
    assert_int_equal(mat_use(MAT_AUTO, NULL), 0);
    assert_string_equal(mat_name(), first);
    mat_use(MAT_PLAIN, NULL);
    assert_int_equal(mat_use(MAT_KERNEL, &e), kernels ? 0 : -1);
    assert_string_equal(mat_name(), kernels ? first : "plain");
    assert_int_equal(e.code, kernels ? ERR_NONE : ERR_USAGE);
    if (!kernels)
        assert_string_equal(first, "blas");
}

/* The fastest first: all kernels, then the BLAS, then the plain one. */
static void test_list(void **state) {
    (void)state;
    size_t n = 0;
    while (kernel_list[n])
        n++;
    assert_true(n >= 2);
    for (size_t i = 0; i + 2 < n; i++)
        assert_true(is_ours_and_fast(kernel_list[i]));
    assert_true(is_blas(kernel_list[n - 2]));
    assert_ptr_equal(kernel_list[n - 1], &kernel_plain);
    assert_true(kernel_plain.available());
}

/* The names are in the order of their numbers. */
static void test_names(void **state) {
    (void)state;
    assert_string_equal(mat_backend_names[MAT_AUTO], "auto");
    assert_string_equal(mat_backend_names[MAT_BLAS], "blas");
    assert_string_equal(mat_backend_names[MAT_PLAIN], "plain");
    assert_string_equal(mat_backend_names[MAT_AVX2], "avx2");
    assert_string_equal(mat_backend_names[MAT_AVX512], "avx512");
    assert_string_equal(mat_backend_names[MAT_NEON], "neon");
    assert_string_equal(mat_backend_names[MAT_KERNEL], "kernel");
    assert_null(mat_backend_names[MAT_KERNEL + 1]);
}

int main(void) {
    const struct CMUnitTest of_each[] = {
        cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_large),
        cmocka_unit_test_setup(test_mul, use_kernel),
        cmocka_unit_test_setup(test_panels_fill, use_kernel),
        cmocka_unit_test_setup(test_gather, use_kernel),
        cmocka_unit_test_setup(test_bf16, use_kernel),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(test_plain_is_a_chain),
        cmocka_unit_test(test_panels_size),
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_add_rows),
        cmocka_unit_test(test_bf16_pairs_in_parts),
        cmocka_unit_test(test_use),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_names),
    };
    int failed = strcmp(mat_name(), "plain") != 0; /* before anyone chose */
    for (size_t i = 0; kernel_list[i]; i++) {
        char group[64];
        kernel = kernel_list[i];
        snprintf(group, sizeof group, "mat (%s)", kernel->name);
        if (kernel->available())
            failed += _cmocka_run_group_tests(group, of_each, LENGTH(of_each),
                                              make_numbers, NULL);
        else
            print_message("%s: not for this processor\n", group);
    }
    return failed +
           cmocka_run_group_tests_name("mat", others, make_numbers, NULL);
}
