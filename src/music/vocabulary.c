/* The meaning of classes: see vocabulary.h. SPDX-License-Identifier: MIT */
#include "nott/vocabulary.h"

#include <stdio.h>

#define FIRST_PITCH 2 /* attack: after rest and hold */

int vocabulary_rest(const struct vocabulary *v) {
    return v->encoding == ENCODING_CLASSIC ? CLASSIC_PITCHES : 0;
}

int vocabulary_pitch(const struct vocabulary *v, int melody) {
    int first = v->encoding == ENCODING_CLASSIC ? 0 : FIRST_PITCH;
    int silent = melody < first || melody >= v->melody_count;
    return silent || melody == vocabulary_rest(v) ? -1
                                                  : v->low + melody - first;
}

int vocabulary_melody(const struct vocabulary *v, int pitch) {
    int first = v->encoding == ENCODING_CLASSIC ? 0 : FIRST_PITCH;
    int count = v->encoding == ENCODING_CLASSIC ? CLASSIC_PITCHES
                                                : v->melody_count - first;
    return pitch < v->low || pitch >= v->low + count ? -1
                                                     : pitch - v->low + first;
}

void vocabulary_melody_name(const struct vocabulary *v, int melody,
                            char name[16]) {
    int pitch = vocabulary_pitch(v, melody);
    if (pitch >= 0)
        snprintf(name, 16, "%s%d", chord_pitch_class_name(pitch),
                 pitch / 12 - 1);
    else
        snprintf(name, 16, "%s",
                 melody == vocabulary_rest(v) ? "rest" : "hold");
}

int vocabulary_chord(const struct vocabulary *v, uint16_t set, int root) {
    int best = 0, best_score = 0;
    for (int k = 1; set && k < v->chord_count; k++) {
        const struct chord_class *c = &v->chords[k];
        int score = chord_likeness(set, root, c->set, c->root);
        if (c->set == set)
            score += 100;
        if (score > best_score) {
            best_score = score;
            best = k;
        }
    }
    return best;
}

int vocabulary_melody_goes_on(const struct vocabulary *v, int before) {
    int struck =
        v->encoding == ENCODING_ATTACK && vocabulary_pitch(v, before) >= 0;
    return struck ? MELODY_HOLD : before;
}
