/* The output heads: see heads.h.
 *
 * From n rows of the top layer's output x [n,H] to the logits z of each output,
 * K classes and G gates (softmax.h), with weights V [width,K+G], bias v:
 *
 *   u [n,D] = tanh(x P + p + E[chord] + F[relative class of the chord])
 *   z [n,K+G] = v + x V,  or of the melody with the factored head  v + u V
 *   r [n,N]   = x Q,  or u Q: logits of the N relative classes of the output
 *   z_j += r_i for the relative classes i of class j (at most three)
 *
 * and backwards, d being the gradient of the loss by what follows it:
 *
 *   dz from softmax.h,  dr_i = Σ dz_j over the classes j of relative class i
 *   dV += xᵀ dz,  dv += Σ dz,  dQ += xᵀ dr,  dx = dz Vᵀ + dr Qᵀ   (or u for x)
 *   with ds = du (1 - u²):
 *   dP += xᵀ ds,  dp += Σ ds,  E and F: += ds in the chord's rows,  dx += ds Pᵀ
 *
 * A thread scores rows of its own; of the gradients, which are sums over all
 * rows, it makes some rows of each matrix. `from` below is a row of the chunk,
 * that of the first row of x. SPDX-License-Identifier: MIT */
#include "nott/nn/heads.h"

#include <string.h>

#include "act.h"
#include "heads_pass.h"

size_t heads_width(const struct model_config *c, enum model_output k) {
    return c->classes[k] + (c->copies ? 1 + c->copies : 0);
}

size_t heads_relative(const struct model_config *c, enum model_output k) {
    return c->relative[k] + (k == OUT_MELODY ? c->relative_over : 0) +
           c->relative_anchor[k];
}

/* ---- relative classes: r = x Q, z += r ---- */

/* The relative class of each class of an output, in row i: seen from its key,
 * and over its chord; NULL = there is none. */
static const int16_t *relative_in_key(const struct model *m,
                                      enum model_output k,
                                      const struct workspace *w, size_t i) {
    return m->relative_class[k] + (size_t)w->key[i] * m->config.classes[k];
}

/* A group of relative classes: where its logits begin, and that of each class.
 */
struct relatives {
    size_t at;
    const int16_t *class;
};

/* The groups of row i, of an output with keys; returns how many they are. */
static size_t relatives_of(const struct model *m, enum model_output k,
                           const struct workspace *w, size_t i,
                           struct relatives out[3]) {
    const struct model_config *c = &m->config;
    size_t n = 0, at = c->relative[k], K = c->classes[k];
    out[n++] = (struct relatives){0, relative_in_key(m, k, w, i)};
    if (k == OUT_MELODY && c->relative_over) {
        if (w->given[i] >= 0)
            out[n++] = (struct relatives){at, m->relative_over_chord +
                                                  (size_t)w->given[i] * K};
        at += c->relative_over;
    }
    if (c->relative_anchor[k])
        out[n++] = (struct relatives){at, m->relative_anchor[k] +
                                              (size_t)w->anchor[k][i] * K};
    return n;
}

static void add_relative(real *logits, const real *relative,
                         const int16_t *class, size_t K) {
    for (size_t j = 0; j < K; j++)
        logits[j] += class[j] >= 0 ? relative[class[j]] : 0;
}

static void collect_relative(real *relative, const real *logits,
                             const int16_t *class, size_t K) {
    for (size_t j = 0; j < K; j++)
        if (class[j] >= 0)
            relative[class[j]] += logits[j];
}

/* r[n,N] = x[n,width] Q, and z += r where the classes have relative ones. */
static void relative_forward(const struct model *m, struct workspace *w,
                             enum model_output k, size_t from,
                             struct mat_view x) {
    size_t N = heads_relative(&m->config, k), K = m->config.classes[k];
    size_t all = heads_width(&m->config, k);
    if (!m->config.keys)
        return;
    mat_mul(mat_of(w->relative[k] + from * N, x.rows, N), x,
            model_panels(m, &m->relative[k], 0, 0), 0);
    for (size_t i = from; i < from + x.rows; i++) {
        struct relatives group[3];
        size_t groups = relatives_of(m, k, w, i, group);
        for (size_t g = 0; g < groups; g++)
            add_relative(w->logits[k] + i * all,
                         w->relative[k] + i * N + group[g].at, group[g].class,
                         K);
    }
}

