/* last.safetensors: all that a training needs to go on as if it had never been
 * interrupted, to the bit. The order of the tunes and all chance follow from
 * the seed and the position, so neither is stored.
 *
 * Besides the model (checkpoint.h), whose weights are the last ones, not their
 * mean: `position` F64, `running` F64 (sums of the epoch so far), `history` F64
 * [epochs, numbers of struct train_epoch], optim.m (Adam), optim.v,
 * optim.average (train.average), and for each layer state.hL, state.cL (LSTM);
 * and `data` U8 [64], the digits of dataset_sha256.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_RESUME_H
#define NOTT_RESUME_H

#include "nott/learn/trainer.h"

int resume_save(struct trainer *t, struct err *e); /* ERR_IO, ERR_MEM */

/* Goes back to the saved position if the run has one. ERR_FORMAT when it is of
 * other data or another network, or damaged, and so when the best model is,
 * which an earlier epoch left; ERR_USAGE when the run has a model but no
 * position; ERR_IO, ERR_MEM. */
int resume_load(struct trainer *t, struct err *e);

/* Is the position the end of the best epoch so far? Its weights are those of
 * best.safetensors then. */
int resume_is_best(const struct trainer *t);

#endif
