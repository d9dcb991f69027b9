/* Long and short notes out of even ones. SPDX-License-Identifier: MIT */
#ifndef NOTT_ARRANGE_SWING_H
#define NOTT_ARRANGE_SWING_H

#include "nott/base/err.h"
#include "nott/music/song.h"

/* Moves notes and texts inside the beats that can swing: see arrange.h. ERR_MEM
 * with some parts moved and others not. */
int arrange_swing_song(struct song *s, double swing, struct err *e);

#endif
