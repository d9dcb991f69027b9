/* Models on disk: best.safetensors and last.safetensors.
 *
 * best holds all that composing and judging need: the weights under their
 * tensor names, the vocabulary, the settings of the network, and the openings
 * of the training tunes to start new tunes from. last adds the state of the
 * training (train.h). Both are safetensors files; the texts are `format`
 * ("nott-model 2"), cell, heads, layers, hidden, project, the features
 * (context.h), steps_per_quarter, data_sha256, epoch, valid_nats, and the
 * vocabulary's (dataset.h). SPDX-License-Identifier: MIT */
#ifndef NOTT_CHECKPOINT_H
#define NOTT_CHECKPOINT_H

#include "nott/base/err.h"
#include "nott/base/tensors.h"
#include "nott/data/dataset.h"
#include "nott/nn/model.h"
#include "nott/player/context.h"

/* How a training tune begins, and under which signs. */
struct opening {
    int16_t melody, chord; /* classes of its first step */
    int16_t bar, phase, beats, unit, key;
};

#define OPENING_NUMBERS 7 /* in struct opening, all I16 */

struct checkpoint {
    struct model model;
    struct vocabulary vocabulary;
    struct context context;
    int steps_per_quarter;
    char data_sha256[65];
    struct opening *openings; /* owned */
    size_t opening_count;
    int epoch; /* of the best model so far, from 1; last.safetensors may hold
                * the weights of a later one */
    double valid_nats; /* of that model: nats per step on the validation */
};

void checkpoint_free(struct checkpoint *t);

/* Builds the context, the model (zeroed) and the openings for a dataset. The
 * sizes rows, active, classes and copies of *c are filled in, and with the
 * feature `relative` keys and kinds, which come in as 0. ERR_MEM, ERR_FORMAT.
 */
int checkpoint_init(struct checkpoint *t, const struct dataset *d,
                    struct model_config *c, const struct features *f,
                    struct err *e);

/* 0 when the weights of one mean the same in the other: classes, features and
 * network are alike. */
int checkpoint_differs(const struct checkpoint *a, const struct checkpoint *b);

/* Writes the model whole or not at all; `more` are arrays and texts to add to
 * it, NULL for none. ERR_IO, ERR_MEM. */
int checkpoint_save(const struct checkpoint *t, const struct tensors *more,
                    const char *path, struct err *e);

/* Reads a model and checks everything in it. With `file` not NULL the
 * container stays open there, for what was added; the caller frees it.
 * ERR_IO, ERR_FORMAT, ERR_MEM. */
int checkpoint_load(struct checkpoint *t, const char *path,
                    struct tensors *file, struct err *e);

#endif