/* dr from dz, which lies in the place of z. */
static void relative_backward(const struct model *m, struct workspace *w,
                              enum model_output k, size_t from, size_t n) {
    size_t N = heads_relative(&m->config, k), K = m->config.classes[k];
    size_t all = heads_width(&m->config, k);
    if (!m->config.keys)
        return;
    memset(w->relative[k] + from * N, 0, n * N * sizeof(real));
    for (size_t i = from; i < from + n; i++) {
        struct relatives group[3];
        size_t groups = relatives_of(m, k, w, i, group);
        for (size_t g = 0; g < groups; g++)
            collect_relative(w->relative[k] + i * N + group[g].at,
                             w->logits[k] + i * all, group[g].class, K);
    }
}

/* ---- the factored head: u = tanh(x P + p + E[chord]) ---- */

ACT_VECTOR
static void tanh_all(real *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        x[i] = act_tanh(x[i]);
}

/* Where in the weights the rows of E and F for the chord of row i are; returns
 * how many, none for a chord of -1. */
static size_t chord_rows(const struct model *m, const struct workspace *w,
                         size_t i, size_t at[2]) {
    size_t n = 0, D = m->config.project;
    if (w->given[i] < 0)
        return 0;
    at[n++] = m->project_chord + (size_t)w->given[i] * D;
    if (m->config.keys) {
        int class = relative_in_key(m, OUT_CHORD, w, i)[w->given[i]];
        if (class >= 0)
            at[n++] = m->project_relative + (size_t) class * D;
    }
    return n;
}

/* u[n,D] from x[n,H]. */
static void project_forward(const struct model *m, struct workspace *w,
                            size_t from, struct mat_view x) {
    size_t D = m->config.project, at[2];
    real *u = w->project + from * D;
    for (size_t i = 0; i < x.rows; i++) {
        memcpy(u + i * D, m->weights + m->project_bias, D * sizeof(real));
        for (size_t r = chord_rows(m, w, from + i, at); r-- > 0;)
            mat_add_rows(u + i * D, mat_view_of(m->weights + at[r], 1, D));
    }
    mat_mul(mat_of(u, x.rows, D), x, model_panels(m, &m->project, 0, 0), 1);
    tanh_all(u, x.rows * D);
}

/* ds in the place of du. */
static void project_backward(const struct share *s, struct team_part rows) {
    size_t D = s->m->config.project;
    for (size_t i = rows.from * D; i < rows.to * D; i++)
        s->w->dproject[i] *= 1 - s->w->project[i] * s->w->project[i];
}

/* The thread's columns of dp, dE and dF, from all n rows of ds. */
static void project_rows_backward(const struct share *s, size_t n) {
    const struct model *m = s->m;
    struct workspace *w = s->w;
    size_t D = m->config.project, at[2];
    struct team_part mine = team_mine(s->who, D, MAT_PANEL);
    struct mat_view d = mat_view_cols(mat_view_of(w->dproject, n, D), mine.from,
                                      team_part_size(mine));
    mat_add_rows(w->gradient + m->project_bias + mine.from, d);
    for (size_t i = 0; i < n; i++)
        for (size_t r = chord_rows(m, w, i, at); r-- > 0;)
            mat_add_rows(w->gradient + at[r] + mine.from,
                         mat_view_rows(d, i, 1));
}

/* dx += ds Pᵀ. */
static void project_input_backward(const struct share *s, size_t from,
                                   struct mat dx) {
    size_t D = s->m->config.project;
    mat_mul(dx, mat_view_of(s->w->dproject + from * D, dx.rows, D),
            model_panels(s->m, &s->m->project, 1, 0), 1);
}

/* ---- the logits: z = v + x V ---- */

