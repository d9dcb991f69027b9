/* Recurrent cells, unit by unit: see cell.h. SPDX-License-Identifier: MIT */
#include "nott/nn/cell.h"

#include "act.h"

const char *const cell_names[] = {"lstm", "gru", "tanh", NULL};

struct cell_blocks cell_blocks(enum cell_kind kind) {
    switch (kind) {
    case CELL_LSTM:
        return (struct cell_blocks){4, 4, 4};
    case CELL_GRU:
        return (struct cell_blocks){4, 3, 3};
    case CELL_TANH:
        break;
    }
    return (struct cell_blocks){1, 1, 1};
}

ACT_VECTOR
static void lstm_forward(size_t units, size_t H, real *restrict s,
                         const real *restrict c_prev, real *restrict h,
                         real *restrict c) {
    for (size_t j = 0; j < units; j++) {
        real i = act_sigmoid(s[j]), f = act_sigmoid(s[H + j]);
        real g = act_tanh(s[2 * H + j]), o = act_sigmoid(s[3 * H + j]);
        c[j] = f * c_prev[j] + i * g;
        h[j] = o * act_tanh(c[j]);
        s[j] = i;
        s[H + j] = f;
        s[2 * H + j] = g;
        s[3 * H + j] = o;
    }
}

/* c' is computed again rather than kept: two products a unit. */
ACT_VECTOR
static void lstm_backward(size_t units, size_t H, real *restrict s,
                          const real *restrict c_prev, real *restrict dh,
                          real *restrict dc) {
    for (size_t j = 0; j < units; j++) {
        real i = s[j], f = s[H + j], g = s[2 * H + j], o = s[3 * H + j];
        real tc = act_tanh(f * c_prev[j] + i * g);
        real d = dc[j] + dh[j] * o * (1 - tc * tc);
        s[j] = d * g * i * (1 - i);
        s[H + j] = d * c_prev[j] * f * (1 - f);
        s[2 * H + j] = d * i * (1 - g * g);
        s[3 * H + j] = dh[j] * tc * o * (1 - o);
        dc[j] = d * f;
        dh[j] = 0;
    }
}

ACT_VECTOR
static void gru_forward(size_t units, size_t H, real *restrict s,
                        const real *restrict h_prev, real *restrict h) {
    for (size_t j = 0; j < units; j++) {
        real r = act_sigmoid(s[H + j]), z = act_sigmoid(s[2 * H + j]);
        real n = act_tanh(s[j] + r * s[3 * H + j]);
        h[j] = (1 - z) * n + z * h_prev[j];
        s[j] = n;
        s[H + j] = r;
        s[2 * H + j] = z;
    }
}

ACT_VECTOR
static void gru_backward(size_t units, size_t H, real *restrict s,
                         const real *restrict h_prev, real *restrict dh) {
    for (size_t j = 0; j < units; j++) {
        real n = s[j], r = s[H + j], z = s[2 * H + j], m = s[3 * H + j];
        real dn = dh[j] * (1 - z) * (1 - n * n);
        s[j] = dn;
        s[H + j] = dn * m * r * (1 - r);
        s[2 * H + j] = dh[j] * (h_prev[j] - n) * z * (1 - z);
        s[3 * H + j] = dn * r;
        dh[j] *= z;
    }
}

ACT_VECTOR
static void tanh_forward(size_t units, real *restrict s, real *restrict h) {
    for (size_t j = 0; j < units; j++)
        h[j] = s[j] = act_tanh(s[j]);
}

ACT_VECTOR
static void tanh_backward(size_t units, real *restrict s, real *restrict dh) {
    for (size_t j = 0; j < units; j++) {
        s[j] = dh[j] * (1 - s[j] * s[j]);
        dh[j] = 0;
    }
}

/* Where the first of the units of slot b is in what is saved. */
static real *saved_of(const struct cell_step *s, size_t b) {
    return s->saved + b * cell_blocks(s->kind).saved * s->H + s->first_unit;
}

void cell_forward(const struct cell_step *s, real *h, real *c) {
    size_t H = s->H, n = s->end_unit - s->first_unit;
    for (size_t b = s->first_slot; b < s->end_slot; b++) {
        size_t at = b * H + s->first_unit;
        real *saved = saved_of(s, b);
        if (s->kind == CELL_LSTM)
            lstm_forward(n, H, saved, s->c_prev + at, h + at, c + at);
        else if (s->kind == CELL_GRU)
            gru_forward(n, H, saved, s->h_prev + at, h + at);
        else
            tanh_forward(n, saved, h + at);
    }
}

void cell_backward(const struct cell_step *s, real *dh, real *dc) {
    size_t H = s->H, n = s->end_unit - s->first_unit;
    for (size_t b = s->first_slot; b < s->end_slot; b++) {
        size_t at = b * H + s->first_unit;
        real *saved = saved_of(s, b);
        if (s->kind == CELL_LSTM)
            lstm_backward(n, H, saved, s->c_prev + at, dh + at, dc + at);
        else if (s->kind == CELL_GRU)
            gru_backward(n, H, saved, s->h_prev + at, dh + at);
        else
            tanh_backward(n, saved, dh + at);
    }
}
