/* Scores to songs: what is written, played. SPDX-License-Identifier: MIT */
#ifndef NOTT_PERFORM_H
#define NOTT_PERFORM_H

#include "nott/base/err.h"
#include "nott/music/song.h"
#include "nott/score/score.h"

#define PERFORM_MOST_NOTES 65536 /* more are refused: repeats of repeats */

/* Plays a score as a song of a part for signs, one for the melody and, if it
 * has chord symbols that chord_read knows, one for the chords, each held up to
 * the next symbol. Parts come in their order, repeats and endings as players
 * take them: an end without a beginning goes back to the last double bar or end
 * of a repeat, or to the beginning of the tune (ABC 2.1, 4.8); a beginning that
 * meets another one has its end there. Ties are one note, grace notes are
 * none. A pickup is a bar under a signature of its own, or a rest fills its bar
 * up where no signature says its length, as in decode.h.
 * Time grows as the items and what is played of them do, of which 524288 are
 * the most. ERR_FORMAT when it is too long, ERR_MEM. The caller frees *song. */
int perform_score(struct song *song, const struct score *s, struct err *e);

/* The same; last[i] gets the tick at which item i is played for the last time,
 * -1 where it never is. */
int perform_places(struct song *song, const struct score *s, int64_t *last,
                   struct err *e);

#endif