/* z[n,K+G] and r[n,N] from x[n,width]. */
static void head_forward(const struct model *m, struct workspace *w,
                         enum model_output k, size_t from, struct mat_view x) {
    size_t K = heads_width(&m->config, k);
    real *logits = w->logits[k] + from * K;
    for (size_t i = 0; i < x.rows; i++)
        memcpy(logits + i * K, m->weights + m->bias[k], K * sizeof(real));
    mat_mul(mat_of(logits, x.rows, K), x, model_panels(m, &m->weight[k], 0, 0),
            1);
    relative_forward(m, w, k, from, x);
}

/* The thread's rows of a matrix's gradient, xᵀ d. */
static void add_gradient(const struct share *s, const struct model_matrix *y,
                         struct mat_view x, const real *d) {
    struct team_part mine = team_mine(s->who, y->rows, 8);
    size_t n = team_part_size(mine);
    if (n)
        mat_mul_tn(
            mat_rows(mat_of(s->w->gradient + y->offset, y->rows, y->cols),
                     mine.from, n),
            mat_view_cols(x, mine.from, n), mat_view_of(d, x.rows, y->cols), 1);
}

/* dV, dv and dQ from all rows of x[n,width], dz and dr. */
static void head_weights_backward(const struct share *s, enum model_output k,
                                  struct mat_view x) {
    const struct model *m = s->m;
    size_t K = heads_width(&m->config, k);
    struct team_part mine = team_mine(s->who, K, MAT_PANEL);
    add_gradient(s, &m->weight[k], x, s->w->logits[k]);
    mat_add_rows(s->w->gradient + m->bias[k] + mine.from,
                 mat_view_cols(mat_view_of(s->w->logits[k], x.rows, K),
                               mine.from, team_part_size(mine)));
    if (m->config.keys)
        add_gradient(s, &m->relative[k], x, s->w->relative[k]);
}

/* dx[n,width] = dz Vᵀ + dr Qᵀ + beta dx. */
static void head_input_backward(const struct share *s, enum model_output k,
                                size_t from, struct mat dx, real beta) {
    const struct model *m = s->m;
    size_t K = heads_width(&m->config, k), N = heads_relative(&m->config, k);
    mat_mul(dx, mat_view_of(s->w->logits[k] + from * K, dx.rows, K),
            model_panels(m, &m->weight[k], 1, 0), beta);
    if (m->config.keys)
        mat_mul(dx, mat_view_of(s->w->relative[k] + from * N, dx.rows, N),
                model_panels(m, &m->relative[k], 1, 0), 1);
}

/* ---- scoring ---- */

/* What is known of the thread's rows: keys and chords, for relative classes and
 * E, and below targets and copies. Row i is place t0 B + i of the window. */
static void collect_given(const struct share *s, size_t t0,
                          struct team_part rows) {
    struct workspace *w = s->w;
    for (size_t i = rows.from; i < rows.to; i++) {
        w->key[i] = s->m->config.keys ? s->x->key[t0 * s->B + i] : 0;
        for (int k = 0; k < OUTPUTS; k++)
            w->anchor[k][i] = s->m->config.relative_anchor[k]
                                  ? s->x->anchor[k][t0 * s->B + i]
                                  : 0;
        w->given[i] = s->x->target[OUT_CHORD][t0 * s->B + i];
    }
}

/* Logits of output k, scored against the targets; in training dz takes the
 * place of z, and dr that of r. */
static void head_score(const struct share *s, enum model_output k, size_t t0,
                       size_t from, struct mat_view x) {
    struct workspace *w = s->w;
    size_t n = x.rows, at = t0 * s->B + from, K = s->m->config.classes[k];
    size_t L = s->m->config.copies, all = heads_width(&s->m->config, k);
    real scale = s->pass ? s->pass->scale[k] : 0;
    real *logits = w->logits[k] + from * all;
    const int16_t *target = s->x->target[k] + at;
    head_forward(s->m, w, k, from, x);
    if (L)
        softmax_copy_entropy(logits, s->x->copy[k] + at * L, target, n, K, L,
                             scale, w->nll[k] + at, w->best[k] + at);
    else
        softmax_cross_entropy(logits, target, n, K, scale, w->nll[k] + at,
                              w->best[k] + at);
    if (s->pass && scale == 0) /* else the probabilities stay there */
        memset(logits, 0, n * all * sizeof(real));
    if (s->pass)
        relative_backward(s->m, w, k, from, n);
}

