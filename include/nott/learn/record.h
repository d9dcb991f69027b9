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
#define RECORD_LOG     "training.log" /* the tool's own */

/* All that a run writes but its tunes, in the order in which they replace those
 * of an earlier run. */
#define RECORD_FILES 6
extern const char *const record_files[RECORD_FILES];

/* The path of a file in the folder of the run, and of epoch-NNN.mid, a tune
 * composed after that epoch. As long as an earlier run is there it is that of a
 * temporary file. */
struct file_path record_path(const struct trainer *t, const char *name);
struct file_path record_sample_path(const struct trainer *t, int epoch);

/* Makes the folder, removes what a killed run left under temporary names. A run
 * that begins anew where an earlier one is leaves that as it is, and writes its
 * own files under temporary names: t->replaces. What is there and could not be
 * replaced is an error, before anything has changed. ERR_IO. */
int record_begin(struct trainer *t, struct err *e);

/* Fails unless the folder of the run is the one in which it began: another may
 * have been put in its place, and be another run's. ERR_IO. */
int record_is_here(const struct trainer *t, struct err *e);

/* Puts the files of a run that has its first epoch in place of those of
 * the earlier one, whose tunes go too, and nothing else. The earlier state goes
 * first, the new one comes when settings and model are there: an interruption
 * leaves a model, and a state that belongs to it or none. ERR_IO. */
int record_replace(struct trainer *t, struct err *e);

/* Takes away what a run has written that has not replaced the earlier one. */
void record_discard(const struct trainer *t);

/* The settings as resolved, each with its meaning. ERR_IO, ERR_MEM. */
int record_config(const struct trainer *t, struct err *e);

/* metrics.tsv and loss.svg anew, from the history of all epochs: so an
 * interruption can neither lose a line nor leave one twice. Losses are in nats
 * per step; p is the mean probability of what came, argmax the share of steps
 * on which the likeliest class was right; nan where no step was scored. ERR_IO,
 * ERR_MEM. */
int record_epoch(const struct trainer *t, struct err *e);

#endif
