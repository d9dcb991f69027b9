/* The output heads: see heads.h.
 *
 * From n rows of the top layer's output x [n,H] to the logits z of each output,
 * K classes and G gates (softmax.h), with weights V [width,K+G], bias v:
 *
 *   u [n,D] = tanh(x P + p + E[chord] + F[relative class of the chord])
 *   z [n,K+G] = v + x V,  or of the melody with the factored head  v + u V
 *   r [n,N]   = x Q,  or u Q: logits of the N relative classes of the output
 *   z_j += r_i for the relative classes i of class j (at most two)
 *
 * and backwards, d being the gradient of the loss by what follows it:
 *
 *   dz from softmax.h,  dr_i = Σ dz_j over the classes j of relative class i
 *   dV += xᵀ dz,  dv += Σ dz,  dQ += xᵀ dr,  dx = dz Vᵀ + dr Qᵀ   (or u for x)
 *   with ds = du (1 - u²):
 *   dP += xᵀ ds,  dp += Σ ds,  E and F: += ds in the chord's rows,  dx += ds Pᵀ
 * SPDX-License-Identifier: MIT */
#include "nott/nn/heads.h"

#include <string.h>

#include "act.h"
#include "heads_pass.h"

size_t heads_width(const struct model_config *c, enum model_output k) {
    return c->classes[k] + (c->copies ? 1 + c->copies : 0);
}

size_t heads_relative(const struct model_config *c, enum model_output k) {
    return c->relative[k] + (k == OUT_MELODY ? c->relative_over : 0);
}

/* ---- relative classes: r = x Q, z += r ---- */

/* The relative class of each class of an output, in row i: seen from its key,
 * and over its chord; NULL = there is none. */
static const int16_t *relative_in_key(const struct model *m,
                                      enum model_output k,
                                      const struct workspace *w, size_t i) {
    return m->relative_class[k] + (size_t)w->key[i] * m->config.classes[k];
}

static const int16_t *relative_over_chord_of(const struct model *m,
                                             enum model_output k,
                                             const struct workspace *w,
                                             size_t i) {
    int over = k == OUT_MELODY && m->config.relative_over && w->given[i] >= 0;
    return over ? m->relative_over_chord +
                      (size_t)w->given[i] * m->config.classes[OUT_MELODY]
                : NULL;
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
                             enum model_output k, struct mat_view x) {
    size_t N = heads_relative(&m->config, k), K = m->config.classes[k];
    size_t all = heads_width(&m->config, k);
    if (!m->config.keys)
        return;
    mat_mul(mat_of(w->relative[k], x.rows, N), x,
            mat_view_of(m->weights + m->relative[k], x.cols, N), 0);
    for (size_t i = 0; i < x.rows; i++) {
        real *logits = w->logits[k] + i * all,
             *relative = w->relative[k] + i * N;
        const int16_t *over = relative_over_chord_of(m, k, w, i);
        add_relative(logits, relative, relative_in_key(m, k, w, i), K);
        if (over)
            add_relative(logits, relative + m->config.relative[k], over, K);
    }
}

