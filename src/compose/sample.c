/* Composing: see sample.h. SPDX-License-Identifier: MIT */
#include "nott/compose/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ensemble.h"
#include "particles.h"
#include "rules.h"
#include "search.h"

#define CLASSES             PLAYER_CLASSES
#define HARMONY_TEMPERATURE 0.5         /* where chords are not searched for */
#define TRIES               20          /* of a tune that copies too much */
#define HARDLY              ((real)-60) /* a log probability as good as none */

static size_t class_count(const struct ensemble *all, enum model_output k) {
    return all->m->model.config.classes[k];
}

/* How the probabilities of a voice are bent. */
static struct softmax_params bend(const struct sampling *how,
                                  enum model_output k) {
    double own = k == OUT_CHORD ? how->chord_temperature : 0;
    return (struct softmax_params){
        (real)(1 / (own >= SAMPLING_COLDEST ? own : how->temperature)),
        (real)how->min_p, (real)(1 / how->copy_temperature)};
}

/* Scores to log probabilities of the chord: the tune goes on where it must, and
 * with a melody given, the chord is one after that melody (Bayes' rule). */
static void weigh_chords(struct ensemble *all, size_t i, size_t t,
                         real *score) {
    const struct sampled *s = &all->list[i];
    int end = all->m->context.end;
    /* else it has learnt to hear the melody beforehand, or cannot */
    int by_bayes = all->how->melody_given && !all->m->context.on.ahead &&
                   all->m->model.config.heads == HEADS_FACTORED;
    size_t K = class_count(all, OUT_CHORD);
    real melody[CLASSES];
    if (end >= 0 && !s->may_end)
        score[end] = -INFINITY;
    for (size_t k = 0; by_bayes && k < K; k++) {
        int16_t chord = (int)k == end ? -1 : (int16_t)k;
        player_log_p(&all->player, i, 1, OUT_MELODY, &chord, NULL, melody);
        real note = melody[s->tune->melody[t]];
        /* a note that no chord allows still needs one */
        score[k] += note > HARDLY ? note : HARDLY;
    }
    softmax_log_normalize(score, K);
}

/* Where the bending has left hardly anything but classes that may not come now,
 * the network is asked again, of the other classes alone. */
static void ask_again(struct ensemble *all, size_t i, enum model_output k,
                      const uint8_t *barred, real *score) {
    size_t K = class_count(all, k), n = 0, class[CLASSES];
    real every[CLASSES], others[CLASSES], bent[CLASSES];
    for (size_t c = 0; c < K; c++) {
        if (barred[c])
            continue;
        if (score[c] > HARDLY)
            return;
        class[n++] = c;
    }
    if (!n)
        return;
    player_log_p(&all->player, i, 1, k, &all->chord[i], NULL, every);
    for (size_t c = 0; c < n; c++)
        others[c] = every[class[c]];
    softmax_log_p(others, NULL, 1, n, 0, &all->params[k], bent);
    for (size_t c = 0; c < K; c++)
        score[c] = -INFINITY;
    for (size_t c = 0; c < n; c++)
        score[class[c]] = bent[c];
}

/* Draws a class by its score; one of minus infinity is never drawn. */
static int draw(struct rng *rng, const real *score, size_t K) {
    double total = 0, at = rng_uniform(rng);
    real weight[CLASSES];
    softmax_exp(score, K, weight);
    for (size_t k = 0; k < K; k++) {
        weight[k] = score[k] == (real)-INFINITY ? 0 : weight[k];
        total += (double)weight[k];
    }
    at *= total;
    size_t k = 0;
    while (k + 1 < K && at >= (double)weight[k])
        at -= (double)weight[k++];
    while (k && weight[k] == 0) /* rounding must not choose the impossible */
        k--;
    return (int)k;
}

static int likeliest(const real *score, size_t K) {
    size_t best = 0;
    for (size_t i = 1; i < K; i++)
        best = score[i] > score[best] ? i : best;
    return (int)best;
}

static int choose(struct ensemble *all, size_t i, enum model_output k,
                  const uint8_t *barred, const real *score) {
    struct sampled *s = &all->list[i];
    size_t K = class_count(all, k);
    real allowed[CLASSES];
    for (size_t c = 0; c < K; c++)
        allowed[c] = barred[c] ? (real)-INFINITY : score[c];
    int class = all->how->method == SAMPLING_ARGMAX ? likeliest(allowed, K)
                                                    : draw(&s->rng, allowed, K);
    s->nats -= (double)score[class];
    return class;
}

/* ---- a step of all tunes ---- */

static int is_playing(const struct sampled *s, size_t t) {
    return t >= s->from && t < s->tune->steps;
}

/* All states move on by step t - 1; a tune that is over repeats its end. */
void ensemble_listen(struct ensemble *all, size_t t) {
    for (size_t i = 0; i < all->n; i++) {
        const struct tune *u = all->list[i].tune;
        struct tune_view view = {.melody = u->melody,
                                 .chord = u->has_chords ? u->chord : NULL,
                                 .header = u->frame.header,
                                 .steps = all->list[i].may_end ? 0 : u->steps,
                                 .melody_known = all->how->melody_given,
                                 .form = all->list[i].form};
        if (t - 1 < u->steps)
            player_hear(&all->player, i, &view, t - 1);
    }
    player_step(&all->player);
}

