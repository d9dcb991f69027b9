/* Optimizers: see optim.h. SPDX-License-Identifier: MIT */
#include "nott/nn/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "nott/base/num.h"

#ifdef REAL_IS_DOUBLE
#define REAL_SQRT sqrt
#else
#define REAL_SQRT sqrtf
#endif

int optim_init(struct optim *o, const struct optim_config *c, size_t n,
               const real *w, struct err *e) {
    *o = (struct optim){.config = *c, .n = n};
    o->m = c->kind == OPTIM_ADAM ? mat_new(n) : NULL;
    o->v = mat_new(n);
    o->average = c->average > 0 ? mat_new(n) : NULL;
    if (!o->v || (c->kind == OPTIM_ADAM && !o->m) ||
        (c->average > 0 && !o->average)) {
        optim_free(o);
        return err_set(e, ERR_MEM, "optimizer: out of memory");
    }
    if (o->average)
        memcpy(o->average, w, n * sizeof *o->average);
    return 0;
}

void optim_free(struct optim *o) {
    free(o->m);
    free(o->v);
    free(o->average);
    *o = (struct optim){0};
}

/* ---- steps ---- */

ACT_VECTOR
static void approach(size_t n, real *restrict mean, const real *restrict w,
                     real share) {
    for (size_t i = 0; i < n; i++)
        mean[i] += share * (w[i] - mean[i]);
}

/* Of rows that no step touches for long the means fade away; numbers so small
 * that they would be subnormal, which is slow, are 0. */
static inline real fade(real x) {
    const real least = (real)1e-30;
    return x < least && x > -least ? 0 : x;
}

ACT_VECTOR
static void adam(size_t n, real *restrict w, const real *restrict g,
                 real *restrict m, real *restrict v, real b1, real b2,
                 const struct optim_update *u) {
    real scale = u->scale, rate = u->rate, eps = u->epsilon;
    real shrink = u->shrink, vscale = u->vscale;
    for (size_t i = 0; i < n; i++) {
        real d = scale * g[i];
        m[i] = fade(b1 * m[i] + (1 - b1) * d);
        v[i] = fade(b2 * v[i] + (1 - b2) * d * d);
        w[i] = w[i] * shrink - rate * m[i] / (REAL_SQRT(v[i] * vscale) + eps);
    }
}

ACT_VECTOR
static void rmsprop(size_t n, real *restrict w, const real *restrict g,
                    real *restrict v, real decay,
                    const struct optim_update *u) {
    real scale = u->scale, rate = u->rate, eps = u->epsilon;
    real shrink = u->shrink;
    for (size_t i = 0; i < n; i++) {
        real d = scale * g[i];
        v[i] = fade(decay * v[i] + (1 - decay) * d * d);
        w[i] = w[i] * shrink - rate * d / (REAL_SQRT(v[i]) + eps);
    }
}

/* Numbers that are brought up to date together, while they are in the caches;
 * also those whose squares make one sum. */
#define BLOCK 2048

size_t optim_blocks(size_t n) {
    return (n + BLOCK - 1) / BLOCK;
}

static size_t block_length(size_t n, size_t block) {
    size_t left = n - block * BLOCK;
    return left < BLOCK ? left : BLOCK;
}

struct optim_update optim_next(struct optim *o, double scale, double rate) {
    const struct optim_config *c = &o->config;
    struct optim_update u = {.scale = (real)scale,
                             .rate = (real)rate,
                             .epsilon = (real)c->epsilon,
                             .shrink = (real)(1 - rate * c->weight_decay)};
    o->steps++;
    if (c->kind == OPTIM_ADAM) {
        u.rate = (real)(rate / (1 - num_power(c->beta1, o->steps)));
        u.vscale = (real)(1 / (1 - num_power(c->beta2, o->steps)));
    }
    double young = (1 + (double)o->steps) / (10 + (double)o->steps);
    u.share = (real)(1 - (young < c->average ? young : c->average));
    return u;
}

void optim_step(struct optim *o, const struct optim_update *u, real *w,
                const real *g, size_t from, size_t to) {
    const struct optim_config *c = &o->config;
    for (size_t i = from; i < to; i++) {
        size_t n = block_length(o->n, i), at = i * BLOCK;
        if (c->kind == OPTIM_ADAM)
            adam(n, w + at, g + at, o->m + at, o->v + at, (real)c->beta1,
                 (real)c->beta2, u);
        else
            rmsprop(n, w + at, g + at, o->v + at, (real)c->beta2, u);
        if (o->average)
            approach(n, o->average + at, w + at, u->share);
    }
}

