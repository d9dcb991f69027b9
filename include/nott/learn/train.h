/* Training: epochs, validation, the best model kept, stop and resume.
 *
 * Truncated backpropagation through time: after every `window` steps of all
 * slots the weights move; the state is carried on, gradients are not (Williams
 * & Peng 1990). All chance comes from (seed, epoch, update), and threads share
 * no sums, so that the result depends neither on interruptions nor, with our
 * own kernels and in fp32, on the number of threads or on the processor.
 *
 * A run is a folder: config.ini (the settings as resolved), best.safetensors,
 * last.safetensors (with the optimizer and the position: exact resume),
 * metrics.tsv (a line per epoch), loss.svg. This room prints nothing and
 * knows no clock: the hooks do. SPDX-License-Identifier: MIT */
#ifndef NOTT_TRAIN_H
#define NOTT_TRAIN_H

#include "nott/learn/trainer.h"
#include "nott/player/inherit.h"

enum train_order { TRAIN_GO, TRAIN_SAVE, TRAIN_STOP };

struct train_progress {
    int epoch, epochs;    /* epoch from 1 */
    double share;         /* of this epoch done, 0..1 */
    double steps;         /* trained on since train_run began */
    double nats[OUTPUTS]; /* mean of the epoch so far */
    int validating;
    int refused; /* updates refused so far: the gradient was not finite */
};

struct train_hooks {
    void *user;
    /* After every update. STOP saves the state and ends with ERR_STOP. */
    enum train_order (*update)(void *user, const struct train_progress *p);
    /* The trainer's model is then the one that was validated. */
    void (*epoch)(void *user, const struct train_epoch *line);
};

/* Sets everything up, and with `resume` goes back to where last.safetensors
 * of the run was saved, if there is one. Nothing is written yet.
 * ERR_FORMAT when the run there is of other data or another network; ERR_IO,
 * ERR_MEM. */
int train_open(struct trainer *t, const struct settings *s,
               const struct dataset *d, int threads, int resume, struct err *e);
void train_close(struct trainer *t);

/* Where the training tunes of a dataset come from and how they begin; the
 * caller frees it (checkpoint_free_origin), or hands it to checkpoint_init.
 * ERR_MEM. */
int train_origin(struct origin *o, const struct dataset *d, struct err *e);

/* Puts the best weights of the run in `dir`, of the same network, in place of
 * the random first ones, class by class (inherit.h). ERR_FORMAT, ERR_IO,
 * ERR_MEM. */
int train_init_from(struct trainer *t, const char *dir, struct inherited *n,
                    struct err *e);

/* Makes the folder and clears it up (record_begin). train_run does it, unless a
 * caller that writes files of its own there has done it before. ERR_IO. */
int train_begin(struct trainer *t, struct err *e);

/* Writes config.ini and trains until the epochs or the patience are used up: 0.
 * What an earlier run left in the folder is replaced after the first epoch;
 * whatever ends the training before that leaves it as it was. Stopped by a
 * hook: ERR_STOP, with the state saved unless t->replaces. ERR_NUM when the
 * gradient stays not finite; the best model is untouched then. ERR_IO. */
int train_run(struct trainer *t, const struct train_hooks *h, struct err *e);

/* Bytes of weights, optimizer and activations. */
size_t train_bytes(const struct trainer *t);

#endif
