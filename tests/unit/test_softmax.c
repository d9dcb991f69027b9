/* Softmax and cross-entropy. SPDX-License-Identifier: MIT */
#include <string.h>

#include "near.h"
#include "nott/base/rng.h"
#include "nott/nn/softmax.h"

enum { ROWS = 9, K = 7 };

#define EPS IN_DOUBLE_OR_FLOAT(1e-14, 2e-6)

static const int16_t target[ROWS] = {0, 6, 3, -1, 2, 2, -1, 5, 1};

static void fill(real *x, size_t n, double range) {
    struct rng rng;
    rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = (real)((2 * rng_uniform(&rng) - 1) * range);
}

static void log_normalize_rows(real *x) {
    for (size_t i = 0; i < ROWS; i++)
        softmax_log_normalize(x + i * K, K);
}

static void test_log_normalize(void **state) {
    (void)state;
    real x[ROWS * K];
    double want[ROWS * K];
    fill(x, ROWS * K, 5);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += exp((double)x[i * K + k]);
        for (size_t k = 0; k < K; k++)
            want[i * K + k] = (double)x[i * K + k] - log(sum);
    }
    log_normalize_rows(x);
    assert_near(x, want, ROWS * K, EPS, EPS);
    real alone = -50;
    softmax_log_normalize(&alone, 1);
    assert_true(alone == 0);
    real far[3] = {(real)-1e30f, (real)1e30f, (real)-INFINITY};
    softmax_log_normalize(far, 3);
    assert_true(far[1] == 0 && far[2] == (real)-INFINITY);
}

/* The largest gives 1; what it was comes back, and x stays. */
static void test_exp(void **state) {
    (void)state;
    real x[K] = {1, -2, 300, 299, -4, 300, -1000}, old[K], out[K];
    const double want[K] = {0, 0, 1, exp(-1), 0, 1, 0};
    memcpy(old, x, sizeof x);
    assert_true(softmax_exp(x, K, out) == 300);
    assert_memory_equal(x, old, sizeof x);
    assert_near(out, want, K, EPS, 0);
}

static void test_huge_logits(void **state) {
    (void)state;
    real x[6];
    const real logits[6] = {0,     (real)1e30f, (real)-1e30f,
                            -3e4f, -3e4f,       -3.1e4f};
    memcpy(x, logits, sizeof x);
    const int16_t y[2] = {1, 0};
    int16_t best[2];
    real nll[2];
    softmax_cross_entropy(x, y, 2, 3, 1, nll, best);
    const double want[2] = {0, log(2)}, gradient[6] = {0, 0, 0, -0.5, 0.5, 0};
    assert_near(nll, want, 2, EPS, 0);
    assert_near(x, gradient, 6, 1e-7, 0);
}

/* Adding the same to all logits of a row changes nothing. */
static void test_shift(void **state) {
    (void)state;
    const int16_t y = 1;
    int16_t best;
    for (real shift = -65536; shift <= 65536; shift += 8192) {
        real x[3] = {shift + 1, shift, shift - 2}, nll;
        softmax_cross_entropy(x, &y, 1, 3, 1, &nll, &best);
        assert_near_value((double)nll, log(exp(1) + 1 + exp(-2)), EPS, 0);
        assert_int_equal(best, 0);
    }
}

static void test_nll(void **state) {
    (void)state;
    real x[ROWS * K], p[ROWS * K], nll[ROWS];
    double want[ROWS];
    int16_t best[ROWS];
    fill(x, ROWS * K, 4);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += exp((double)x[i * K + k]);
        want[i] = target[i] < 0 ? 0 : log(sum) - (double)x[i * K + target[i]];
    }
    memcpy(p, x, sizeof p);
    log_normalize_rows(p);
    softmax_cross_entropy(x, target, ROWS, K, 0, nll, best);
    assert_near(nll, want, ROWS, EPS, 0);
    for (size_t i = 0; i < ROWS; i++) {
        if (target[i] < 0) {
            assert_int_equal(best[i], -1);
            continue;
        }
        for (size_t k = 0; k < K; k++)
            assert_true(p[i * K + best[i]] >= p[i * K + k]);
    }
}

static double loss(const real *logits, double scale) {
    real x[ROWS * K], nll[ROWS];
    int16_t best[ROWS];
    memcpy(x, logits, sizeof x);
    softmax_cross_entropy(x, target, ROWS, K, 0, nll, best);
    double sum = 0;
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)nll[i];
    return scale * sum;
}

