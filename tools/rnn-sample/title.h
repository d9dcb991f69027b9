/* Names for tunes, as such tunes have them. SPDX-License-Identifier: MIT */
#ifndef TITLE_H
#define TITLE_H

#include <stdint.h>

#include "nott/base/buf.h"

/* "The Miller's Lantern": always the same for a seed. */
void title_make(int64_t seed, struct buf *out);

#endif
