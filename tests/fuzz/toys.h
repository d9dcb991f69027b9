/* A few small tunes, and the settings of a small network that learns them by
 * everything that a network may be told. SPDX-License-Identifier: MIT */
#ifndef NOTT_FUZZ_TOYS_H
#define NOTT_FUZZ_TOYS_H

#include "nott/learn/train.h"
#include "tune.h"

static inline void toys_data(struct dataset *d) {
    static const char book[] =
        "X:1\nM:2/4\nL:1/8\nK:D\n\"D\"d2 d2|\"G\"B/c/d/B/ \"A7\"AF|"
        "\"D\"d2 d2|\"A7\"e2 \"D\"d2|\n\n"
        "X:2\nM:2/4\nL:1/8\nK:G\nD|\"G\"G2 B2|\"C\"c2 \"D\"A2|\"G\"G2 B2|"
        "\"D\"A>F \"G\"G|\n\n"
        "X:3\nM:6/8\nL:1/8\nK:Am\n\"Am\"A3 c3|\"Em\"BcB G3|\"Am\"A3 c3|"
        "\"G\"BAG \"Am\"A3|\n";
    struct vocabulary v;
    tune_classes(&v, 60, 24);
    v.chord_count = 6;
    if (tune_read_all(d, &v, (const uint8_t *)book, sizeof book - 1) ||
        d->tunes != 3)
        abort();
    memset(d->source_sha256, 'a', 64);
    d->split[1] = SPLIT_VALID;
}

static inline enum train_order toys_update(void *user,
                                           const struct train_progress *p) {
    (void)user;
    (void)p;
    return TRAIN_GO;
}

static inline void toys_epoch(void *user, const struct train_epoch *line) {
    (void)user;
    (void)line;
}

static const struct train_hooks toys_hooks = {NULL, toys_update, toys_epoch};

static inline void toys_settings(struct settings *s, const char *dir) {
    conf_defaults(&settings_table, s);
    strcpy(s->run.dir, dir);
    s->model.hidden = 1;
    s->model.project = 1;
    s->features = (struct features){.position = 1,
                                    .key = 1,
                                    .bars = 4,
                                    .lags = {1, {1}},
                                    .copy = 1,
                                    .end = 1,
                                    .unknown = 1,
                                    .form = 1,
                                    .ahead = 1};
    s->train.epochs = 2;
    s->train.batch = 1;
    s->train.window = 16;
    s->train.critic_rounds = 0;
}

#endif
