/* Bar lines of a song that is to be played, by its time signatures alone: those
 * of its first part, where decode_song writes them, else all.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ARRANGE_BARS_H
#define NOTT_ARRANGE_BARS_H

#include "nott/music/song.h"

struct arrange_bar {
    int64_t from, to; /* ticks */
    int64_t line;     /* a bar line that beats are counted from */
    int beats, unit;  /* of a pickup those of the bar that it leads to */
    int is_pickup;    /* a first bar alone under a signature of its own */
};

/* The bar in which a tick lies, tick >= 0. */
struct arrange_bar arrange_bars_at(const struct song *s, int64_t tick);

#endif
