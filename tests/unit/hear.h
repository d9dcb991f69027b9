/* Tunes as they are heard, out of short texts.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_HEAR_H
#define NOTT_HEAR_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "near.h"
#include "nott/data/surface.h"
#include "toydata.h"

/* "60 - . 62": struck, goes on, silent, struck. "CCG.": a major chord a step.
 * The chords may stop early: then there are none. Meter 2/4. */
static inline void hear(struct surface *t, const char *melody,
                        const char *chords, int bar, int phase) {
    size_t steps = 1;
    for (const char *p = melody; *p; p++)
        steps += *p == ' ';
    assert_ok(surface_init(t, "tune", steps, e));
    t->header.bar = bar;
    t->header.phase = phase;
    t->header.beats = 2;
    const char *p = melody;
    for (size_t k = 0; k < steps; k++) {
        t->struck[k] = *p >= '0' && *p <= '9';
        t->pitch[k] = (int16_t)(t->struck[k]     ? (int)strtol(p, NULL, 10)
                                : *p == '-' && k ? t->pitch[k - 1]
                                                 : SURFACE_REST);
        p += strcspn(p, " ");
        p += *p == ' ';
        int root = 0;
        if (!*chords)
            continue;
        char name[2] = {*chords++, 0};
        if (name[0] == '.')
            continue;
        assert_ok(chord_parse(name, &t->chord[k], &root, e));
        t->bass[k] = (int8_t)root;
    }
}

#endif
