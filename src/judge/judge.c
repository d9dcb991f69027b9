/* Telling sets apart: see judge.h. SPDX-License-Identifier: MIT */
#include "nott/judge/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "examples.h"
#include "logistic.h"
#include "nott/base/rng.h"
#include "resample.h"
#include "stumps.h"

#define FOLDS 10
#define SEED  1

enum { STREAM_FOLDS, STREAM_DRAWS };

const char *const judge_keys[JUDGE_LEARNERS] = {"logistic", "stumps"};
const char *const judge_names[JUDGE_LEARNERS] = {"logistic regression",
                                                 "boosted stumps"};

static int (*const learners[JUDGE_LEARNERS])(const struct examples *from,
                                             const struct examples *of,
                                             double *scores, struct err *e) = {
    logistic_scores, stumps_scores};

/* ---- AUC ---- */

struct ranked {
    double score;
    unsigned char y;
    size_t i;
};

static int by_score(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    int order = (x->score > y->score) - (x->score < y->score);
    return order ? order : (x->i > y->i) - (x->i < y->i);
}

/* The share of pairs of both kinds in which the one has the higher score, of
 * equal ones half; each counts `times` as often, NULL = once. */
static double auc_of(const struct ranked *r, size_t n, const size_t *times) {
    double won = 0, zeros = 0, ones = 0;
    for (size_t i = 0, next; i < n; i = next) {
        double here[2] = {0};
        for (next = i; next < n && !(r[next].score > r[i].score); next++)
            here[r[next].y] += times ? (double)times[r[next].i] : 1;
        won += here[1] * (zeros + here[0] / 2);
        zeros += here[0];
        ones += here[1];
    }
    return zeros > 0 && ones > 0 ? won / (zeros * ones) : NAN;
}

/* The AUC of tunes drawn anew of each kind; `of` lists those of a kind. */
static double drawn_auc(struct rng *rng, const struct ranked *r, size_t n,
                        size_t *const of[2], const size_t count[2],
                        size_t *pick, size_t *times) {
    memset(times, 0, n * sizeof *times);
    for (int y = 0; y < 2; y++) {
        resample_draw(rng, pick, count[y]);
        for (size_t i = 0; i < count[y]; i++)
            times[of[y][pick[i]]]++;
    }
    return auc_of(r, n, times);
}

int judge_score(const double *score, const unsigned char *y, size_t n,
                struct judge_auc *out, struct err *e) {
    struct ranked *r = calloc(n + 1, sizeof *r);
    size_t *room = calloc(4 * n + 1, sizeof *room), count[2] = {0};
    size_t *of[2] = {room, room + n};
    double draws[RESAMPLE_DRAWS];
    struct rng rng;
    int ok = r && room;
    for (size_t i = 0; i < n && ok; i++) {
        r[i] = (struct ranked){score[i], y[i], i};
        of[y[i]][count[y[i]]++] = i;
    }
    if (ok) {
        qsort(r, n, sizeof *r, by_score);
        rng_seed(&rng, SEED, STREAM_DRAWS);
        for (int k = 0; k < RESAMPLE_DRAWS; k++)
            draws[k] =
                drawn_auc(&rng, r, n, of, count, room + 2 * n, room + 3 * n);
        struct resample_interval in = resample_interval(draws, RESAMPLE_DRAWS);
        *out = (struct judge_auc){auc_of(r, n, NULL), in.low, in.high};
    }
    free(r);
    free(room);
    return ok ? 0 : err_set(e, ERR_MEM, "AUC: out of memory");
}

/* ---- which traits ---- */

/* Do most tunes of the set say something of this trait? */
static int is_known(const struct traits *x, size_t trait) {
    size_t known = 0, width = traits_width();
    for (size_t i = 0; i < x->tunes; i++)
        known += !isnan(x->value[i * width + trait]);
    return 2 * known > x->tunes;
}

/* Its value of tune i of both sets, first those of a. */
static double value_of(const struct traits *a, const struct traits *b, size_t i,
                       size_t trait) {
    size_t width = traits_width();
    return i < a->tunes ? a->value[i * width + trait]
                        : b->value[(i - a->tunes) * width + trait];
}

/* All tunes as examples, of the traits that can be used; which these are goes
 * to `traits`. */
static int gather(const struct traits *a, const struct traits *b,
                  struct examples *x, size_t *traits) {
    size_t n = a->tunes + b->tunes, width = traits_width();
    *x = (struct examples){.n = n};
    x->x = calloc(n * width, sizeof *x->x);
    x->y = calloc(n, 1);
    if (!x->x || !x->y)
        return -1;
    for (size_t t = 0; t < width; t++) {
        if (!is_known(a, t) || !is_known(b, t))
            continue;
        for (size_t i = 0; i < n; i++)
            x->x[x->width * n + i] = value_of(a, b, i, t);
        traits[x->width++] = t;
    }
    for (size_t i = 0; i < n; i++)
        x->y[i] = i < a->tunes;
    return 0;
}

/* ---- one trait ---- */

static double mean_of(const struct examples *x, size_t j, int y) {
    double sum = 0, n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->y[i] == y && !isnan(x->x[j * x->n + i])) {
            sum += x->x[j * x->n + i];
            n += 1;
        }
    return sum / n;
}

static double auc_alone(const struct examples *x, size_t j,
                        struct ranked *room) {
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (!isnan(x->x[j * x->n + i]))
            room[n++] = (struct ranked){x->x[j * x->n + i], x->y[i], i};
    qsort(room, n, sizeof *room, by_score);
    return auc_of(room, n, NULL);
}

