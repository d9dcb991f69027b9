/* The cells against PyTorch's: a layer of 4 steps, all outputs and gradients.
 * The products around the cell are made here, as cell.h describes them.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "nott/base/rng.h"
#include "nott/base/team.h"
#include "nott/nn/cell.h"

enum { T = 4, B = 3, I = 5, H = 4, TB = T * B };
enum { ROOM = 512 }; /* for any of the weights in panels */

#define ABSOLUTE IN_DOUBLE_OR_FLOAT(1e-13, 5e-6)
#define RELATIVE IN_DOUBLE_OR_FLOAT(1e-12, 5e-6)

struct layer {
    enum cell_kind kind;
    size_t S, in, rec; /* columns: saved, of the input, of the state */
    real *x, *w_in, *w_rec, *bias;
    real saved[TB * 4 * H];
    real h[(T + 1) * B * H], c[(T + 1) * B * H]; /* before each step */
    real dh[B * H], dc[B * H];
    real dx[TB * I], dw_in[I * 4 * H], dw_rec[H * 4 * H], dbias[4 * H];
};

static void load(struct layer *y, const struct fixture *f,
                 enum cell_kind kind) {
    struct cell_blocks k = cell_blocks(kind);
    *y = (struct layer){.kind = kind,
                        .S = k.saved * H,
                        .in = k.input * H,
                        .rec = k.recurrent * H};
    y->x = fixture_copy(f, "x", TB, I);
    y->w_in = fixture_copy(f, "w_in", I, y->in);
    y->w_rec = fixture_copy(f, "w_rec", H, y->rec);
    y->bias = fixture_copy(f, "bias", 1, y->S);
    const double *h0 = fixture_get(f, "h0", B, H);
    const double *c0 = kind == CELL_LSTM ? fixture_get(f, "c0", B, H) : NULL;
    for (size_t i = 0; i < B * H; i++) {
        y->h[i] = (real)h0[i];
        y->c[i] = c0 ? (real)c0[i] : (real)NAN;
    }
}

static void unload(struct layer *y) {
    free(y->x);
    free(y->w_in);
    free(y->w_rec);
    free(y->bias);
}

/* m, or its transpose, as a right operand in `room`. */
static struct mat_panels laid(real *room, struct mat_view m, int transposed) {
    size_t rows = transposed ? m.cols : m.rows;
    size_t cols = transposed ? m.rows : m.cols;
    assert_true(mat_panels_size(rows, cols) <= ROOM);
    mat_panels_fill(room, m, transposed, 0, mat_panels_count(cols));
    return mat_panels_of(room, rows, cols);
}

/* Step t of all slots and units. */
static struct cell_step whole_step(struct layer *y, size_t t) {
    return (struct cell_step){.kind = y->kind,
                              .H = H,
                              .end_slot = B,
                              .end_unit = H,
                              .saved = y->saved + t * B * y->S,
                              .h_prev = y->h + t * B * H,
                              .c_prev = y->c + t * B * H};
}

static void forward(struct layer *y) {
    real w_in[ROOM], w_rec[ROOM];
    struct mat_panels in = laid(w_in, mat_view_of(y->w_in, I, y->in), 0);
    struct mat_panels rec = laid(w_rec, mat_view_of(y->w_rec, H, y->rec), 0);
    for (size_t i = 0; i < TB; i++)
        memcpy(y->saved + i * y->S, y->bias, y->S * sizeof(real));
    mat_mul(mat_cols(mat_of(y->saved, TB, y->S), 0, y->in),
            mat_view_of(y->x, TB, I), in, 1);
    for (size_t t = 0; t < T; t++) {
        struct cell_step step = whole_step(y, t);
        real *h = y->h + t * B * H, *c = y->c + t * B * H;
        mat_mul(mat_cols(mat_of(step.saved, B, y->S), y->S - y->rec, y->rec),
                mat_view_of(h, B, H), rec, 1);
        cell_forward(&step, h + B * H, c + B * H);
    }
}