/* dr from dz, which lies in the place of z. */
static void relative_backward(const struct model *m, struct workspace *w,
                              enum model_output k, size_t n) {
    size_t N = heads_relative(&m->config, k), K = m->config.classes[k];
    size_t all = heads_width(&m->config, k);
    if (!m->config.keys)
        return;
    memset(w->relative[k], 0, n * N * sizeof(real));
    for (size_t i = 0; i < n; i++) {
        const real *logits = w->logits[k] + i * all;
        real *relative = w->relative[k] + i * N;
        const int16_t *over = relative_over_chord_of(m, k, w, i);
        collect_relative(relative, logits, relative_in_key(m, k, w, i), K);
        if (over)
            collect_relative(relative + m->config.relative[k], logits, over, K);
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
                            struct mat_view x) {
    size_t D = m->config.project, at[2];
    for (size_t i = 0; i < x.rows; i++) {
        real *u = w->project + i * D;
        memcpy(u, m->weights + m->project_bias, D * sizeof(real));
        for (size_t r = chord_rows(m, w, i, at); r-- > 0;)
            mat_add_rows(u, mat_view_of(m->weights + at[r], 1, D));
    }
    mat_mul(mat_of(w->project, x.rows, D), x,
            mat_view_of(m->weights + m->project, x.cols, D), 1);
    tanh_all(w->project, x.rows * D);
}

/* ds in the place of du, and from it the gradients of the weights. */
static void project_backward(const struct shard *s, struct mat_view x) {
    const struct model *m = s->m;
    struct workspace *w = s->w;
    size_t D = m->config.project, n = x.rows, at[2];
    struct mat_view d = mat_view_of(w->dproject, n, D);
    for (size_t i = 0; i < n * D; i++)
        w->dproject[i] *= 1 - w->project[i] * w->project[i];
    mat_mul_tn(mat_of(w->gradient + m->project, x.cols, D), x, d);
    mat_add_rows(w->gradient + m->project_bias, d);
    for (size_t i = 0; i < n; i++)
        for (size_t r = chord_rows(m, w, i, at); r-- > 0;)
            mat_add_rows(w->gradient + at[r],
                         mat_view_of(w->dproject + i * D, 1, D));
}

/* dx += ds Pᵀ. */
static void project_input_backward(const struct shard *s, struct mat dx) {
    size_t D = s->m->config.project;
    mat_mul(dx, mat_view_of(s->w->dproject, dx.rows, D),
            mat_view_of(s->m->transposed + s->m->project, D, dx.cols), 1);
}

/* ---- the logits: z = v + x V ---- */

/* z[n,K+G] and r[n,N] from x[n,width]. */
static void head_forward(const struct model *m, struct workspace *w,
                         enum model_output k, struct mat_view x) {
    size_t K = heads_width(&m->config, k);
    real *logits = w->logits[k];
    for (size_t i = 0; i < x.rows; i++)
        memcpy(logits + i * K, m->weights + m->bias[k], K * sizeof(real));
    mat_mul(mat_of(logits, x.rows, K), x,
            mat_view_of(m->weights + m->weight[k], x.cols, K), 1);
    relative_forward(m, w, k, x);
}

/* dV, dv and dQ from x[n,width], dz and dr. */
static void head_weights_backward(const struct shard *s, enum model_output k,
                                  struct mat_view x) {
    const struct model *m = s->m;
    size_t K = heads_width(&m->config, k);
    real *g = s->w->gradient;
    struct mat_view d = mat_view_of(s->w->logits[k], x.rows, K);
    mat_mul_tn(mat_of(g + m->weight[k], x.cols, K), x, d);
    mat_add_rows(g + m->bias[k], d);
    size_t N = heads_relative(&m->config, k);
    if (m->config.keys)
        mat_mul_tn(mat_of(g + m->relative[k], x.cols, N), x,
                   mat_view_of(s->w->relative[k], x.rows, N));
}

/* dx[n,width] = dz Vᵀ + dr Qᵀ + beta dx. */
static void head_input_backward(const struct shard *s, enum model_output k,
                                struct mat dx, real beta) {
    const struct model *m = s->m;
    size_t K = heads_width(&m->config, k);
    mat_mul(dx, mat_view_of(s->w->logits[k], dx.rows, K),
            mat_view_of(m->transposed + m->weight[k], K, dx.cols), beta);
    size_t N = heads_relative(&m->config, k);
    if (m->config.keys)
        mat_mul(dx, mat_view_of(s->w->relative[k], dx.rows, N),
                mat_view_of(m->transposed + m->relative[k], N, dx.cols), 1);
}

/* ---- scoring ---- */

static void collect_targets(const struct shard *s, enum model_output k,
                            size_t t0, size_t t1) {
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++)
            s->w->targets[(t - t0) * s->B + b] =
                s->x->target[k][shard_place(s, t, b)];
}

