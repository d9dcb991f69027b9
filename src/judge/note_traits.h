/* Traits of the melody's notes (traits.h): each function fills in a row, and
 * what says nothing is NaN there before. SPDX-License-Identifier: MIT */
#ifndef NOTT_NOTE_TRAITS_H
#define NOTT_NOTE_TRAITS_H

#include "nott/data/surface.h"

#define NOTE_INTERVALS 25 /* -12..12 semitones, larger ones with these */
#define NOTE_LENGTHS   8
#define NOTE_PLACES    16 /* of a bar */
#define NOTE_QUARTERS  4  /* of a tune's notes */

/* Share of each interval; of each degree from the tonic up; of each class of
 * time from note to note. */
void note_traits_intervals(const struct surface *t, double out[NOTE_INTERVALS]);
void note_traits_degrees(const struct surface *t, double out[12]);
void note_traits_lengths(const struct surface *t, double out[NOTE_LENGTHS]);

/* Notes per bar at each 16th of it. */
void note_traits_places(const struct surface *t, double out[NOTE_PLACES]);

/* Mean, lowest, highest pitch, their deviation; how often the line turns, and
 * how often after more than a third; notes of the tune. */
enum {
    NOTE_MEAN,
    NOTE_LOW,
    NOTE_HIGH,
    NOTE_DEVIATION,
    NOTE_TURNS,
    NOTE_LEAPS_TURN,
    NOTE_COUNT,
    NOTE_CONTOUR
};
void note_traits_contour(const struct surface *t, double out[NOTE_CONTOUR]);

/* Mean pitch of each quarter of the notes over that of all. */
void note_traits_quarters(const struct surface *t, double out[NOTE_QUARTERS]);

#endif
