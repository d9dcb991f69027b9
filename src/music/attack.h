/* The attack encoding: notes that are struck stay apart.
 *
 * Onsets go to the nearest step, halves up; so do ends, after a tick has been
 * added (note-offs come one tick early in the collection). A note that begins
 * cuts the one before; of notes that begin at the same step the longest stays.
 * Chords: the notes that begin together; in tracks where a bass note comes
 * first and its chord a beat later, the chord begins with the bass and holds
 * over the gap. SPDX-License-Identifier: MIT */
#ifndef NOTT_ATTACK_H
#define NOTT_ATTACK_H

#include "grid.h"
#include "nott/music/chord.h"
#include "nott/music/raw_tune.h"
#include "nott/music/song.h"
#include "nott/music/vocabulary.h"

/* Fills t->melody[t->steps] and the account of moved and lost notes; refuses
 * the tune when too many notes overlap. */
void attack_melody(struct raw_tune *t, const struct part *p, struct grid g);

/* Are the notes block chords, struck together and held? 1 or 0; -1 with
 * ERR_MEM. */
int attack_is_block(const struct part *p, struct grid g, int bar,
                    struct err *e);

/* Fills t->chord[t->steps] with numbers of the pool. ERR_MEM. */
int attack_chords(struct raw_tune *t, const struct part *p, struct grid g,
                  struct chord_pool *pool, struct err *e);

#endif
