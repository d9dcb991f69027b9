/* Judging tunes: see musiceval.h. SPDX-License-Identifier: MIT */
#include "musiceval.h"

#include <stdlib.h>
#include <string.h>

#include "musicread.h"
#include "musicshow.h"

static void judging_free(struct judging *j) {
    for (int i = 0; i < SETS; i++) {
        surface_set_free(&j->set[i].surface);
        overlap_features_free(&j->set[i].features);
    }
    for (int i = 0; i < SHOWN; i++) {
        judge_free(&j->verdict[i]);
        free(j->tried[i]);
    }
    gates_free(&j->gates);
    free(j->novelty);
}

/* ---- reading ---- */

/* A set of the reference that is the judged one is not shown twice. */
static int read_reference(struct judging *j, int same_split, struct err *e) {
    struct dataset d;
    if (dataset_load(&d, j->reference, e))
        return -1;
    int rc = surface_from_dataset(&j->set[TEST].surface, &d, SPLIT_TEST, e);
    if (rc == 0)
        rc = surface_from_dataset(&j->set[TRAIN].surface, &d, SPLIT_TRAIN, e);
    if (rc == 0)
        rc = surface_from_dataset(&j->set[VALID].surface, &d, SPLIT_VALID, e);
    dataset_free(&d);
    for (int i = 0; i < SETS && rc == 0 && j->ask->bars; i++)
        if (i != TUNES)
            surface_keep_bars(&j->set[i].surface, (size_t)j->ask->bars);
    if (rc == 0 && j->ask->bars && !j->set[TEST].surface.count)
        rc = err_set(e, ERR_FORMAT, "%s: has no test tune of %d bars",
                     j->reference, j->ask->bars);
    j->set[TEST].there = same_split != SPLIT_TEST;
    j->set[TRAIN].there = same_split != SPLIT_TRAIN;
    j->set[VALID].there = same_split != SPLIT_VALID;
    return rc;
}

static int read_sets(struct judging *j, struct err *e) {
    const struct musiceval *m = j->ask;
    const char *first = m->paths[0];
    int sequences = musicread_is_sequences(m->paths, m->path_count);
    int split, steps = MUSICREAD_STEPS;
    if (m->split && !sequences)
        return err_set(e, ERR_USAGE, "--split is for a .seq");
    if (musicread_split(m->split, &split, e))
        return -1;
    j->set[TUNES].there = 1;
    j->reference = m->reference ? m->reference : sequences ? first : NULL;
    int own = sequences && strcmp(j->reference, first) == 0;
    if (own && m->judge && split == SPLITS)
        return err_set(e, ERR_USAGE,
                       "--judge: %s: no tunes are left to judge these by; "
                       "give a --split or a --reference",
                       first);
    if (m->bars && !j->reference)
        return err_set(e, ERR_USAGE, "--bars is for those of a --reference");
    if (j->reference && read_reference(j, own ? split : SPLITS, e))
        return -1;
    if (j->reference)
        steps = j->set[TEST].surface.steps_per_quarter;
    struct surface_set *tunes = &j->set[TUNES].surface;
    if (musicread(tunes, m->paths, m->path_count, split, steps, &j->account, e))
        return -1;
    if (j->reference && tunes->steps_per_quarter != steps)
        return err_set(e, ERR_FORMAT,
                       "%s: other steps in a quarter note than in %s", first,
                       j->reference);
    if (m->judge && m->bars)
        surface_keep_bars(tunes, (size_t)m->bars);
    return 0;
}

/* ---- judging ---- */

static int judge_measures(struct judging *j, struct err *e) {
    for (int i = 0; i < SHOWN; i++)
        if (measure_set(&j->set[i].surface, j->set[i].measure, e))
            return -1;
    for (int i = 0; i < SHOWN && judging_has_overlap(j); i++)
        if (overlap_features_init(&j->set[i].features, &j->set[i].surface, e))
            return -1;
    if (!judging_has_overlap(j))
        return 0;
    const struct tune_features *test = &j->set[TEST].features;
    return overlap_sets(&j->set[TUNES].features, test, j->tunes, e) ||
                   overlap_sets(&j->set[TRAIN].features, test, j->train, e)
               ? -1
               : 0;
}

