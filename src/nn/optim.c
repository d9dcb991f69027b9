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

int optim_init(struct optim *o, enum optim_kind kind, size_t n, struct err *e) {
    *o = (struct optim){.kind = kind, .n = n};
    o->beta1 = 0.9;
    o->beta2 = kind == OPTIM_ADAM ? 0.999 : 0.9;
    o->epsilon = 1e-8;
    o->m = kind == OPTIM_ADAM ? calloc(n, sizeof *o->m) : NULL;
    o->v = calloc(n, sizeof *o->v);
    if (!o->v || (kind == OPTIM_ADAM && !o->m)) {
        optim_free(o);
        return err_set(e, ERR_MEM, "optimizer: out of memory");
    }
    return 0;
}

void optim_free(struct optim *o) {
    free(o->m);
    free(o->v);
    free(o->average);
    *o = (struct optim){0};
}

int optim_average(struct optim *o, const real *w, double keep, struct err *e) {
    o->keep = keep;
    o->average = malloc(o->n * sizeof *o->average);
    if (!o->average)
        return err_set(e, ERR_MEM, "optimizer: out of memory");
    memcpy(o->average, w, o->n * sizeof *o->average);
    return 0;
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
    o->steps++;
    real shrink = (real)(1 - rate * o->weight_decay);
    if (o->kind == OPTIM_ADAM) {
        double t = (double)o->steps;
        double unbias = 1 / (1 - pow(o->beta1, t));
        double vscale = 1 / (1 - pow(o->beta2, t));
        adam(o->n, w, g, o->m, o->v, (real)o->beta1, (real)o->beta2,
             (real)(rate * unbias), (real)vscale, (real)o->epsilon, shrink);
    } else {
        rmsprop(o->n, w, g, o->v, (real)o->beta2, (real)rate, (real)o->epsilon,
                shrink);
    }
    if (o->average) {
        double young = (1 + (double)o->steps) / (10 + (double)o->steps);
        double keep = young < o->keep ? young : o->keep;
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

double schedule_factor(enum schedule kind, uint64_t done, uint64_t total,
                       uint64_t warmup, double factor, uint64_t every) {
    if (done < warmup)
        return (double)(done + 1) / (double)warmup;
    if (kind == SCHEDULE_STEP && every)
        return pow(factor, (double)(done / every));
    if (kind == SCHEDULE_COSINE && total > warmup) {
        double x = (double)(done - warmup) / (double)(total - warmup);
        double half = 0.5 + 0.5 * cos(3.14159265358979323846 * fmin(x, 1));
        return factor + (1 - factor) * half;
    }
    return 1;
}
