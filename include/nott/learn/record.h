/* What a training run leaves for people to read: config.ini, metrics.tsv,
 * loss.svg; and the clearing up of what an earlier run left.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_RECORD_H
#define NOTT_RECORD_H

#include "nott/base/file.h"
#include "nott/learn/trainer.h"

#define RECORD_CONFIG  "config.ini"
#define RECORD_METRICS "metrics.tsv"
#define RECORD_LOSS    "loss.svg"

/* The path of a file in the folder of the run, and of epoch-NNN.mid, a tune
 * composed after that epoch. */
struct file_path record_path(const struct trainer *t, const char *name);
struct file_path record_sample_path(const struct trainer *t, int epoch);

/* A run that begins anew must not be taken for the one before it: removes the
 * models, records and tunes of that, and nothing else. When one of the models
 * or records is protected from writing, all stay. ERR_IO. */
int record_clear(const struct trainer *t, struct err *e);

/* Removes what a killed run left under temporary names. ERR_IO. */
int record_clear_temporary(const struct trainer *t, struct err *e);

/* The settings as resolved, each with its meaning. ERR_IO, ERR_MEM. */
int record_config(const struct trainer *t, struct err *e);

/* metrics.tsv and loss.svg anew, from the history of all epochs: so an
 * interruption can neither lose a line nor leave one twice. Losses are in nats
 * per step; p is the mean probability of what came, argmax the share of steps
 * on which the likeliest class was right; nan where no step was scored. ERR_IO,
 * ERR_MEM. */
int record_epoch(const struct trainer *t, struct err *e);

#endif