static int judge_novelty(struct judging *j, struct err *e) {
    const struct surface_set *tunes = &j->set[TUNES].surface;
    struct novelty_index x;
    j->novelty = calloc(tunes->count, sizeof *j->novelty);
    if (!j->novelty)
        return err_set(e, ERR_MEM, "novelty: out of memory");
    if (novelty_index_init(&x, &j->set[TRAIN].surface, e))
        return -1;
    int rc = 0;
    for (size_t i = 0; i < tunes->count && rc == 0; i++)
        rc = novelty_find(&x, &tunes->list[i], &j->novelty[i], e);
    novelty_index_free(&x);
    return rc;
}

static int try_gates(struct judging *j, int i, struct err *e) {
    const struct surface_set *s = &j->set[i].surface;
    j->tried[i] = calloc(s->count + 1, sizeof *j->tried[i]);
    if (!j->tried[i])
        return err_set(e, ERR_MEM, "gates: out of memory");
    for (size_t k = 0; k < s->count; k++)
        if (gates_try(&j->gates, &s->list[k], &j->tried[i][k], e))
            return -1;
    return 0;
}

static int judge_gates(struct judging *j, struct err *e) {
    return gates_init(&j->gates, &j->set[TRAIN].surface, e) ||
                   try_gates(j, TUNES, e) || try_gates(j, TEST, e)
               ? -1
               : 0;
}

/* Set i against those that no model has learnt, and that are not judged. */
static int judge_against(struct judging *j, int i, const struct traits *unseen,
                         struct err *e) {
    struct traits x = {0};
    int rc = traits_add(&x, &j->set[i].surface, e);
    if (rc == 0)
        rc = judge_sets(&x, unseen, &j->verdict[i], e);
    traits_free(&x);
    return rc;
}

/* What the training tunes are told apart by is chance: the best there is. */
static int judge_apart(struct judging *j, struct err *e) {
    struct traits unseen = {0};
    static const int unseen_sets[] = {VALID, TEST};
    int rc = 0;
    for (int i = 0; i < 2 && rc == 0; i++)
        if (j->set[unseen_sets[i]].there)
            rc = traits_add(&unseen, &j->set[unseen_sets[i]].surface, e);
    j->unseen = unseen.tunes;
    if (rc == 0)
        rc = judge_against(j, TUNES, &unseen, e);
    if (rc == 0 && j->set[TRAIN].there &&
        j->set[TRAIN].surface.count >= JUDGE_LEAST)
        rc = judge_against(j, TRAIN, &unseen, e);
    traits_free(&unseen);
    return rc;
}

/* What is asked for, and cannot be had without a reference. */
static int needs_reference(const struct judging *j, struct err *e) {
    const struct musiceval *m = j->ask;
    const char *option = m->novelty ? "--novelty"
                         : m->gates ? "--gates"
                         : m->judge ? "--judge"
                                    : NULL;
    if (option && !j->reference)
        return err_set(e, ERR_USAGE, "%s: give the real tunes: --reference",
                       option);
    if ((m->novelty || m->gates) && !j->set[TRAIN].surface.count)
        return err_set(e, ERR_FORMAT, "%s: has no train tunes", j->reference);
    return 0;
}

int musiceval(const struct musiceval *m, struct err *e) {
    struct judging j = {.ask = m};
    int rc = read_sets(&j, e);
    if (rc == 0)
        rc = needs_reference(&j, e);
    if (rc == 0 && m->measures)
        rc = judge_measures(&j, e);
    if (rc == 0 && m->judge)
        rc = judge_apart(&j, e);
    if (rc == 0 && m->gates)
        rc = judge_gates(&j, e);
    if (rc == 0 && m->novelty)
        rc = judge_novelty(&j, e);
    if (rc == 0)
        rc = m->json ? musicshow_json(&j, e) : musicshow_tables(&j, e);
    if (rc == 0 && j.account.unread)
        rc = err_set(e, ERR_IO,
                     "%zu files could not be read; the others are judged",
                     j.account.unread);
    judging_free(&j);
    return rc;
}