void optim_squares(const real *g, size_t n, size_t from, size_t to,
                   double *sums) {
    for (size_t b = from; b < to; b++) {
        const real *x = g + b * BLOCK;
        size_t length = block_length(n, b);
        double part[8] = {0}; /* eight at once: fixed order, yet vectors */
        for (size_t i = 0; i + 8 <= length; i += 8)
            for (size_t k = 0; k < 8; k++)
                part[k] += (double)x[i + k] * (double)x[i + k];
        for (size_t i = length / 8 * 8; i < length; i++)
            part[0] += (double)x[i] * (double)x[i];
        sums[b] = 0;
        for (size_t k = 0; k < 8; k++)
            sums[b] += part[k];
    }
}

/* ---- rates ---- */

/* Half a cosine from 1 down to `last`, for x from 0 to 1. */
static double fall(double x, double last) {
    double half = 0.5 + 0.5 * num_cos(3.14159265358979323846 * (x < 1 ? x : 1));
    return last + (1 - last) * half;
}

double optim_rate(const struct optim_config *c, size_t done, size_t epoch,
                  int epochs) {
    double at = (double)done, total = (double)epochs * (double)epoch;
    double warmup = floor(c->warmup_epochs * (double)epoch);
    if (at < warmup)
        return c->rate * (at / warmup);
    if (c->schedule == OPTIM_STEP)
        return c->rate *
               num_power(c->rate_factor,
                         (uint64_t)(at / (c->rate_every * (double)epoch)));
    if (c->schedule == OPTIM_COSINE && total > warmup)
        return c->rate * fall((at - warmup) / (total - warmup), c->rate_factor);
    return c->rate;
}

/* ---- settings ---- */

static const char *const kind_names[] = {"adam", "rmsprop", NULL};
static const char *const schedule_names[] = {"constant", "step", "cosine",
                                             NULL};

#define AT(field) offsetof(struct optim_config, field)

/* clang-format off */
static const struct conf_row rows[] = {
    {"train", "optimizer", NULL, CONF_CHOICE, AT(kind), "adam", NULL, 0, 0,
     kind_names, 0, "how gradients become steps"},
    {"train", "rate", NULL, CONF_NUMBER, AT(rate), "0.004", NULL, 1e-9, 10,
     NULL, 0, "learning rate"},
    {"train", "schedule", NULL, CONF_CHOICE, AT(schedule), "cosine", NULL, 0, 0,
     schedule_names, 0, "how the rate changes"},
    {"train", "warmup_epochs", NULL, CONF_NUMBER, AT(warmup_epochs), "1", NULL,
     0, 1000, NULL, 0, "epochs in which the rate rises to its full value"},
    {"train", "rate_factor", NULL, CONF_NUMBER, AT(rate_factor), "0.03", NULL,
     0, 1, NULL, 0,
     "cosine: last rate / first; step: factor at each step"},
    {"train", "rate_every", NULL, CONF_INTEGER, AT(rate_every), "10", NULL,
     1, 100000, NULL, 0, "step: epochs between steps"},
    {"train", "beta1", NULL, CONF_NUMBER, AT(beta1), "0.9", NULL, 0, 0.999999,
     NULL, 0, "adam: decay of the mean gradient"},
    {"train", "beta2", NULL, CONF_NUMBER, AT(beta2), "0.999", NULL,
     0, 0.999999999, NULL, 0,
     "decay of the mean squared gradient (rmsprop: 0.9 is usual)"},
    {"train", "epsilon", NULL, CONF_NUMBER, AT(epsilon), "1e-08", NULL,
     1e-30, 1, NULL, 0, "added to the root of the mean squared gradient"},
    {"train", "weight_decay", NULL, CONF_NUMBER, AT(weight_decay), "0.01", NULL,
     0, 100, NULL, 0, "share of each weight lost per update, times the rate"},
    {"train", "average", NULL, CONF_NUMBER, AT(average), "0", NULL,
     0, 0.999999, NULL, 0,
     "share kept, at each update, of a running mean of the weights, which is "
     "then what is validated and saved; 0 = none, 0.999 is usual"},
};
/* clang-format on */

const struct conf_group optim_settings = {rows, sizeof rows / sizeof *rows,
                                          CONF_GRID};