/* What must not come in voice k of tune i, and its scores without that. */
static void restrict_choice(struct ensemble *all, size_t i, enum model_output k,
                            size_t t, uint8_t *barred, real *score) {
    rules_bar(all->m, all->how, &all->list[i], k, t,
              player_sounding(&all->player, i), barred);
    ask_again(all, i, k, barred, score);
}

static int stands(const struct sampled *s, size_t t) {
    return s->stands && s->stands[t];
}

/* How well what comes before leads to it. */
static void keep(struct sampled *s, real log_p) {
    s->kept += (double)(log_p > HARDLY ? log_p : HARDLY);
}

static void play_chords(struct ensemble *all, size_t t) {
    uint8_t barred[CLASSES];
    size_t K = class_count(all, OUT_CHORD);
    player_log_p(&all->player, 0, all->n, OUT_CHORD, NULL,
                 &all->params[OUT_CHORD], all->score);
    for (size_t i = 0; i < all->n; i++) {
        struct tune *u = all->list[i].tune;
        real *score = all->score + i * K;
        if (!is_playing(&all->list[i], t) || !u->has_chords)
            continue;
        restrict_choice(all, i, OUT_CHORD, t, barred, score);
        weigh_chords(all, i, t, score);
        if (stands(&all->list[i], t)) {
            keep(&all->list[i], score[u->chord[t]]);
            continue;
        }
        int chord = choose(all, i, OUT_CHORD, barred, score);
        if (chord == all->m->context.end)
            u->steps = t;
        else
            u->chord[t] = (uint8_t)chord;
    }
}

void ensemble_chords(struct ensemble *all, size_t i, size_t t, uint8_t *barred,
                     real *score) {
    const struct sampled *s = &all->list[i];
    player_log_p(&all->player, i, 1, OUT_CHORD, NULL, NULL, score);
    rules_bar(all->m, all->how, s, OUT_CHORD, t,
              player_sounding(&all->player, i), barred);
    weigh_chords(all, i, t, score);
}

static void play_melodies(struct ensemble *all, size_t t) {
    uint8_t barred[CLASSES];
    size_t K = class_count(all, OUT_MELODY);
    for (size_t i = 0; i < all->n; i++) {
        const struct tune *u = all->list[i].tune;
        all->chord[i] = !u->has_chords ? -1 : t < u->steps ? u->chord[t] : 0;
    }
    player_log_p(&all->player, 0, all->n, OUT_MELODY, all->chord,
                 &all->params[OUT_MELODY], all->score);
    for (size_t i = 0; i < all->n; i++) {
        struct tune *u = all->list[i].tune;
        real *score = all->score + i * K;
        if (!is_playing(&all->list[i], t))
            continue;
        restrict_choice(all, i, OUT_MELODY, t, barred, score);
        if (stands(&all->list[i], t))
            keep(&all->list[i], score[u->melody[t]]);
        else
            u->melody[t] = (uint8_t)choose(all, i, OUT_MELODY, barred, score);
    }
}

/* Those that may end grow shorter on the way. */
int ensemble_goes_on(const struct ensemble *all, size_t t) {
    for (size_t i = 0; i < all->n; i++)
        if (t < all->list[i].tune->steps)
            return 1;
    return 0;
}

int ensemble_open(struct ensemble *all, const struct checkpoint *m,
                  struct sampled *list, size_t n, const struct sampling *how,
                  struct err *e) {
    *all = (struct ensemble){.m = m, .how = how, .list = list, .n = n};
    for (int k = 0; k < OUTPUTS; k++)
        all->params[k] = bend(how, (enum model_output)k);
    all->chord = calloc(n, sizeof *all->chord);
    all->score = calloc(n * CLASSES, sizeof *all->score);
    if (!all->chord || !all->score)
        return err_set(e, ERR_MEM, "composing: out of memory");
    for (size_t i = 0; i < n; i++)
        list[i].nats = 0;
    return player_init(&all->player, m, n, e);
}

void ensemble_close(struct ensemble *all) {
    player_free(&all->player);
    free(all->chord);
    free(all->score);
}

void ensemble_step(struct ensemble *all, size_t t) {
    ensemble_listen(all, t);
    if (!all->how->chord_given)
        play_chords(all, t);
    if (!all->how->melody_given)
        play_melodies(all, t);
}

static int play_together(const struct checkpoint *m, struct sampled *list,
                         size_t n, const struct sampling *how, struct err *e) {
    struct ensemble all;
    int rc = ensemble_open(&all, m, list, n, how, e);
    for (size_t t = 1; rc == 0 && ensemble_goes_on(&all, t); t++)
        ensemble_step(&all, t);
    ensemble_close(&all);
    return rc;
}

