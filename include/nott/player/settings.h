/* Every setting, in the structs of those who use them, and the table by which
 * they are read (conf.h). SPDX-License-Identifier: MIT */
#ifndef NOTT_SETTINGS_H
#define NOTT_SETTINGS_H

#include <stdint.h>

#include "nott/base/conf.h"
#include "nott/music/encode.h"
#include "nott/music/tune.h"
#include "nott/nn/mat.h"
#include "nott/nn/model.h"
#include "nott/nn/optim.h"
#include "nott/player/context.h"

struct data_settings {
    char sequences[CONF_PATH];
    int chord_min_count;
};

/* The first weights (model_randomize). */
struct init_settings {
    double range, forget_bias;
};

enum precision { PRECISION_FP32, PRECISION_BF16 };

/* How a training goes, but for the optimizer (optim.h). */
struct train_settings {
    int epochs;
    size_t batch, window;
    double dropout, input_dropout, input_noise, clip, melody_weight;
    double hide_chords, hide_form, show_melody;
    int critic_rounds, critic_tunes;
    int transpose, patience;
    int64_t seed;
    int threads;
    enum mat_backend backend;
    enum precision precision;
    int save_seconds;
    double max_minutes;
};

enum sampling_method { SAMPLING_DRAW, SAMPLING_ARGMAX };

#define SAMPLING_COLDEST 0.01 /* a chord temperature below it is none */

/* How a step is chosen. */
struct sampling {
    double temperature;
    double chord_temperature; /* below SAMPLING_COLDEST: as temperature */
    double copy_temperature;  /* of the choice between new and copied */
    double min_p;
    enum sampling_method method;
    /* see rules.h; 0 = none, but 16 with argmax */
    int melody_repeat_max, chord_repeat_max; /* steps */
    int cadence;                             /* 0 or 1 */
    int best_of;   /* tunes of which the critic keeps the best */
    int lanes;     /* played side by side for one tune (particles.h) */
    double critic; /* how much the critic weighs */
    int votes;     /* harmonisations that vote (search.h) */
    int max_copy;  /* steps in a row that a training tune may have; 0 = any */
    /* no settings: whether the tune's own voice is kept */
    int melody_given, chord_given;
    int low, high; /* nor this: pitches that notes stay within, 0 = any */
};

struct settings {
    struct data_settings data;
    struct encode_options encode;
    struct model_config model;
    struct features features;
    struct init_settings init;
    struct train_settings train;
    struct optim_config optim;
    struct {
        char dir[CONF_PATH];
    } run;
    int bars; /* of a new tune, 0 = as it wants */
    struct sampling sampling;
    struct performance performance;
};

extern const struct conf_table settings_table;

#endif