/* From r, the gradient of every h, and what y->dc holds. */
static void backward(struct layer *y, const double *r) {
    real w_in[ROOM], w_rec[ROOM];
    struct mat_panels back_in = laid(w_in, mat_view_of(y->w_in, I, y->in), 1);
    struct mat_panels back = laid(w_rec, mat_view_of(y->w_rec, H, y->rec), 1);
    for (size_t t = T; t-- > 0;) {
        struct cell_step step = whole_step(y, t);
        struct mat_view rec = mat_view_cols(mat_view_of(step.saved, B, y->S),
                                            y->S - y->rec, y->rec);
        for (size_t i = 0; i < B * H; i++) {
            y->dh[i] += (real)r[t * B * H + i];
            y->c[(t + 1) * B * H + i] = (real)NAN; /* not to be read again */
        }
        cell_backward(&step, y->dh, y->dc);
        mat_mul(mat_of(y->dh, B, H), rec, back, 1);
        mat_mul_tn(mat_of(y->dw_rec, H, y->rec), mat_view_of(step.h_prev, B, H),
                   rec, 1);
    }
    struct mat_view all = mat_view_of(y->saved, TB, y->S);
    struct mat_view in = mat_view_cols(all, 0, y->in);
    mat_mul_tn(mat_of(y->dw_in, I, y->in), mat_view_of(y->x, TB, I), in, 0);
    mat_mul(mat_of(y->dx, TB, I), in, back_in, 0);
    mat_add_rows(y->dbias, all);
}

static void check(const struct fixture *f, const char *name, const real *got,
                  size_t rows, size_t cols) {
    assert_near_named(name, got, fixture_get(f, name, rows, cols), rows * cols,
                      ABSOLUTE, RELATIVE);
}

static double weighted_sum(const real *x, const double *weight, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * weight[i];
    return sum;
}

static void parity(enum cell_kind kind, const char *file) {
    struct fixture f;
    struct layer y;
    fixture_read(&f, file);
    load(&y, &f, kind);
    const double *r = fixture_get(&f, "r", TB, H);
    forward(&y);
    check(&f, "h", y.h + B * H, TB, H);
    double loss = weighted_sum(y.h + B * H, r, TB * H);
    if (kind == CELL_LSTM) {
        const double *s = fixture_get(&f, "s", B, H);
        check(&f, "c_last", y.c + T * B * H, B, H);
        loss += weighted_sum(y.c + T * B * H, s, B * H);
        for (size_t i = 0; i < B * H; i++)
            y.dc[i] = (real)s[i];
    }
    assert_near_value(loss, fixture_get(&f, "loss", 1, 1)[0], ABSOLUTE,
                      RELATIVE);
    backward(&y, r);
    check(&f, "dx", y.dx, TB, I);
    check(&f, "dh0", y.dh, B, H);
    check(&f, "dw_in", y.dw_in, I, y.in);
    check(&f, "dw_rec", y.dw_rec, H, y.rec);
    check(&f, "dbias", y.dbias, 1, y.S);
    if (kind == CELL_LSTM)
        check(&f, "dc0", y.dc, B, H);
    unload(&y);
    fixture_free(&f);
}

static void test_lstm(void **state) {
    (void)state;
    parity(CELL_LSTM, "lstm.txt");
}

static void test_gru(void **state) {
    (void)state;
    parity(CELL_GRU, "gru.txt");
}

static void test_tanh(void **state) {
    (void)state;
    parity(CELL_TANH, "tanh.txt");
}

/* Huge pre-activations saturate; they do not overflow. */
static void test_saturation(void **state) {
    (void)state;
    for (int kind = CELL_LSTM; kind <= CELL_TANH; kind++) {
        enum { W = 16 };
        real saved[4 * W], h_prev[W], c_prev[W], h[W], c[W], dh[W], dc[W];
        for (size_t j = 0; j < 4 * W; j++)
            saved[j] = (real)(j % 3 ? 1e30f : -1e30f);
        for (size_t j = 0; j < W; j++) {
            h_prev[j] = (real)0.5;
            c_prev[j] = 2;
            dh[j] = dc[j] = 1;
        }
        size_t n = cell_blocks((enum cell_kind)kind).saved * W;
        struct cell_step step = {.kind = (enum cell_kind)kind,
                                 .H = W,
                                 .end_slot = 1,
                                 .end_unit = W,
                                 .saved = saved,
                                 .h_prev = h_prev,
                                 .c_prev = c_prev};
        cell_forward(&step, h, c);
        for (size_t j = 0; j < W; j++)
            assert_true(fabs((double)h[j]) <= 1);
        cell_backward(&step, dh, dc);
        for (size_t j = 0; j < n; j++)
            assert_true(isfinite(saved[j]) || j >= 3 * W);
        for (size_t j = 0; j < W; j++)
            assert_true(isfinite(dh[j]) && isfinite(dc[j]));
    }
}

