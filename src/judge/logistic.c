/* Logistic regression: see logistic.h. SPDX-License-Identifier: MIT */
#include "logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/num.h"

#define PENALTY     50.0 /* so strong that 200 columns fit 500 examples */
#define ITERATIONS  1000
#define SMALL       1e-4 /* gradient at which it is found */
#define POWER_STEPS 30

/* Everything that fitting needs, in one piece of memory. */
struct fit {
    const struct examples *from;
    double *z;                    /* [width, n]: the columns, standardized */
    double *mean, *scale;         /* [width] */
    double *w, *ahead, *gradient; /* [width + 1]: the last is the bias */
    double *score;                /* [n] */
    double class[2];
};

static int fit_init(struct fit *f, const struct examples *from,
                    double **memory) {
    size_t n = from->n, d = from->width;
    double *m = calloc(n * d + n + 5 * (d + 1), sizeof *m);
    *memory = m;
    if (!m)
        return -1;
    *f = (struct fit){.from = from};
    double **parts[] = {&f->mean, &f->scale, &f->w, &f->ahead, &f->gradient};
    for (size_t i = 0; i < 5; i++, m += d + 1)
        *parts[i] = m;
    f->score = m;
    f->z = m + n;
    examples_weights(from, f->class);
    return 0;
}

/* Mean 0 and deviation 1 over what is known; a column with one value is 0. */
static void standardize(struct fit *f) {
    size_t n = f->from->n;
    for (size_t j = 0; j < f->from->width; j++) {
        const double *x = f->from->x + j * n;
        double sum = 0, squares = 0, known = 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(x[i])) {
                sum += x[i];
                known += 1;
            }
        f->mean[j] = known > 0 ? sum / known : 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(x[i]))
                squares += (x[i] - f->mean[j]) * (x[i] - f->mean[j]);
        double deviation = known > 0 ? sqrt(squares / known) : 0;
        f->scale[j] = deviation > 1e-9 ? 1 / deviation : 0;
        for (size_t i = 0; i < n; i++)
            f->z[j * n + i] =
                isnan(x[i]) ? 0 : (x[i] - f->mean[j]) * f->scale[j];
    }
}

/* score = z w + bias. */
static void forward(struct fit *f, const double *w) {
    size_t n = f->from->n, d = f->from->width;
    for (size_t i = 0; i < n; i++)
        f->score[i] = w[d];
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < n; i++)
            f->score[i] += w[j] * f->z[j * n + i];
}

/* gradient = z' score, the bias like a column of ones. */
static void backward(struct fit *f) {
    size_t n = f->from->n, d = f->from->width;
    memset(f->gradient, 0, (d + 1) * sizeof *f->gradient);
    for (size_t j = 0; j < d; j++)
        for (size_t i = 0; i < n; i++)
            f->gradient[j] += f->z[j * n + i] * f->score[i];
    for (size_t i = 0; i < n; i++)
        f->gradient[d] += f->score[i];
}

static double norm(const double *v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* The largest slope of the gradient, at most: a quarter of the largest
 * eigenvalue of the weighted z' z, by the power method, and a bit more. */
static double steepest(struct fit *f) {
    size_t d = f->from->width;
    double length = 0;
    for (size_t j = 0; j <= d; j++)
        f->ahead[j] = 1 + 0.01 * (double)(j % 7);
    for (int s = 0; s < POWER_STEPS; s++) {
        double unit = norm(f->ahead, d + 1);
        for (size_t j = 0; j <= d; j++)
            f->ahead[j] /= unit;
        forward(f, f->ahead);
        for (size_t i = 0; i < f->from->n; i++)
            f->score[i] *= f->class[f->from->y[i]];
        backward(f);
        length = norm(f->gradient, d + 1);
        memcpy(f->ahead, f->gradient, (d + 1) * sizeof *f->ahead);
    }
    return PENALTY + 0.25 * 1.1 * length;
}

/* The gradient at w. */
static void slope(struct fit *f, const double *w) {
    forward(f, w);
    for (size_t i = 0; i < f->from->n; i++) {
        int y = f->from->y[i];
        f->score[i] = f->class[y] * (1 / (1 + num_exp(-f->score[i])) - y);
    }
    backward(f);
    for (size_t j = 0; j < f->from->width; j++)
        f->gradient[j] += PENALTY * w[j];
}

static void minimise(struct fit *f) {
    size_t d = f->from->width;
    double top = steepest(f);
    double momentum = (sqrt(top) - sqrt(PENALTY)) / (sqrt(top) + sqrt(PENALTY));
    memset(f->ahead, 0, (d + 1) * sizeof *f->ahead);
    for (int s = 0; s < ITERATIONS; s++) {
        slope(f, f->ahead);
        if (norm(f->gradient, d + 1) < SMALL)
            break;
        for (size_t j = 0; j <= d; j++) {
            double next = f->ahead[j] - f->gradient[j] / top;
            f->ahead[j] = next + momentum * (next - f->w[j]);
            f->w[j] = next;
        }
    }
}

int logistic_scores(const struct examples *from, const struct examples *of,
                    double *scores, struct err *e) {
    struct fit f;
    double *memory;
    if (fit_init(&f, from, &memory))
        return err_set(e, ERR_MEM, "logistic regression: out of memory");
    standardize(&f);
    minimise(&f);
    for (size_t i = 0; i < of->n; i++)
        scores[i] = f.w[from->width];
    for (size_t j = 0; j < from->width; j++)
        for (size_t i = 0; i < of->n; i++) {
            double x = of->x[j * of->n + i];
            scores[i] += isnan(x) ? 0 : f.w[j] * (x - f.mean[j]) * f.scale[j];
        }
    free(memory);
    return 0;
}