static void test_gradient(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const double step = 1e-5, scale = 0.3;
    real x[ROWS * K], g[ROWS * K], nll[ROWS];
    int16_t best[ROWS];
    double want[ROWS * K], size = 0;
    fill(x, ROWS * K, 3);
    for (size_t i = 0; i < ROWS * K; i++) {
        real old = x[i];
        x[i] = (real)((double)old + step);
        double above = loss(x, scale);
        x[i] = (real)((double)old - step);
        double below = loss(x, scale);
        x[i] = old;
        want[i] = (above - below) / (2 * step);
        size += fabs(want[i]);
    }
    memcpy(g, x, sizeof g);
    softmax_cross_entropy(g, target, ROWS, K, (real)scale, nll, best);
    assert_near(g, want, ROWS * K, 1e-9, 1e-7);
    assert_true(size > 1);
}

/* The same in closed form, for both number types. */
static void test_gradient_closed_form(void **state) {
    (void)state;
    real x[ROWS * K], p[ROWS * K], nll[ROWS];
    double want[ROWS * K];
    int16_t best[ROWS];
    fill(x, ROWS * K, 3);
    memcpy(p, x, sizeof p);
    log_normalize_rows(p);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < K; k++)
            want[i * K + k] =
                target[i] < 0
                    ? 0
                    : 0.25 * (exp((double)p[i * K + k]) - (k == target[i]));
    softmax_cross_entropy(x, target, ROWS, K, (real)0.25, nll, best);
    assert_near(x, want, ROWS * K, EPS, 0);
}

static void test_masked_rows(void **state) {
    (void)state;
    real x[2 * K], nll[2] = {5, 5};
    const int16_t none[2] = {-1, -1};
    int16_t best[2];
    for (size_t i = 0; i < 2 * K; i++)
        x[i] = (real)NAN; /* not even looked at */
    softmax_cross_entropy(x, none, 2, K, 1, nll, best);
    for (size_t i = 0; i < 2 * K; i++)
        assert_true(x[i] == 0);
    assert_true(nll[0] == 0 && nll[1] == 0);
    assert_true(best[0] == -1 && best[1] == -1);
}

static void test_nan_shows(void **state) {
    (void)state;
    real x[3] = {0, (real)NAN, 1}, nll;
    const int16_t y = 0;
    int16_t best;
    softmax_cross_entropy(x, &y, 1, 3, 1, &nll, &best);
    assert_true(isnan(nll));
}

/* ---- copying ---- */

enum { COPIES = 3, ROW = K + 1 + COPIES };

/* Some are not there, some are the same class twice, some the target. */
static const int16_t offered[ROWS * COPIES] = {
    0,  0,  0,              /* all of them the target */
    6,  -1, 5,              /* one of them */
    1,  2,  4,              /* none of them */
    3,  3,  3,              /* of a row that does not count */
    2,  5,  2,              /* two of them */
    1,  1,  0,              /* none, two are one */
    -1, -1, -1, -1, -1, -1, /* none is there */
    1,  -1, -1};

struct shares {
    long double own[K], gate[1 + COPIES], p[K];
    long double first; /* of the own classes, with what is not there */
};

static void softmax_wide(const real *x, size_t n, long double *p) {
    long double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += p[k] = expl((long double)x[k]);
    for (size_t k = 0; k < n; k++)
        p[k] /= sum;
}

/* The formula of softmax.h. */
static void mix(const real *row, const int16_t *copy, struct shares *s) {
    softmax_wide(row, K, s->own);
    softmax_wide(row + K, 1 + COPIES, s->gate);
    s->first = s->gate[0];
    for (size_t j = 0; j < COPIES; j++)
        if (copy[j] < 0)
            s->first += s->gate[1 + j];
    for (int k = 0; k < K; k++) {
        s->p[k] = s->first * s->own[k];
        for (size_t j = 0; j < COPIES; j++)
            if (copy[j] == k)
                s->p[k] += s->gate[1 + j];
    }
}

/* scale times the derivatives of -ln p(y) by the numbers of a row. */
static void mix_gradient(const struct shares *s, const int16_t *copy, int y,
                         double scale, double want[ROW]) {
    long double total = s->p[y], r0 = s->first * s->own[y] / total;
    for (int k = 0; k < K; k++)
        want[k] = scale * (double)(r0 * (s->own[k] - (k == y)));
    for (size_t j = 0; j <= COPIES; j++) {
        int there = j > 0 && copy[j - 1] >= 0;
        long double way = there ? copy[j - 1] == y : s->own[y];
        want[K + j] = scale * (double)(s->gate[j] - s->gate[j] * way / total);
    }
}

