/* The state of a training run, shared by the loop (train.h), exact resume
 * (resume.h) and the records (record.h). SPDX-License-Identifier: MIT */
#ifndef NOTT_TRAINER_H
#define NOTT_TRAINER_H

#include "nott/base/hash.h"
#include "nott/learn/batch.h"
#include "nott/learn/tally.h"
#include "nott/learn/workers.h"
#include "nott/nn/optim.h"
#include "nott/player/checkpoint.h"
#include "nott/player/settings.h"

/* A line of metrics.tsv; all numbers are doubles so that last.safetensors can
 * hold the lines as one array. nats per step; p and correct are shares. */
struct train_epoch {
    double epoch; /* from 1 */
    double updates, rate;
    double train_nats[OUTPUTS], valid_nats[OUTPUTS];
    double valid_p[OUTPUTS], valid_correct[OUTPUTS];
    double best; /* 1 = the model of this epoch was saved */
};

#define TRAIN_EPOCH_NUMBERS (sizeof(struct train_epoch) / sizeof(double))

struct trainer {
    const struct settings *settings; /* borrowed, as is the dataset */
    const struct dataset *data;
    char data_sha256[HASH_HEX]; /* dataset_sha256 */
    struct checkpoint best;     /* its model is the one in training */
    struct optim optim;
    struct workers workers;
    struct batch train, valid;
    int epoch;                   /* epochs done */
    uint64_t update;             /* updates of this epoch done */
    uint64_t updates;            /* in all */
    double scored;               /* steps of this epoch done */
    struct tally running;        /* of this epoch */
    double lowest;               /* best validation nats so far; -1 = none */
    int waiting;                 /* epochs since */
    int refused_now;             /* updates refused one after the other */
    int refused;                 /* updates */
    struct train_epoch *history; /* owned, `epoch` lines */
    int resumed;
    int begun; /* record_begin has been, in the folder that these name */
    uint64_t device, inode;
    int replaces; /* an earlier run, which stays for the first epoch */
};

#endif