/* ---- some of the slots and units ---- */

enum { SLOTS = 5, UNITS = 37, CELLS = SLOTS * UNITS };

struct cells {
    real saved[4 * CELLS], h_prev[CELLS], c_prev[CELLS];
    real h[CELLS], c[CELLS], dh[CELLS], dc[CELLS];
};

/* All of it at random. */
static void fill_cells(struct cells *y) {
    struct rng rng;
    real *x = (real *)y;
    rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < sizeof *y / sizeof *x; i++)
        x[i] = (real)(4 * rng_uniform(&rng) - 2);
}

static void go_step(struct cells *y, enum cell_kind kind,
                    struct team_part slots, struct team_part units, int back) {
    struct cell_step step = {.kind = kind,
                             .H = UNITS,
                             .first_slot = slots.from,
                             .end_slot = slots.to,
                             .first_unit = units.from,
                             .end_unit = units.to,
                             .saved = y->saved,
                             .h_prev = y->h_prev,
                             .c_prev = y->c_prev};
    if (back)
        cell_backward(&step, y->dh, y->dc);
    else
        cell_forward(&step, y->h, y->c);
}

/* The last parts first; what is empty does nothing. */
static void go_in_parts(struct cells *y, enum cell_kind kind, int back) {
    static const size_t slot[] = {0, 0, 2, 3, SLOTS};
    static const size_t unit[] = {0, 1, 16, 16, 20, UNITS};
    for (size_t i = sizeof slot / sizeof *slot - 1; i-- > 0;)
        for (size_t j = sizeof unit / sizeof *unit - 1; j-- > 0;)
            go_step(y, kind, (struct team_part){slot[i], slot[i + 1]},
                    (struct team_part){unit[j], unit[j + 1]}, back);
}

/* Forward and backward, a step cut into parts gives the bits of the whole. */
static void test_parts(void **state) {
    (void)state;
    static struct cells whole, parts, before;
    const struct team_part slots = {0, SLOTS}, units = {0, UNITS};
    for (int kind = CELL_LSTM; kind <= CELL_TANH; kind++) {
        fill_cells(&whole);
        parts = whole;
        for (int back = 0; back < 2; back++) {
            before = whole;
            go_step(&whole, (enum cell_kind)kind, slots, units, back);
            go_in_parts(&parts, (enum cell_kind)kind, back);
            assert_memory_equal(&parts, &whole, sizeof whole);
            assert_memory_not_equal(&before, &whole, sizeof whole);
        }
    }
}

/* One part leaves all that is not its own. */
static void test_others_stay(void **state) {
    (void)state;
    static struct cells y, before;
    const struct team_part slots = {1, 3}, units = {5, 30};
    for (int kind = CELL_LSTM; kind <= CELL_TANH; kind++) {
        size_t S = cell_blocks((enum cell_kind)kind).saved;
        fill_cells(&y);
        before = y;
        go_step(&y, (enum cell_kind)kind, slots, units, 0);
        go_step(&y, (enum cell_kind)kind, slots, units, 1);
        for (size_t i = 0; i < CELLS; i++) {
            size_t b = i / UNITS, j = i % UNITS;
            int mine = b >= slots.from && b < slots.to && j >= units.from &&
                       j < units.to;
            assert_int_equal(y.h[i] != before.h[i], mine);
            assert_int_equal(y.dh[i] != before.dh[i], mine);
            assert_int_equal(y.c[i] != before.c[i], mine && kind == CELL_LSTM);
            for (size_t g = 0; g < S; g++) {
                size_t at = (b * S + g) * UNITS + j;
                assert_int_equal(y.saved[at] != before.saved[at], mine);
            }
        }
    }
}

int main(void) {
    mat_use(MAT_AUTO, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm),  cmocka_unit_test(test_gru),
        cmocka_unit_test(test_tanh),  cmocka_unit_test(test_saturation),
        cmocka_unit_test(test_parts), cmocka_unit_test(test_others_stay),
    };
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