static void test_copy_nll(void **state) {
    (void)state;
    real x[ROWS * ROW], nll[ROWS];
    double want[ROWS] = {0};
    int16_t best[ROWS];
    fill(x, ROWS * ROW, 4);
    int likeliest[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        struct shares s;
        mix(x + i * ROW, offered + i * COPIES, &s);
        want[i] = target[i] < 0 ? 0 : -(double)logl(s.p[target[i]]);
        likeliest[i] = target[i] < 0 ? -1 : 0;
        for (int k = 1; k < K && target[i] >= 0; k++)
            if (s.p[k] > s.p[likeliest[i]])
                likeliest[i] = k;
    }
    softmax_copy_entropy(x, offered, target, ROWS, K, COPIES, 0, nll, best);
    assert_near(nll, want, ROWS, EPS, 0);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(best[i], likeliest[i]);
}

static void test_copy_gradient_closed_form(void **state) {
    (void)state;
    real x[ROWS * ROW], nll[ROWS];
    double want[ROWS * ROW] = {0};
    int16_t best[ROWS];
    fill(x, ROWS * ROW, 3);
    for (size_t i = 0; i < ROWS; i++) {
        struct shares s;
        mix(x + i * ROW, offered + i * COPIES, &s);
        if (target[i] >= 0)
            mix_gradient(&s, offered + i * COPIES, target[i], 0.25,
                         want + i * ROW);
    }
    softmax_copy_entropy(x, offered, target, ROWS, K, COPIES, (real)0.25, nll,
                         best);
    assert_near(x, want, ROWS * ROW, EPS, 0);
}

static double copy_loss(const real *rows, double scale) {
    real x[ROWS * ROW], nll[ROWS];
    int16_t best[ROWS];
    double sum = 0;
    memcpy(x, rows, sizeof x);
    softmax_copy_entropy(x, offered, target, ROWS, K, COPIES, 0, nll, best);
    for (size_t i = 0; i < ROWS; i++)
        sum += (double)nll[i];
    return scale * sum;
}

static void test_copy_gradient(void **state) {
    (void)state;
    DOUBLE_ONLY();
    const double step = 1e-5, scale = 0.3;
    real x[ROWS * ROW], nll[ROWS];
    int16_t best[ROWS];
    double want[ROWS * ROW], size = 0;
    fill(x, ROWS * ROW, 3);
    for (size_t i = 0; i < ROWS * ROW; i++) {
        real old = x[i];
        x[i] = (real)((double)old + step);
        double above = copy_loss(x, scale);
        x[i] = (real)((double)old - step);
        double below = copy_loss(x, scale);
        x[i] = old;
        want[i] = (above - below) / (2 * step);
        size += fabs(want[i]);
    }
    softmax_copy_entropy(x, offered, target, ROWS, K, COPIES, (real)scale, nll,
                         best);
    assert_near(x, want, ROWS * ROW, 1e-9, 1e-7);
    assert_true(size > 1);
}

/* With nothing to copy there is one gate, it is 1, and all is as without. */
static void test_nothing_to_copy(void **state) {
    (void)state;
    real plain[ROWS * K], wide[ROWS * (K + 1)], nll[2][ROWS];
    int16_t best[2][ROWS];
    fill(plain, ROWS * K, 3);
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(wide + i * (K + 1), plain + i * K, K * sizeof *plain);
        wide[i * (K + 1) + K] = (real)i - 4;
    }
    softmax_cross_entropy(plain, target, ROWS, K, (real)0.5, nll[0], best[0]);
    softmax_copy_entropy(wide, NULL, target, ROWS, K, 0, (real)0.5, nll[1],
                         best[1]);
    assert_near_reals(nll[1], nll[0], ROWS, EPS, 0);
    assert_memory_equal(best[1], best[0], sizeof best[0]);
    for (size_t i = 0; i < ROWS; i++) {
        assert_near_reals(wide + i * (K + 1), plain + i * K, K, EPS, 0);
        assert_near_value((double)wide[i * (K + 1) + K], 0, EPS, 0);
    }
}

