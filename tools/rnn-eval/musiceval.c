/* Judging tunes: see musiceval.h. SPDX-License-Identifier: MIT */
#include "musiceval.h"

#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "musicshow.h"
#include "nott/data/corpus.h"

#define STEPS_PER_QUARTER 4 /* of MIDI files without a reference */

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

static int is_sequences(const char *path) {
    size_t n = strlen(path);
    return n > 4 && strcmp(path + n - 4, ".seq") == 0;
}

static int find_split(const char *name, int *split, struct err *e) {
    for (*split = 0; *split < SPLITS; ++*split)
        if (strcmp(name, split_names[*split]) == 0)
            return 0;
    return strcmp(name, "all") == 0
               ? 0
               : err_set(e, ERR_USAGE, "--split: '%s' is no split", name);
}

static int stopped(void *user, size_t done, size_t total) {
    (void)user;
    (void)done;
    (void)total;
    return cli_signal != 0;
}

/* Says which files are no tunes, and which could not be read. */
static int account(struct judging *j, const struct corpus *c, struct err *e) {
    size_t kept = j->set[TUNES].surface.count;
    for (size_t i = 0; i < c->count; i++) {
        j->refused += c->files[i].outcome == OUTCOME_REFUSED;
        j->unread += c->files[i].outcome == OUTCOME_UNREAD;
    }
    if (!kept && c->count == 1)
        return err_set(e, ERR_FORMAT, "%s: %s", c->files[0].path,
                       c->files[0].tune.reason);
    if (!kept)
        return err_set(e, ERR_FORMAT, "none of the %zu files is a tune",
                       c->count);
    for (size_t i = 0; i < c->count; i++) {
        const struct corpus_file *f = &c->files[i];
        if (f->outcome == OUTCOME_REFUSED)
            cli_note("%s: passed over: %s", f->path, f->tune.reason);
        else if (f->outcome == OUTCOME_UNREAD)
            cli_warn("%s: unread: %s", f->path, f->tune.reason);
    }
    return 0;
}

static int read_midi(struct judging *j, int steps_per_quarter, struct err *e) {
    struct encode_options o = {.encoding = ENCODING_ATTACK,
                               .steps_per_quarter = steps_per_quarter};
    struct corpus c;
    if (corpus_scan(&c, j->ask->paths, j->ask->path_count, 0, 0, e))
        return -1;
    int rc = corpus_encode(&c, &o, stopped, NULL, e);
    if (rc == 0)
        rc = surface_from_corpus(&j->set[TUNES].surface, &c, steps_per_quarter,
                                 e);
    if (rc == 0)
        rc = account(j, &c, e);
    corpus_free(&c);
    return rc;
}

static int read_sequences(struct judging *j, const char *path, int split,
                          struct err *e) {
    struct dataset d;
    struct surface_set *tunes = &j->set[TUNES].surface;
    if (dataset_load(&d, path, e))
        return -1;
    int rc = surface_from_dataset(tunes, &d, split, e);
    dataset_free(&d);
    if (rc == 0 && !tunes->count)
        rc = err_set(e, ERR_FORMAT, "%s: has no %s tunes", path,
                     split < SPLITS ? split_names[split] : "");
    return rc;
}

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
    int sequences = m->path_count == 1 && is_sequences(first);
    int split = SPLIT_TEST, steps = STEPS_PER_QUARTER;
    if (m->split && !sequences)
        return err_set(e, ERR_USAGE, "--split is for a .seq");
    if (m->split && find_split(m->split, &split, e))
        return -1;
    j->set[TUNES].there = 1;
    j->reference = m->reference ? m->reference : sequences ? first : NULL;
    int own = sequences && strcmp(j->reference, first) == 0;
    if (own && m->judge && split == SPLITS)
        return err_set(e, ERR_USAGE,
                       "--judge: %s: no tunes are left to judge "
                       "these by; give a --split or a --reference",
                       first);
    if (j->reference && read_reference(j, own ? split : SPLITS, e))
        return -1;
    if (j->reference)
        steps = j->set[TEST].surface.steps_per_quarter;
    if (sequences ? read_sequences(j, first, split, e) : read_midi(j, steps, e))
        return -1;
    if (j->reference && j->set[TUNES].surface.steps_per_quarter != steps)
        return err_set(e, ERR_FORMAT,
                       "%s: other steps in a quarter note than in %s", first,
                       j->reference);
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
    if (j->ask->bars)
        surface_keep_bars(&j->set[TUNES].surface, (size_t)j->ask->bars);
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
    if (rc == 0 && j.unread)
        rc = err_set(e, ERR_IO,
                     "%zu files could not be read; the others are judged",
                     j.unread);
    judging_free(&j);
    return rc;
}
