/* A melody step by step, whatever its key: by what happens, and by intervals.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_CONTOUR_H
#define NOTT_CONTOUR_H

#include <stdint.h>

enum contour {
    CONTOUR_GAP, /* for the caller: what is between two tunes */
    CONTOUR_SILENT,
    CONTOUR_REST, /* silence begins */
    CONTOUR_HOLD,
    CONTOUR_FIRST, /* the first note of a tune */
    CONTOUR_NOTE   /* and above: twice the interval from the last note, + 1
                    * after silence */
};

/* What happens at a step: the MIDI pitches that sound before it and now, -1 =
 * silence, and whether a note is struck. Together with those of the steps
 * before and after, it tells the stretch but for its key. *last is the last
 * pitch that sounded, -1 before there is one. */
static inline uint16_t contour_step(int before, int now, int struck,
                                    int *last) {
    *last = before >= 0 ? before : *last;
    if (now < 0)
        return before < 0 ? CONTOUR_SILENT : CONTOUR_REST;
    if (!struck)
        return CONTOUR_HOLD;
    if (*last < 0)
        return CONTOUR_FIRST;
    return (uint16_t)(CONTOUR_NOTE + 2 * (now - *last + 127) + (before < 0));
}

#endif