/* Copies that are not there leave everything to the own classes. */
static void test_copies_absent(void **state) {
    (void)state;
    real plain[K], wide[ROW], nll[2];
    const int16_t y = 4, none[COPIES] = {-1, -1, -1};
    int16_t best[2];
    fill(wide, ROW, 3);
    memcpy(plain, wide, sizeof plain);
    softmax_cross_entropy(plain, &y, 1, K, 1, nll, best);
    softmax_copy_entropy(wide, none, &y, 1, K, COPIES, 1, nll + 1, best + 1);
    assert_near_reals(nll + 1, nll, 1, EPS, 0);
    assert_int_equal(best[0], best[1]);
    assert_near_reals(wide, plain, K, EPS, 0);
    const double no_gradient[1 + COPIES] = {0};
    assert_near(wide + K, no_gradient, 1 + COPIES, EPS, 0);
}

static void test_copy_masked_rows(void **state) {
    (void)state;
    real x[2 * ROW], nll[2] = {5, 5};
    const int16_t none[2] = {-1, -1}, any[2 * COPIES] = {300, -7, 5000};
    int16_t best[2];
    for (size_t i = 0; i < 2 * ROW; i++)
        x[i] = (real)NAN; /* not even looked at, nor are the copies */
    softmax_copy_entropy(x, any, none, 2, K, COPIES, 1, nll, best);
    for (size_t i = 0; i < 2 * ROW; i++)
        assert_true(x[i] == 0);
    assert_true(nll[0] == 0 && nll[1] == 0);
    assert_true(best[0] == -1 && best[1] == -1);
}

/* What is too improbable for the number type costs much, but not infinity, and
 * its gradient is a number; a copy of it helps at once. */
static void test_copy_underflow(void **state) {
    (void)state;
    const real row[ROW] = {0, -800, 1, 2, 0, 0, 0, 3, 0, 0, 0};
    const int16_t y = 1, elsewhere[COPIES] = {2, -1, 0}, here[COPIES] = {2, 1};
    int16_t best;
    real x[ROW], nll;
    memcpy(x, row, sizeof x);
    softmax_copy_entropy(x, elsewhere, &y, 1, K, COPIES, 1, &nll, &best);
    assert_near_value((double)nll, -log(1e-30), 1e-4, 0);
    assert_int_equal(best, 3);
    for (size_t i = 0; i < ROW; i++)
        assert_true(fabs((double)x[i]) <= 1);
    memcpy(x, row, sizeof x);
    softmax_copy_entropy(x, here, &y, 1, K, COPIES, 1, &nll, &best);
    assert_near_value((double)nll, log(exp(3) + 3), 1e-5, 0);
    for (size_t i = 0; i < K; i++) /* all of it came by the copy */
        assert_near_value((double)x[i], 0, 1e-20, 0);
}

static void test_copy_nan_shows(void **state) {
    (void)state;
    const int16_t y = 0, copy[COPIES] = {1, 0, -1};
    for (size_t at = 0; at < ROW; at++) {
        real x[ROW] = {0}, nll;
        int16_t best;
        x[at] = (real)NAN;
        softmax_copy_entropy(x, copy, &y, 1, K, COPIES, 1, &nll, &best);
        assert_true(isnan(nll));
    }
}

/* ---- log probabilities ---- */

static void test_log_p(void **state) {
    (void)state;
    real x[ROWS * ROW], old[ROWS * ROW], log_p[ROWS * K];
    double want[ROWS * K];
    fill(x, ROWS * ROW, 4);
    memcpy(old, x, sizeof x);
    for (size_t i = 0; i < ROWS; i++) {
        struct shares s;
        mix(x + i * ROW, offered + i * COPIES, &s);
        for (size_t k = 0; k < K; k++)
            want[i * K + k] = (double)logl(s.p[k]);
    }
    softmax_log_p(x, offered, ROWS, K, COPIES, NULL, log_p);
    assert_near(log_p, want, ROWS * K, EPS, 0);
    assert_memory_equal(x, old, sizeof x); /* which are left alone */
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += exp((double)log_p[i * K + k]);
        assert_near_value(sum, 1, EPS, 0);
    }
}