/* The keys and chords of the steps t0..t1-1, for relative classes and E. */
static void collect_given(const struct shard *s, size_t t0, size_t t1) {
    struct workspace *w = s->w;
    for (size_t t = t0; t < t1; t++)
        for (size_t b = 0; b < s->B; b++) {
            size_t i = (t - t0) * s->B + b, at = shard_place(s, t, b);
            w->key[i] = s->m->config.keys ? s->x->key[at] : 0;
            w->given[i] = s->x->target[OUT_CHORD][at];
        }
}

static void collect_copies(const struct shard *s, enum model_output k,
                           size_t t0, size_t t1) {
    size_t L = s->m->config.copies;
    for (size_t t = t0; t < t1; t++)
        memcpy(s->w->copy + (t - t0) * s->B * L,
               s->x->copy[k] + shard_place(s, t, 0) * L,
               s->B * L * sizeof *s->w->copy);
}

/* Logits of output k for the steps t0..t1-1, scored against the targets; in
 * training dz takes the place of z, and dr that of r. */
static void head_score(const struct shard *s, enum model_output k, size_t t0,
                       size_t t1, struct mat_view x) {
    struct workspace *w = s->w;
    size_t n = (t1 - t0) * s->B, at = t0 * s->B, K = s->m->config.classes[k];
    size_t L = s->m->config.copies, all = heads_width(&s->m->config, k);
    real scale = s->pass ? s->pass->scale[k] : 0;
    head_forward(s->m, w, k, x);
    collect_targets(s, k, t0, t1);
    if (L) {
        collect_copies(s, k, t0, t1);
        softmax_copy_entropy(w->logits[k], w->copy, w->targets, n, K, L, scale,
                             w->nll[k] + at, w->best[k] + at);
    } else {
        softmax_cross_entropy(w->logits[k], w->targets, n, K, scale,
                              w->nll[k] + at, w->best[k] + at);
    }
    if (s->pass && scale == 0) /* else the probabilities stay there */
        memset(w->logits[k], 0, n * all * sizeof(real));
    if (s->pass)
        relative_backward(s->m, w, k, n);
}

/* Gradients of all weights; dx in the place of x, the top layer's output. */
static void heads_backward(const struct shard *s, struct mat top) {
    const struct model *m = s->m;
    struct mat_view x = mat_read(top);
    head_weights_backward(s, OUT_CHORD, x);
    if (m->config.heads == HEADS_INDEPENDENT) {
        head_weights_backward(s, OUT_MELODY, x);
        head_input_backward(s, OUT_CHORD, top, 0);
        head_input_backward(s, OUT_MELODY, top, 1);
        return;
    }
    size_t D = m->config.project;
    struct mat d = mat_of(s->w->dproject, top.rows, D);
    head_weights_backward(s, OUT_MELODY,
                          mat_view_of(s->w->project, top.rows, D));
    head_input_backward(s, OUT_MELODY, d, 0);
    project_backward(s, x);
    head_input_backward(s, OUT_CHORD, top, 0);
    project_input_backward(s, top);
}

void heads_score(const struct shard *s, size_t t0, size_t t1) {
    const struct model *m = s->m;
    struct workspace *w = s->w;
    size_t n = (t1 - t0) * s->B;
    struct mat top = mat_of(w->layer[m->config.layers - 1].out, n, s->H);
    collect_given(s, t0, t1);
    head_score(s, OUT_CHORD, t0, t1, mat_read(top));
    if (m->config.heads == HEADS_FACTORED) {
        project_forward(m, w, mat_read(top));
        head_score(s, OUT_MELODY, t0, t1,
                   mat_view_of(w->project, n, m->config.project));
    } else {
        head_score(s, OUT_MELODY, t0, t1, mat_read(top));
    }
    if (s->pass)
        heads_backward(s, top);
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
        w->given[i] = knows ? given->chord[i] : -1;
    }
    if (knows)
        project_forward(m, w, x);
    head_forward(m, w, output, knows ? mat_view_of(w->project, count, D) : x);
    softmax_log_p(w->logits[output], given->copy, count,
                  m->config.classes[output], m->config.copies, params, log_p);
}
