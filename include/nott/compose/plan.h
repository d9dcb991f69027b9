/* What a new tune starts from: its signs, its length, and the steps that are
 * there before the network plays. SPDX-License-Identifier: MIT */
#ifndef NOTT_PLAN_H
#define NOTT_PLAN_H

#include "nott/compose/outline.h"
#include "nott/compose/sample.h"
#include "nott/music/midi.h"

#define PLAN_MOST_BARS 128

/* A tune to be written: a track of a MIDI file has MIDI_MAX_EVENTS, four times
 * as many, which is six notes each quarter note and its chord's name. */
#define PLAN_MOST_STEPS (MIDI_MAX_EVENTS / 4)

struct plan {
    int bars;        /* length; 0 = as long as the given voice, or without
                      * one PLAN_MOST_BARS, of which the network may end;
                      * not with chord_text */
    size_t steps;    /* length in steps instead, 0 = by bars */
    int beats, unit; /* wanted time signature, 0 = any */
    int key;         /* wanted key, TUNE_KEY_UNKNOWN = any */
    struct performance performance; /* tempo below 10 = by the kind of tune */
    const char *rhythm;             /* that kind, NULL = its meter says it */
    int keep_tempo; /* the tune that the signs come from has its own tempo; it
                     * goes before performance.tempo if it is known */
    const struct tune *primer; /* begins like it; NULL = none */
    int primer_bars;           /* full bars of it, besides its pickup */
    const struct tune *melody; /* its melody is kept; NULL = none */
    const struct tune *rework; /* its steps are all there; NULL = none */
    const struct tune *chords; /* its chords are kept; NULL = none */
    const char *chord_text;    /* or these, one a bar; NULL = none */
    int low, high;       /* pitches that its melody stays within, 0 = any */
    const char *letters; /* of its parts, "AABB"; NULL = as they come */
};

/* Whether the network says where the tune ends: it does where nobody else does
 * and it knows of no forms. */
int plan_is_open(const struct plan *p, const struct checkpoint *m);

/* Makes the tune with everything that is given filled in, and *from, the first
 * step to be played (at least 1). Signs come from the given voice, else from
 * the primer, else, with the first step, from one of the training tunes'
 * openings that fit the wanted signs, drawn by `rng`. Given voices and primer
 * are laid bar line on bar line. For a given melody without chords these begin
 * with tune_first_chord; a primer without chords has none as long as it lasts.
 * A tune to be reworked has its own form and length.
 * The tune itself has chords, unless the model knows of none. *form is the
 * form of the given melody, else one drawn by outline_draw, whose length is
 * that of the tune; it has no bars if the model knows of no forms, or of none
 * in this meter. ERR_USAGE when no
 * opening fits or the primer is too short or too long, or when the model of an
 * open plan has not learnt where tunes end, or nothing says how long the tune
 * over chord_text is; ERR_MEM. */
int plan_tune(struct tune *t, const struct checkpoint *m, const struct plan *p,
              struct rng *rng, size_t *from, struct form *form, struct err *e);

#endif
