/* What rnn-train shows and writes down while it trains: the progress line, a
 * line per epoch, training.log. SPDX-License-Identifier: MIT */
#ifndef RUNLOG_H
#define RUNLOG_H

#include <stdio.h>

#include "common/cli.h"
#include "nott/learn/train.h"

struct runlog {
    const struct trainer *trainer;
    FILE *file; /* training.log */
    struct cli_progress bar;
    double began, saved;
    double steps;      /* since the program began */
    int time_is_up;    /* max_minutes ended the training */
    int refused;       /* updates told of */
    int sample_every;  /* epochs; 0 = never */
    struct err failed; /* beside the training; the first such thing */
};

/* Keeps the command line for the log. */
void runlog_command(int argc, char **argv);

/* Opens training.log, for appending when the run goes on, and writes its head:
 * command, version, libraries, processor, sizes, memory. ERR_IO. */
int runlog_open(struct runlog *r, const struct trainer *t, struct err *e);

/* Hooks for train_run; `user` is the runlog. */
enum train_order runlog_update(void *user, const struct train_progress *p);
void runlog_epoch(void *user, const struct train_epoch *line);

/* Closes the log; after success (rc 0) says what was reached and the next
 * command, after a stop that the state is saved. Returns rc, or -1
 * when the training went well and something beside it did not: a tune that
 * could not be written, or the log itself. */
int runlog_close(struct runlog *r, int rc, struct err *e);

#endif
