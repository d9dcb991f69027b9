/* The last thing of a training: the critic of the model.
 * SPDX-License-Identifier: MIT */
#ifndef TEACH_H
#define TEACH_H

#include "nott/base/err.h"
#include "nott/data/dataset.h"
#include "nott/player/settings.h"

/* Gives the best model of a run its critic (audition.h), if it knows of forms,
 * critics are asked for, it has none yet, and there are tunes with chords to
 * learn from. So many threads compose for it. The errors of audition_hold and
 * of checkpoints. */
int teach_critic(const struct settings *s, const struct dataset *d, int threads,
                 struct err *e);

#endif