/* Gradients of all weights, from all rows of the top layer's output. */
static void heads_weights_backward(const struct share *s, struct mat_view x) {
    const struct model *m = s->m;
    int factored = m->config.heads == HEADS_FACTORED;
    head_weights_backward(s, OUT_CHORD, x);
    head_weights_backward(
        s, OUT_MELODY,
        factored ? mat_view_of(s->w->project, x.rows, m->config.project) : x);
    if (factored) {
        add_gradient(s, &m->project, x, s->w->dproject);
        project_rows_backward(s, x.rows);
    }
}

/* The thread's rows of dx, in the place of x. */
static void heads_input_backward(const struct share *s, size_t from,
                                 struct mat top) {
    head_input_backward(s, OUT_CHORD, from, top, 0);
    if (s->m->config.heads == HEADS_FACTORED)
        project_input_backward(s, from, top);
    else
        head_input_backward(s, OUT_MELODY, from, top, 1);
}

/* Scores the thread's rows, and makes ds of them. */
static void score_rows(const struct share *s, size_t t0, struct team_part rows,
                       struct mat_view x) {
    struct workspace *w = s->w;
    size_t D = s->m->config.project, from = rows.from;
    collect_given(s, t0, rows);
    head_score(s, OUT_CHORD, t0, from, x);
    if (s->m->config.heads != HEADS_FACTORED) {
        head_score(s, OUT_MELODY, t0, from, x);
        return;
    }
    project_forward(s->m, w, from, x);
    head_score(s, OUT_MELODY, t0, from,
               mat_view_of(w->project + from * D, x.rows, D));
    if (s->pass) {
        head_input_backward(s, OUT_MELODY, from,
                            mat_of(w->dproject + from * D, x.rows, D), 0);
        project_backward(s, rows);
    }
}

void heads_score(const struct share *s, size_t t0, size_t t1) {
    size_t n = (t1 - t0) * s->B;
    struct mat top = mat_of(s->w->layer[s->m->config.layers - 1].out, n, s->H);
    struct team_part rows = team_mine(s->who, n, 4);
    struct mat mine = mat_rows(top, rows.from, team_part_size(rows));
    if (mine.rows)
        score_rows(s, t0, rows, mat_read(mine));
    if (!s->pass)
        return;
    team_wait(s->who); /* all rows are scored */
    heads_weights_backward(s, mat_read(top));
    team_wait(s->who); /* all have read the top layer's output */
    if (mine.rows)
        heads_input_backward(s, rows.from, mine);
}

/* ---- one step at a time ---- */

void heads_log_p(const struct model *m, struct workspace *w, size_t first_slot,
                 size_t count, enum model_output output,
                 const struct heads_given *given,
                 const struct softmax_params *params, real *log_p) {
    size_t H = m->config.hidden, D = m->config.project;
    struct mat_view x = mat_view_of(
        w->layer[m->config.layers - 1].out + first_slot * H, count, H);
    int knows = output == OUT_MELODY && m->config.heads == HEADS_FACTORED;
    for (size_t i = 0; i < count; i++) {
        w->key[i] = m->config.keys ? given->key[i] : 0;
        w->anchor[output][i] =
            m->config.relative_anchor[output] ? given->anchor[i] : 0;
        w->given[i] = knows ? given->chord[i] : -1;
    }
    if (knows)
        project_forward(m, w, 0, x);
    head_forward(m, w, output, 0,
                 knows ? mat_view_of(w->project, count, D) : x);
    softmax_log_p(w->logits[output], given->copy, count,
                  m->config.classes[output], m->config.copies, params, log_p);
}
