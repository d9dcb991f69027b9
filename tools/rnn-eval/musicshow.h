/* What was found about tunes, as tables and as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef MUSICSHOW_H
#define MUSICSHOW_H

#include "musiceval.h"
#include "musicread.h"
#include "nott/data/surface.h"
#include "nott/judge/gates.h"
#include "nott/judge/judge.h"
#include "nott/judge/measure.h"
#include "nott/judge/novelty.h"
#include "nott/judge/overlap.h"

/* The judged ones; the reference's, of which the last is for the judge alone.
 */
enum { TUNES, TEST, TRAIN, SHOWN, VALID = SHOWN, SETS };

struct set {
    int there; /* is it another one than the judged, to be shown? */
    struct surface_set surface;
    double measure[MEASURES];
    struct tune_features features;
};

struct judging {
    const struct musiceval *ask;
    const char *reference; /* path, NULL = none */
    struct musicread_account account;
    struct set set[SETS];
    struct overlap tunes[FEATURES], train[FEATURES]; /* to the test tunes */
    struct novelty *novelty; /* owned: of each of the judged tunes */
    struct judge_verdict
        verdict[SHOWN]; /* on TUNES, and TRAIN if it is there */
    struct gates gates;
    struct gate_result *tried[SHOWN]; /* owned: of each of TUNES and TEST */
    size_t unseen;                    /* tunes that they were judged by */
};

/* Distances are to the test tunes, so these cannot be judged by them. */
int judging_has_overlap(const struct judging *j);

/* A number in a table, "-" when it is none. */
void musicshow_cell(double v, int width, int decimals);

/* A name from a file, which must not steer the terminal. */
void musicshow_name(const char *name);

/* Both print to stdout. ERR_MEM. */
int musicshow_tables(const struct judging *j, struct err *e);
int musicshow_json(const struct judging *j, struct err *e);

#endif
