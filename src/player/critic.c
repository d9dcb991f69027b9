/* A critic: see critic.h. SPDX-License-Identifier: MIT */
#include "nott/player/critic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nott/base/num.h"

#define ROUNDS 30
#define NEAR   1e-7 /* a step that is none */

double critic_score(const struct critic *c, const float gestures[GESTURES]) {
    double sum = 0;
    for (size_t k = 0; k < GESTURES; k++)
        sum += (double)c->weight[k] * (double)gestures[k];
    return sum;
}

/* The penalized likelihood near the weights: its gradient and its curvature. */
struct newton {
    double weight[GESTURES], gradient[GESTURES], step[GESTURES];
    double curve[GESTURES][GESTURES];
};

static double predict(const struct newton *x, const float *gestures) {
    double z = 0;
    for (size_t k = 0; k < GESTURES; k++)
        z += x->weight[k] * (double)gestures[k];
    return 1 / (1 + num_exp(-z));
}

/* Adds one bar, of which most gestures are 0. */
static void add_bar(struct newton *x, const float *gestures, int real) {
    double p = predict(x, gestures), curve = p * (1 - p);
    for (size_t j = 0; j < GESTURES; j++) {
        double a = (double)gestures[j];
        if (a == 0)
            continue;
        x->gradient[j] += a * ((real != 0) - p);
        for (size_t k = 0; k <= j; k++)
            x->curve[j][k] += curve * a * (double)gestures[k];
    }
}

static void survey(struct newton *x, const float *gestures, const uint8_t *real,
                   size_t n, double penalty) {
    memset(x->curve, 0, sizeof x->curve);
    for (size_t k = 0; k < GESTURES; k++) {
        x->gradient[k] = -penalty * x->weight[k];
        x->curve[k][k] = penalty;
    }
    for (size_t i = 0; i < n; i++)
        add_bar(x, gestures + i * GESTURES, real[i]);
}

/* The curvature is positive definite: Cholesky's factor takes its place, and
 * the step that of the gradient divided by it. */
static void solve(struct newton *x) {
    for (size_t j = 0; j < GESTURES; j++)
        for (size_t i = j; i < GESTURES; i++) {
            double sum = x->curve[i][j];
            for (size_t k = 0; k < j; k++)
                sum -= x->curve[i][k] * x->curve[j][k];
            x->curve[i][j] = i == j ? sqrt(sum) : sum / x->curve[j][j];
        }
    for (size_t i = 0; i < GESTURES; i++) {
        double sum = x->gradient[i];
        for (size_t k = 0; k < i; k++)
            sum -= x->curve[i][k] * x->step[k];
        x->step[i] = sum / x->curve[i][i];
    }
    for (size_t i = GESTURES; i-- > 0;) {
        double sum = x->step[i];
        for (size_t k = i + 1; k < GESTURES; k++)
            sum -= x->curve[k][i] * x->step[k];
        x->step[i] = sum / x->curve[i][i];
    }
}

int critic_learn(struct critic *c, const float *gestures, const uint8_t *real,
                 size_t n, double penalty, struct err *e) {
    struct newton *x = calloc(1, sizeof *x);
    if (!x)
        return err_set(e, ERR_MEM, "critic: out of memory");
    double moved = 1;
    for (int round = 0; round < ROUNDS && moved > NEAR; round++) {
        survey(x, gestures, real, n, penalty);
        solve(x);
        moved = 0;
        for (size_t k = 0; k < GESTURES; k++) {
            x->weight[k] += x->step[k];
            moved += x->step[k] * x->step[k];
        }
    }
    int bad = !isfinite(moved);
    for (size_t k = 0; k < GESTURES && !bad; k++)
        c->weight[k] += (float)x->weight[k];
    c->is_known |= !bad;
    free(x);
    return bad ? err_set(e, ERR_NUM, "critic: does not converge") : 0;
}