static int by_betrayal(const void *a, const void *b) {
    const struct judge_trait *x = a, *y = b;
    double p = fabs(x->auc - 0.5), q = fabs(y->auc - 0.5);
    int order = (p < q) - (p > q);
    return order ? order : (x->trait > y->trait) - (x->trait < y->trait);
}

static int judge_traits(const struct examples *x, const size_t *traits,
                        struct judge_verdict *out) {
    struct ranked *room = calloc(x->n, sizeof *room);
    out->traits = calloc(x->width + 1, sizeof *out->traits);
    int ok = room && out->traits;
    for (size_t j = 0; j < x->width && ok; j++)
        out->traits[out->count++] =
            (struct judge_trait){traits[j],
                                 auc_alone(x, j, room),
                                 {mean_of(x, j, 1), mean_of(x, j, 0)}};
    if (ok)
        qsort(out->traits, out->count, sizeof *out->traits, by_betrayal);
    free(room);
    return ok ? 0 : -1;
}

/* ---- folds ---- */

/* A fold for each example, both kinds spread evenly over all of them. */
static int draw_folds(const struct examples *x, int *fold) {
    int *order = calloc(x->n, sizeof *order), seen[2] = {0};
    struct rng rng;
    if (!order)
        return -1;
    for (size_t i = 0; i < x->n; i++)
        order[i] = (int)i;
    rng_seed(&rng, SEED, STREAM_FOLDS);
    rng_shuffle(&rng, order, x->n);
    for (size_t i = 0; i < x->n; i++)
        fold[order[i]] = seen[x->y[order[i]]]++ % FOLDS;
    free(order);
    return 0;
}

/* The examples of fold f, or with `others` all but those, into memory that is
 * there; who they are goes to `who`. */
static void take(const struct examples *x, const int *fold, int f, int others,
                 struct examples *out, size_t *who) {
    out->n = 0;
    out->width = x->width;
    for (size_t i = 0; i < x->n; i++)
        if ((fold[i] == f) != others) {
            out->y[out->n] = x->y[i];
            who[out->n++] = i;
        }
    for (size_t j = 0; j < x->width; j++)
        for (size_t i = 0; i < out->n; i++)
            out->x[j * out->n + i] = x->x[j * x->n + who[i]];
}

struct halves { /* room to learn and to test, and what comes of it */
    struct examples from, of;
    size_t *who;
    int *fold;
    double *found, *score;
};

static int halves_init(struct halves *h, const struct examples *x) {
    *h = (struct halves){.who = calloc(x->n, sizeof *h->who),
                         .fold = calloc(x->n, sizeof *h->fold),
                         .found = calloc(x->n, sizeof *h->found),
                         .score = calloc(x->n, sizeof *h->score)};
    struct examples *both[] = {&h->from, &h->of};
    int ok = h->who && h->fold && h->found && h->score;
    for (int i = 0; i < 2; i++) {
        both[i]->x = calloc(x->n * x->width + 1, sizeof *both[i]->x);
        both[i]->y = calloc(x->n, 1);
        ok = ok && both[i]->x && both[i]->y;
    }
    return ok ? draw_folds(x, h->fold) : -1;
}

static void halves_free(struct halves *h) {
    free(h->from.x);
    free(h->from.y);
    free(h->of.x);
    free(h->of.y);
    free(h->who);
    free(h->fold);
    free(h->found);
    free(h->score);
}

/* Has every example scored by a learner that has not seen it. */
static int cross_validate(const struct examples *x, int learner,
                          struct halves *h, struct err *e) {
    for (int f = 0; f < FOLDS; f++) {
        take(x, h->fold, f, 1, &h->from, h->who);
        take(x, h->fold, f, 0, &h->of, h->who);
        if (learners[learner](&h->from, &h->of, h->found, e))
            return -1;
        for (size_t i = 0; i < h->of.n; i++)
            h->score[h->who[i]] = h->found[i];
    }
    return 0;
}

static int judge_learners(const struct examples *x, struct judge_verdict *out,
                          struct err *e) {
    struct halves h;
    int rc =
        halves_init(&h, x) ? err_set(e, ERR_MEM, "judge: out of memory") : 0;
    for (int k = 0; k < JUDGE_LEARNERS && rc == 0; k++) {
        rc = cross_validate(x, k, &h, e);
        if (rc == 0)
            rc = judge_score(h.score, x->y, x->n, &out->by[k], e);
    }
    halves_free(&h);
    return rc;
}

int judge_sets(const struct traits *a, const struct traits *b,
               struct judge_verdict *out, struct err *e) {
    struct examples x = {0};
    *out = (struct judge_verdict){.count = 0};
    if (a->tunes < JUDGE_LEAST || b->tunes < JUDGE_LEAST)
        return err_set(e, ERR_FORMAT,
                       "judge: %zu tunes against %zu; it takes %d of each",
                       a->tunes, b->tunes, JUDGE_LEAST);
    size_t *traits = calloc(traits_width(), sizeof *traits);
    int rc = traits && gather(a, b, &x, traits) == 0 &&
                     judge_traits(&x, traits, out) == 0
                 ? 0
                 : err_set(e, ERR_MEM, "judge: out of memory");
    if (rc == 0)
        rc = judge_learners(&x, out, e);
    if (rc)
        judge_free(out);
    free(traits);
    free(x.x);
    free(x.y);
    return rc;
}

void judge_free(struct judge_verdict *v) {
    free(v->traits);
    *v = (struct judge_verdict){.count = 0};
}
