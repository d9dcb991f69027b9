/* Rules of composing: which classes must not come at a step.
 *   limits    how long a note or a chord may last, against getting stuck
 *   cadence   the last bar comes to rest: from its middle on, no note is struck
 *             but the tonic and no chord comes but those on the tonic; and at
 *             its middle the tonic sounds, or is struck. Where there is a
 *             form, in the middle of the last bar of each part the note sounds
 *             that it says; where the tune ends on the tonic, no other note is
 *             struck after it, and if the form does not know its chord, that is
 *             one of the tonic to the end
 *   range     no note above or below those of the form
 *   end       an open tune has two steps at least
 * A tune without a key has no cadence, and neither has one whose length the
 * network decides. SPDX-License-Identifier: MIT */
#ifndef NOTT_RULES_H
#define NOTT_RULES_H

#include "nott/compose/sample.h"

/* Fills barred[classes of k] with 1 for those that must not come at step t >= 1
 * of the tune, whose steps before t are known; `sounding` is the melody class
 * last struck. Not all are barred. */
void rules_bar(const struct checkpoint *m, const struct sampling *how,
               const struct sampled *s, enum model_output k, size_t t,
               int sounding, uint8_t *barred);

#endif
