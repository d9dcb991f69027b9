/* What rnn-sample is asked for. SPDX-License-Identifier: MIT */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "common/cli.h"
#include "nott/compose/rework.h"
#include "rnn-sample/targets.h"

#define NO_PROGRAM (-2)

struct arguments {
    struct cli_settings settings;
    const char *output[TARGETS_MAX], *svg, *format;
    size_t output_count;
    struct targets targets;
    const char *primer, *melody, *chords, *rework;
    struct rework change; /* of that */
    /* over the settings */
    const char *best_of, *max_copy;
    const char *bars, *temperature, *method, *tempo;
    int melody_program, chord_program; /* NO_PROGRAM = those of the settings */
    const char *rhythm, *form;
    int low, high; /* MIDI pitches of the melody; 0 = any */
    int show_form;
    struct arrangement arrangement;
    int primer_bars, has_primer_bars, has_seed;
    int64_t seed, steps;
    int count;
    const char *command; /* the words after the name, without folders */
    int beats, unit, key;
};

/* Fills them in; its input is a struct arguments. */
extern const struct argp arguments_parser;

#endif