/* Without copies there are no gates, and -ln p is that of the cross-entropy. */
static void test_log_p_plain(void **state) {
    (void)state;
    real x[ROWS * K], log_p[ROWS * K], nll[ROWS];
    int16_t best[ROWS];
    fill(x, ROWS * K, 4);
    softmax_log_p(x, NULL, ROWS, K, 0, NULL, log_p);
    softmax_cross_entropy(x, target, ROWS, K, 0, nll, best);
    for (size_t i = 0; i < ROWS; i++)
        if (target[i] >= 0)
            assert_near_value(-(double)log_p[i * K + target[i]], (double)nll[i],
                              EPS, 0);
    const real far[3] = {(real)1e30f, 0, (real)-1e30f};
    softmax_log_p(far, NULL, 1, 3, 0, NULL, log_p);
    assert_true(log_p[0] == 0 && log_p[1] < -80 && log_p[2] < -80);
}

/* As many classes and copies as there may be. */
static void test_log_p_widest(void **state) {
    (void)state;
    enum { MANY = SOFTMAX_CLASSES, L = 8, N = MANY + 1 + L };
    real x[N], log_p[MANY], nll;
    const int16_t copy[L] = {0, MANY - 1, 5, 5, -1, 7, 8, 9}, y = MANY - 1;
    int16_t best;
    double sum = 0;
    fill(x, N, 2);
    softmax_log_p(x, copy, 1, MANY, L, NULL, log_p);
    for (size_t k = 0; k < MANY; k++)
        sum += exp((double)log_p[k]);
    assert_near_value(sum, 1, IN_DOUBLE_OR_FLOAT(1e-13, 1e-5), 0);
    softmax_copy_entropy(x, copy, &y, 1, MANY, L, 1, &nll, &best);
    assert_near_value((double)nll, -(double)log_p[y], EPS, 0);
}

/* ---- parameters ---- */

/* The log probabilities of one row whose own softmax is bent, by the formula:
 * its logits times sharpness, the unlikely ones gone; the gates' times theirs.
 */
static void bent(const real *row, const int16_t *copy,
                 const struct softmax_params *params, double want[K]) {
    struct shares s;
    long double most = 0, sum = 0;
    real sharp[ROW];
    memcpy(sharp, row, sizeof sharp);
    for (int k = 0; k < K; k++)
        sharp[k] *= params->sharpness;
    for (int k = K; k < ROW && params->gate_sharpness > 0; k++)
        sharp[k] *= params->gate_sharpness;
    mix(sharp, copy, &s);
    for (int k = 0; k < K; k++)
        most = s.own[k] > most ? s.own[k] : most;
    for (int k = 0; k < K; k++) {
        s.own[k] = s.own[k] < (long double)params->min_p * most ? 0 : s.own[k];
        sum += s.own[k];
    }
    for (int k = 0; k < K; k++) {
        long double p = s.first * s.own[k] / sum;
        for (size_t j = 0; j < COPIES; j++)
            p += copy[j] == k ? s.gate[1 + j] : 0;
        want[k] = (double)p;
    }
}

static void test_params(void **state) {
    (void)state;
    static const struct softmax_params bents[] = {
        {1, 0, 0},         {2, 0, 0},          {(real)0.5, 0, 0},
        {1, (real)0.3, 0}, {3, (real)0.05, 0}, {1, 1, 0},
        {1, 0, (real)1.5}, {2, (real)0.1, 2},  {1, 0, (real)0.5}};
    size_t cut = 0;
    for (size_t n = 0; n < sizeof bents / sizeof *bents; n++) {
        real x[ROWS * ROW], old[ROWS * ROW], log_p[ROWS * K];
        fill(x, ROWS * ROW, 3);
        memcpy(old, x, sizeof x);
        softmax_log_p(x, offered, ROWS, K, COPIES, &bents[n], log_p);
        assert_memory_equal(x, old, sizeof x);
        for (size_t i = 0; i < ROWS; i++) {
            double want[K], sum = 0;
            bent(x + i * ROW, offered + i * COPIES, &bents[n], want);
            for (size_t k = 0; k < K; k++) {
                double got = exp((double)log_p[i * K + k]);
                assert_near_value(got, want[k], EPS, EPS);
                assert_int_equal(log_p[i * K + k] == (real)-INFINITY,
                                 want[k] == 0);
                cut += want[k] == 0;
                sum += got;
            }
            assert_near_value(sum, 1, EPS, 0);
        }
    }
    assert_true(cut > 20);
}

