/* Optimizers: see optim.h. SPDX-License-Identifier: MIT */
#include "nott/nn/optim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "act.h"

#ifdef REAL_IS_DOUBLE
#define REAL_SQRT sqrt
#else
#define REAL_SQRT sqrtf
#endif

int optim_init(struct optim *o, const struct optim_config *c, size_t n,
               const real *w, struct err *e) {
    *o = (struct optim){.config = *c, .n = n};
    o->m = c->kind == OPTIM_ADAM ? calloc(n, sizeof *o->m) : NULL;
    o->v = calloc(n, sizeof *o->v);
    o->average = c->average > 0 ? malloc(n * sizeof *o->average) : NULL;
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

ACT_VECTOR
static void approach(size_t n, real *restrict mean, const real *restrict w,
                     real share) {
    for (size_t i = 0; i < n; i++)
        mean[i] += share * (w[i] - mean[i]);
}

ACT_VECTOR
static void adam(size_t n, real *restrict w, const real *restrict g,
                 real *restrict m, real *restrict v, real b1, real b2,
                 real rate, real vscale, real eps, real shrink) {
    for (size_t i = 0; i < n; i++) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        w[i] = w[i] * shrink - rate * m[i] / (REAL_SQRT(v[i] * vscale) + eps);
    }
}

ACT_VECTOR
static void rmsprop(size_t n, real *restrict w, const real *restrict g,
                    real *restrict v, real decay, real rate, real eps,
                    real shrink) {
    for (size_t i = 0; i < n; i++) {
        v[i] = decay * v[i] + (1 - decay) * g[i] * g[i];
        w[i] = w[i] * shrink - rate * g[i] / (REAL_SQRT(v[i]) + eps);
    }
}

void optim_step(struct optim *o, real *w, const real *g, double rate) {
    const struct optim_config *c = &o->config;
    o->steps++;
    real shrink = (real)(1 - rate * c->weight_decay);
    if (c->kind == OPTIM_ADAM) {
        double t = (double)o->steps;
        double unbias = 1 / (1 - pow(c->beta1, t));
        double vscale = 1 / (1 - pow(c->beta2, t));
        adam(o->n, w, g, o->m, o->v, (real)c->beta1, (real)c->beta2,
             (real)(rate * unbias), (real)vscale, (real)c->epsilon, shrink);
    } else {
        rmsprop(o->n, w, g, o->v, (real)c->beta2, (real)rate, (real)c->epsilon,
                shrink);
    }
    if (o->average) {
        double young = (1 + (double)o->steps) / (10 + (double)o->steps);
        double keep = young < c->average ? young : c->average;
        approach(o->n, o->average, w, (real)(1 - keep));
    }
}

double optim_norm(const real *g, size_t n) {
    double part[8] = {0}; /* eight sums at once: fixed order, yet vectors */
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            part[k] += (double)g[i + k] * (double)g[i + k];
    for (; i < n; i++)
        part[0] += (double)g[i] * (double)g[i];
    double sum = 0;
    for (size_t k = 0; k < 8; k++)
        sum += part[k];
    return sqrt(sum);
}

/* Half a cosine from 1 down to `last`, for x from 0 to 1. */
static double fall(double x, double last) {
    double half = 0.5 + 0.5 * cos(3.14159265358979323846 * fmin(x, 1));
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
               pow(c->rate_factor, floor(at / (c->rate_every * (double)epoch)));
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
