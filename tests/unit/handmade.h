/* Tunes by hand, a character for each step: "C-D-E-.." strikes C4, D4 and E4
 * and rests; C to B are those from middle C on, c to f those above.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_HANDMADE_H
#define NOTT_HANDMADE_H

#include "toydata.h"

enum { HAND_BAR = 8 }; /* 2/4 in 16ths */

static inline int hand_pitch(char c) {
    static const char names[] = "C.D.EF.G.A.Bc.d.ef";
    const char *at = strchr(names, c);
    if (!at || c == '.')
        fail_msg("no note is called %c", c);
    return 60 + (int)(at - names);
}

static inline uint8_t hand_class(const struct vocabulary *v, char c,
                                 int before) {
    return (uint8_t)(c == '.'   ? vocabulary_rest(v)
                     : c == '-' ? vocabulary_melody_goes_on(v, before)
                                : vocabulary_melody(v, hand_pitch(c)));
}

/* A tune in 2/4, in C, whose chords are a text of one a bar, NULL = unknown.
 * The caller frees with tune_free. */
static inline void hand_tune(struct tune *t, const struct vocabulary *v,
                             int phase, const char *melody,
                             const char *chords) {
    assert_ok(tune_init(t, strlen(melody), e));
    t->frame = (struct tune_frame){
        .steps_per_quarter = 4,
        .header = {.bar = HAND_BAR, .phase = phase, .beats = 2, .unit = 4}};
    for (size_t k = 0; k < t->steps; k++)
        t->melody[k] = hand_class(v, melody[k], k ? t->melody[k - 1] : 0);
    t->has_chords = chords != NULL;
    if (chords)
        assert_ok(tune_set_chords(t, v, chords, e));
}

static inline void hand_form(struct form *f, const struct vocabulary *v,
                             const struct tune *t) {
    form_of(f, v, &t->frame.header, t->melody, t->has_chords ? t->chord : NULL,
            t->steps);
}

/* Parts of eight bars: one with three endings, and two others. No two bars of
 * them have a half or the rhythm in common, but for the endings 1 and 2. */
#define HAND_A7                                                                \
    "C-D-E-F-"                                                                 \
    "G---E---"                                                                 \
    "A-AAG-E-"                                                                 \
    "DE--D--C"                                                                 \
    "CDEFG---"                                                                 \
    "A---FEDC"                                                                 \
    "E--FG--E"
#define HAND_A1 HAND_A7 "G-.....D"
#define HAND_A2 HAND_A7 "G-..DCBA" /* its second half is another */
#define HAND_A3 HAND_A7 "C-CC----" /* all of it is */
#define HAND_B                                                                 \
    "cccccccc"                                                                 \
    "e--d.c--"                                                                 \
    "d-d-c--c"                                                                 \
    "ed---e-d"                                                                 \
    "fe-dc-dd"                                                                 \
    "--cBA--G"                                                                 \
    ".c.c.ddd"                                                                 \
    "d.cBAGFE"
#define HAND_C                                                                 \
    "FFF-F-FF"                                                                 \
    "AAG....."                                                                 \
    "B..B..BB"                                                                 \
    "EEE-.FFF"                                                                 \
    "G..GGGGG"                                                                 \
    "-GFE.D.-"                                                                 \
    "C..D..-E"                                                                 \
    ".D.C.B.A"

#endif