/* A neutral one changes nothing, to the bit. */
static void test_params_neutral(void **state) {
    (void)state;
    const struct softmax_params neutral = {1, 0, 0};
    real x[ROWS * ROW], log_p[2][ROWS * K];
    fill(x, ROWS * ROW, 4);
    for (size_t L = 0; L <= COPIES; L += COPIES) {
        softmax_log_p(x, offered, ROWS, K, L, NULL, log_p[0]);
        softmax_log_p(x, offered, ROWS, K, L, &neutral, log_p[1]);
        assert_memory_equal(log_p[0], log_p[1], sizeof log_p[0]);
    }
}

/* By hand, without copies: 1/2 1/4 1/8 1/16 1/16. */
static void test_params_plain(void **state) {
    (void)state;
    static const struct {
        struct softmax_params params;
        double p[5];
    } list[] = {
        {{2, 0, 0}, {128, 32, 8, 2, 2}},       /* squared */
        {{1, (real)0.24, 0}, {4, 2, 1, 0, 0}}, /* of a half */
        {{1, (real)0.26, 0}, {4, 2, 0, 0, 0}}, /* so that 1/8 is too little */
        {{1, (real)0.1, 0}, {8, 4, 2, 1, 1}},  /* all are likely enough */
        {{2, (real)0.2, 0}, {4, 1, 0, 0, 0}},  /* cut after it was squared */
        {{(real)1e-6, (real)0.9, 0}, {1, 1, 1, 1, 1}}};
    const double p[5] = {0.5, 0.25, 0.125, 0.0625, 0.0625};
    for (size_t n = 0; n < sizeof list / sizeof *list; n++) {
        real x[5], log_p[5];
        double sum = 0;
        for (size_t k = 0; k < 5; k++) {
            x[k] = (real)(log(p[k]) + 7);
            sum += list[n].p[k];
        }
        softmax_log_p(x, NULL, 1, 5, 0, &list[n].params, log_p);
        for (size_t k = 0; k < 5; k++) {
            assert_near_value(exp((double)log_p[k]), list[n].p[k] / sum, 1e-5,
                              0);
            assert_int_equal(log_p[k] == (real)-INFINITY, list[n].p[k] == 0);
        }
    }
}

/* It is copied as often as before, whatever becomes of the own classes. */
static void test_params_leaves_gates(void **state) {
    (void)state;
    const struct softmax_params cold = {50, 1, 0};
    real x[ROW] = {3, 2, 1, 0, 0, 0, 0, 1, 0, -1, 0}, log_p[K];
    const int16_t copy[COPIES] = {4, 4, 5};
    double sum = exp(1) + 1 + exp(-1) + 1;
    softmax_log_p(x, copy, 1, K, COPIES, &cold, log_p);
    assert_near_value(exp((double)log_p[0]), exp(1) / sum, EPS, 0);
    assert_near_value(exp((double)log_p[4]), (1 + exp(-1)) / sum, EPS, 0);
    assert_near_value(exp((double)log_p[5]), 1 / sum, EPS, 0);
    assert_true(log_p[1] == (real)-INFINITY && log_p[6] == (real)-INFINITY);
    const int16_t none[COPIES] = {-1, -1, 5}; /* their gates are the own's */
    softmax_log_p(x, none, 1, K, COPIES, &cold, log_p);
    assert_near_value(exp((double)log_p[0]), 1 - 1 / sum, EPS, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_normalize),
        cmocka_unit_test(test_exp),
        cmocka_unit_test(test_huge_logits),
        cmocka_unit_test(test_shift),
        cmocka_unit_test(test_nll),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_gradient_closed_form),
        cmocka_unit_test(test_masked_rows),
        cmocka_unit_test(test_nan_shows),
        cmocka_unit_test(test_copy_nll),
        cmocka_unit_test(test_copy_gradient_closed_form),
        cmocka_unit_test(test_copy_gradient),
        cmocka_unit_test(test_nothing_to_copy),
        cmocka_unit_test(test_copies_absent),
        cmocka_unit_test(test_copy_masked_rows),
        cmocka_unit_test(test_copy_underflow),
        cmocka_unit_test(test_copy_nan_shows),
        cmocka_unit_test(test_log_p),
        cmocka_unit_test(test_log_p_plain),
        cmocka_unit_test(test_log_p_widest),
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_params_neutral),
        cmocka_unit_test(test_params_plain),
        cmocka_unit_test(test_params_leaves_gates),
    };
    return cmocka_run_group_tests_name("softmax", tests, NULL, NULL);
}
