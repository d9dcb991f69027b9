/* The meter that notes speak for.
 *
 * Notes are heard on a grid of 16ths, the longer the stronger, and stronger
 * where the harmony changes or a bass note is struck. How well that agrees with
 * itself some beats later (its autocorrelation, as in Brown 1993,
 * "Determination of the meter of musical scores by autocorrelation") tells
 * whether bars have two or four beats or three, and whether a beat has two
 * parts or three. SPDX-License-Identifier: MIT */
#ifndef NOTT_PULSE_H
#define NOTT_PULSE_H

#include "nott/music/song.h"

/* 4/4, 3/4, 6/8 or 9/8, in beats and unit. The others must agree better than
 * 4/4 by `margin` (1 = no worse). `chords` may be empty. */
void pulse_meter(int *beats, int *unit, const struct part *melody,
                 const struct part *chords, int ppq, double margin);

/* The length of a pickup with a chord on its first note, in a tune that begins
 * at `origin` and has bars of so many ticks: up to the place in the bar, less
 * than half of it, that changes of harmony and bass notes speak for most in the
 * first bars, twice as much as for the beginning. 0 = there is none. */
int64_t pulse_pickup(const struct part *chords, int ppq, int64_t origin,
                     int64_t bar);

#endif
