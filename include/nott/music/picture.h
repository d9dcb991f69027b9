/* Tunes as SVG text: a score of note bars. The same arguments always give the
 * same bytes, whatever the locale; texts may hold anything, what is not valid
 * UTF-8 becomes '?' and what does not fit is cut. SPDX-License-Identifier: MIT
 */
#ifndef NOTT_PICTURE_H
#define NOTT_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "nott/base/buf.h"
#include "nott/music/decode.h"
#include "nott/music/vocabulary.h"

#define PICTURE_ROWS 200 /* longer tunes are cut, and the picture says so */

/* Appends the tune in rows of (mostly) four bars: a rounded bar for every note
 * that is struck, over the colour of the chord's root. Every note is one
 * element of class "note"; where a note goes on in the next row, that part is
 * of class "tie". A name of a chord that finds no room is left out. `title`
 * and `subtitle` may be NULL, and so may `chord` where no chords are known.
 * Failures stay in out->failed. */
void picture_tune(struct buf *out, const struct vocabulary *v,
                  const uint8_t *melody, const uint8_t *chord, size_t steps,
                  const struct tune_frame *f, const char *title,
                  const char *subtitle);

#endif
