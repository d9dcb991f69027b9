/* The sparse input layer: see embedding.h. SPDX-License-Identifier: MIT */
#include "embedding.h"

#include <string.h>

#include "layers.h"

/* So many columns at a time: of a thousand rows they fit in the second-level
 * cache, where rows as a whole would come from the third again and again. */
#define COLUMNS 64

/* Whether a row is on anywhere in this window, and whether it was in the one
 * before, so that its gradient may hold something. */
enum { ROW_ON = 1, ROW_WAS_ON = 2 };

void embedding_list(const struct share *s, size_t from, size_t to) {
    size_t A = s->m->config.active;
    real scale[MODEL_MAX_ACTIVE];
    for (size_t i = from; i < to; i++) {
        uint32_t *row = s->w->row + i * A;
        real *factor = s->w->row_scale + i * A;
        size_t n = 0;
        for (size_t k = 0; k < A; k++)
            scale[k] = 1;
        if (s->pass)
            layers_input_dropout(s, i, scale);
        for (size_t k = 0; k < A; k++)
            if (scale[k] != 0) {
                row[n] = s->x->indices[i * A + k];
                factor[n++] = scale[k];
            }
        s->w->row_count[i] = (uint16_t)n;
    }
}

void embedding_invert(const struct share *s, size_t from, size_t to) {
    size_t A = s->m->config.active, places = s->x->T * s->B, before = 0;
    uint32_t *end = s->w->use_end;
    memset(end + from, 0, (to - from) * sizeof *end);
    for (size_t i = 0; i < places; i++)
        for (size_t k = 0; k < s->w->row_count[i]; k++) {
            size_t row = s->w->row[i * A + k];
            before += row < from;
            if (row >= from && row < to)
                end[row]++;
        }
    for (size_t row = from, at = before; row < to; row++) {
        size_t uses = end[row];
        s->w->row_use[row] =
            (uint8_t)((s->w->row_use[row] & ROW_ON) * ROW_WAS_ON |
                      (uses ? ROW_ON : 0));
        end[row] = (uint32_t)at; /* for now where its uses begin */
        at += uses;
    }
    for (size_t i = 0; i < places; i++)
        for (size_t k = 0; k < s->w->row_count[i]; k++) {
            size_t row = s->w->row[i * A + k];
            if (row < from || row >= to)
                continue;
            s->w->use[end[row]] = (uint32_t)i;
            s->w->use_scale[end[row]++] = s->w->row_scale[i * A + k];
        }
}

/* Columns j .. j+n-1 of block g. */
static void forward_block(const struct share *s, size_t g, size_t j, size_t n) {
    const struct model_matrix *input = &s->m->layer[0].input;
    size_t A = s->m->config.active, wide = s->k.saved * s->H;
    struct mat_view w = mat_view_cols(
        mat_view_of(s->m->weights + input->offset, input->rows, input->cols),
        g * s->H + j, n);
    for (size_t t = 0; t < s->x->T; t++)
        for (size_t b = s->slots.from; b < s->slots.to; b++) {
            size_t i = share_place(s, t, b);
            mat_gather(s->w->layer[0].saved + i * wide + g * s->H + j, w,
                       s->w->row + i * A, s->w->row_scale + i * A,
                       s->w->row_count[i], 1);
        }
}

void embedding_forward(const struct share *s) {
    for (size_t g = 0; g < s->k.input; g++)
        for (size_t j = s->units.from; j < s->units.to; j += COLUMNS)
            forward_block(
                s, g, j, s->units.to - j < COLUMNS ? s->units.to - j : COLUMNS);
}

void embedding_backward(const struct share *s) {
    const struct model_matrix *input = &s->m->layer[0].input;
    size_t wide = s->k.saved * s->H;
    struct team_part mine = team_mine(s->who, input->cols, MAT_PANEL);
    struct mat_view da =
        mat_view_of(s->w->layer[0].saved, s->x->T * s->B, wide);
    real *dw = s->w->gradient + input->offset;
    for (size_t j = mine.from; j < mine.to; j += COLUMNS) {
        size_t n = mine.to - j < COLUMNS ? mine.to - j : COLUMNS;
        for (size_t r = 0, use = 0; r < input->rows; r++) {
            real *to = dw + r * input->cols + j;
            size_t end = s->w->use_end[r];
            if (s->w->row_use[r] & ROW_ON)
                mat_gather(to, mat_view_cols(da, j, n), s->w->use + use,
                           s->w->use_scale + use, end - use, 0);
            else if (s->w->row_use[r] & ROW_WAS_ON) /* or it is zero already */
                memset(to, 0, n * sizeof *to);
            use = end;
        }
    }
}
