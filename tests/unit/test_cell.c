/* The cells against PyTorch's: a layer of 4 steps, all outputs and gradients.
 * The products around the cell are made here, as cell.h describes them.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "nott/nn/cell.h"

enum { T = 4, B = 3, I = 5, H = 4, TB = T * B };

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

static void forward(struct layer *y) {
    for (size_t i = 0; i < TB; i++)
        memcpy(y->saved + i * y->S, y->bias, y->S * sizeof(real));
    mat_mul(mat_cols(mat_of(y->saved, TB, y->S), 0, y->in),
            mat_view_of(y->x, TB, I), mat_view_of(y->w_in, I, y->in), 1);
    for (size_t t = 0; t < T; t++) {
        real *saved = y->saved + t * B * y->S;
        real *h = y->h + t * B * H, *c = y->c + t * B * H;
        mat_mul(mat_cols(mat_of(saved, B, y->S), y->S - y->rec, y->rec),
                mat_view_of(h, B, H), mat_view_of(y->w_rec, H, y->rec), 1);
        cell_forward(y->kind, B, H, saved, h, c, h + B * H, c + B * H);
    }
}

/* From r, the gradient of every h, and what y->dc holds. */
static void backward(struct layer *y, const double *r) {
    real back[4 * H * H], back_in[4 * H * I];
    mat_transpose(back, mat_view_of(y->w_rec, H, y->rec));
    mat_transpose(back_in, mat_view_of(y->w_in, I, y->in));
    for (size_t t = T; t-- > 0;) {
        real *saved = y->saved + t * B * y->S;
        struct mat_view rec =
            mat_view_cols(mat_view_of(saved, B, y->S), y->S - y->rec, y->rec);
        for (size_t i = 0; i < B * H; i++) {
            y->dh[i] += (real)r[t * B * H + i];
            y->c[(t + 1) * B * H + i] = (real)NAN; /* not to be read again */
        }
        cell_backward(y->kind, B, H, saved, y->h + t * B * H, y->c + t * B * H,
                      y->dh, y->dc);
        mat_mul(mat_of(y->dh, B, H), rec, mat_view_of(back, y->rec, H), 1);
        mat_mul_tn(mat_of(y->dw_rec, H, y->rec),
                   mat_view_of(y->h + t * B * H, B, H), rec);
    }
    struct mat_view all = mat_view_of(y->saved, TB, y->S);
    struct mat_view in = mat_view_cols(all, 0, y->in);
    mat_mul_tn(mat_of(y->dw_in, I, y->in), mat_view_of(y->x, TB, I), in);
    mat_mul(mat_of(y->dx, TB, I), in, mat_view_of(back_in, y->in, I), 0);
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
        cell_forward((enum cell_kind)kind, 1, W, saved, h_prev, c_prev, h, c);
        for (size_t j = 0; j < W; j++)
            assert_true(fabs((double)h[j]) <= 1);
        cell_backward((enum cell_kind)kind, 1, W, saved, h_prev, c_prev, dh,
                      dc);
        for (size_t j = 0; j < n; j++)
            assert_true(isfinite(saved[j]) || j >= 3 * W);
        for (size_t j = 0; j < W; j++)
            assert_true(isfinite(dh[j]) && isfinite(dc[j]));
    }
}

int main(void) {
    mat_use(MAT_BLAS, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm),
        cmocka_unit_test(test_gru),
        cmocka_unit_test(test_tanh),
        cmocka_unit_test(test_saturation),
    };
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