static void judge(const struct checkpoint *m, struct sampled *s) {
    float gestures[GESTURES];
    s->quality = 0;
    if (!m->critic.is_known || !s->form || s->may_end)
        return;
    for (int b = 0; b < s->form->bars; b++) {
        gestures_of_bar(&m->origin.vocabulary, s->tune, s->form, b, gestures);
        s->quality += critic_score(&m->critic, gestures) / s->form->bars;
    }
}

/* ---- one tune in lanes ---- */

/* Plays the tune as it was begun. Where all lanes copy too much, it begins
 * again; 1 = each time. */
static int play_new(const struct checkpoint *m, struct sampled *s,
                    const struct tune *begun, const struct sampling *how,
                    struct err *e) {
    for (int i = 0; i < TRIES; i++) {
        tune_free(s->tune);
        if (tune_copy(s->tune, begun, e) || particles_play(m, s, how, e))
            return -1;
        if (!particles_copy(m, s, how, s->from, s->tune->steps)) {
            judge(m, s);
            return 0;
        }
    }
    return 1;
}

static void swap_tunes(struct tune *a, struct tune *b) {
    struct tune c = *a;
    *a = *b;
    *b = c;
}

/* One more; it takes the place of the tune if it is better. */
static int play_other(const struct checkpoint *m, struct sampled *s,
                      const struct tune *begun, const struct sampling *how,
                      struct err *e) {
    struct tune tune = {0};
    struct sampled other = *s;
    other.tune = &tune;
    int rc = play_new(m, &other, begun, how, e);
    s->rng = other.rng;
    if (rc == 0 && other.quality > s->quality) {
        swap_tunes(s->tune, &tune);
        s->quality = other.quality;
        s->nats = other.nats;
    }
    tune_free(&tune);
    return rc < 0 ? -1 : 0;
}

/* The best of several by the critic; the first one draws as if alone. */
static int play_best(const struct checkpoint *m, struct sampled *s,
                     const struct sampling *how, struct err *e) {
    struct tune begun = {0};
    int rc = tune_copy(&begun, s->tune, e);
    if (rc == 0)
        rc = play_new(m, s, &begun, how, e);
    for (int i = 1; rc == 0 && m->critic.is_known && i < how->best_of; i++)
        rc = play_other(m, s, &begun, how, e);
    tune_free(&begun);
    return rc > 0
               ? err_set(e, ERR_FORMAT,
                         "sample.max_copy: each of %d tunes has more than %d "
                         "steps in a row of a training tune; allow more",
                         TRIES, how->max_copy)
               : rc;
}

/* What is asked for, and what this model and these tunes allow. */
static int check(const struct checkpoint *m, const struct sampled *list,
                 const struct sampling *how, int in_lanes, struct err *e) {
    if (how->max_copy > 0 && how->max_copy < SHINGLE_STEPS)
        return err_set(e, ERR_USAGE, "sample.max_copy: less than %d steps",
                       SHINGLE_STEPS);
    if (how->max_copy > 0 && !m->shingles.filter)
        return err_set(e, ERR_USAGE,
                       "sample.max_copy: this model does not know what its "
                       "training tunes are like");
    if (how->max_copy > 0 && (!in_lanes || how->melody_given || list[0].stands))
        return err_set(e, ERR_USAGE,
                       "sample.max_copy is for new melodies that are drawn in "
                       "lanes");
    return 0;
}

int sample_tunes(const struct checkpoint *m, struct sampled *list, size_t n,
                 const struct sampling *how, struct err *e) {
    int rc = 0, search = search_is_for(m, how), particles = !search;
    for (size_t i = 0; i < n; i++)
        particles &= particles_are_for(&list[i], how);
    if (check(m, list, how, particles, e))
        return -1;
    if (!search && !particles)
        rc = play_together(m, list, n, how, e);
    for (size_t i = 0; rc == 0 && i < n && (search || particles); i++)
        rc = search ? search_chords(m, &list[i], how, e)
                    : play_best(m, &list[i], how, e);
    for (size_t i = 0; rc == 0 && i < n && !particles; i++)
        judge(m, &list[i]); /* what was played in lanes has been judged */
    for (size_t i = 0; i < n; i++)
        if (list[i].tune->steps > list[i].from)
            list[i].nats /= (double)(list[i].tune->steps - list[i].from);
    return rc;
}

void sample_given_melody(const struct checkpoint *m, struct sampling *how,
                         int keep_temperature) {
    how->melody_given = 1;
    if (!keep_temperature)
        how->chord_temperature = m->context.on.ahead ? 0 : HARMONY_TEMPERATURE;
}

int sample_tune(const struct checkpoint *m, struct tune *t, size_t from,
                const struct sampling *how, struct rng *rng, double *nats,
                struct err *e) {
    struct sampled one = {.tune = t, .from = from, .rng = *rng};
    int rc = sample_tunes(m, &one, 1, how, e);
    *rng = one.rng;
    *nats = one.nats;
    return rc;
}
