/* Steps back to songs. SPDX-License-Identifier: MIT */
#ifndef NOTT_DECODE_H
#define NOTT_DECODE_H

#include "nott/base/err.h"
#include "nott/music/song.h"
#include "nott/music/tune.h"
#include "nott/music/vocabulary.h"

/* Steps to a song of three parts: signatures, melody on channel 1, chords on
 * channel 2 in the voicing of their class. The melody is accented by its place
 * in the bar (105, 95, 80), so that reading it again finds the bar lines.
 * Chords are struck where they change and on every bar line. A hold without a
 * note before it is a rest. With `chord` NULL the song is the melody alone.
 *
 * A pickup is a bar under a signature of its own, and the tune's signature
 * stands at its first bar line. Where no signature says the length of the
 * pickup, a rest fills its bar up, which reading takes away again, as it does
 * with a beat or more of rest at the beginning of any pickup. ERR_MEM. The
 * caller frees *s. */
int decode_song(struct song *s, const struct vocabulary *v,
                const uint8_t *melody, const uint8_t *chord, size_t steps,
                const struct tune_frame *f, const char *title, struct err *e);

/* The velocity of a note that begins `after` ticks after a bar line, `step` of
 * which make a step. */
int decode_accent(const struct tune_header *h, int64_t after, int64_t step);

#endif
