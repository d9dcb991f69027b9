/* rnn-train: a dataset to a model. SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "common/output.h"
#include "nott/base/file.h"
#include "nott/learn/record.h"
#include "nott/learn/train.h"
#include "rnn-train/gridrank.h"
#include "rnn-train/gridrun.h"
#include "rnn-train/runlock.h"
#include "rnn-train/runlog.h"
#include "rnn-train/teach.h"

struct arguments {
    struct cli_settings settings;
    const struct dataset *data;
    const char *run, *init_from, *grid_part;
    struct ini_part part; /* by grid_part; the whole grid without */
    int resume, force, jobs, sample_every;
    struct runlock lock; /* of one run; members of a grid have their own */
};

enum { RUN = 256, RESUME, FORCE, INIT_FROM, JOBS, GRID_PART, SAMPLE_EVERY };

static const struct argp_option options[] = {
    {"run", RUN, "NAME", 0,
     "Train into models/NAME (a path with a slash is "
     "taken as it is)",
     0},
    {"resume", RESUME, NULL, 0, "Go on where the run was interrupted", 0},
    {"force", FORCE, NULL, 0, "Begin anew even if the run holds a model", 0},
    {"init-from", INIT_FROM, "DIR", 0,
     "Begin with the best weights of another run instead of random ones: "
     "classes of the same name keep theirs",
     0},
    {"sample-every", SAMPLE_EVERY, "N", 0,
     "Compose a short tune after every N epochs: DIR/epoch-NNN.mid", 0},
    {"jobs", JOBS, "N", 0,
     "Members of a [grid] trained at once (default 1); not for one run alone",
     0},
    {"grid-part", GRID_PART, "I/N", 0,
     "Train only part I of N of a [grid], one per machine, say: each Nth "
     "member from the Ith on",
     0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state) {
    struct arguments *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->settings;
        return 0;
    case RUN:
        a->run = cli_name(state, "--run", arg);
        if (strcmp(arg, ".") == 0 || strcmp(arg, "..") == 0)
            cli_misused(state, "--run: '%s' is no name", arg);
        return 0;
    case RESUME:
        a->resume = 1;
        return 0;
    case FORCE:
        a->force = 1;
        return 0;
    case INIT_FROM:
        a->init_from = cli_name(state, "--init-from", arg);
        return 0;
    case SAMPLE_EVERY:
        a->sample_every =
            (int)cli_integer(state, "--sample-every", arg, 1, 100000);
        return 0;
    case JOBS:
        a->jobs = (int)cli_integer(state, "--jobs", arg, 1, GRIDRUN_JOBS);
        return 0;
    case GRID_PART:
        a->grid_part = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char doc[] =
    "Trains a recurrent network on the sequences that midi2seq wrote, and "
    "keeps the model with the lowest loss on the validation tunes. Ctrl-C "
    "saves the state; --resume goes on from there to the same result."
    "\vExamples:\n"
    "  rnn-train --config configs/nottingham.ini --run first\n"
    "  rnn-train --config configs/nottingham.ini --run small "
    "--set model.hidden=64\n"
    "  rnn-train --dump-config     lists every setting with its meaning\n";

static const struct argp parser = {options,      parse, NULL, doc,
                                   cli_children, NULL,  NULL};

/* The folder for us alone, if it is there, and no model lost in it unasked. */
static int enter(struct arguments *a, int goes_on, struct err *e) {
    const char *dir = a->settings.settings.run.dir;
    static const char *const files[] = {CHECKPOINT_BEST, CHECKPOINT_LAST};
    if (!a->settings.grid->axes && runlock_take(&a->lock, dir, 0, e))
        return -1;
    for (int i = 0; i < 2 && !goes_on && !a->force; i++) {
        int there = file_is_there(file_in(dir, files[i]).text, e);
        if (there)
            return there < 0 ? there
                             : err_set(e, ERR_USAGE,
                                       "%s: holds a model already; --resume, "
                                       "--force, or another --run",
                                       dir);
    }
    return 0;
}

/* The run's folder from --run. */
static int resolve(struct arguments *a, struct err *e) {
    struct settings *s = &a->settings.settings;
    char text[CONF_PATH + 32];
    if (a->resume && a->force)
        return err_set(e, ERR_USAGE, "--resume or --force, not both");
    if (a->jobs > 1 && !a->settings.grid->axes)
        return err_set(e, ERR_USAGE,
                       "--jobs is for a [grid]; threads of one run are "
                       "--set train.threads=N");
    if (a->grid_part && !a->settings.grid->axes)
        return err_set(e, ERR_USAGE, "--grid-part is for a [grid]");
    if (a->grid_part &&
        ini_part_parse("--grid-part", a->grid_part, &a->part, e))
        return -1;
    if (a->run) {
        snprintf(text, sizeof text, "run.dir=%s%s",
                 strchr(a->run, '/') ? "" : "models/", a->run);
        if (conf_set(&settings_table, s, text, e))
            return -1;
    }
    return enter(a, a->resume, e);
}

/* The sequences must not be where the run writes. */
static int check_outputs(const struct settings *s, struct err *e) {
    struct file_path paths[RECORD_FILES];
    const char *outputs[RECORD_FILES], *input = s->data.sequences;
    for (int i = 0; i < RECORD_FILES; i++) {
        paths[i] = file_in(s->run.dir, record_files[i]);
        outputs[i] = paths[i].text;
    }
    return output_check((struct paths){outputs, RECORD_FILES},
                        (struct paths){&input, 1}, e);
}

/* Says how much of the other model could be taken over. */
static int init_from(const struct arguments *a, struct trainer *t,
                     struct err *e) {
    struct inherited n;
    if (!a->init_from || t->resumed)
        return 0;
    if (train_init_from(t, a->init_from, &n, e))
        return -1;
    cli_note("init-from %s: %d of %d melody classes, %d of %d chord classes by "
             "name",
             a->init_from, n.known[OUT_MELODY], n.classes[OUT_MELODY],
             n.known[OUT_CHORD], n.classes[OUT_CHORD]);
    return 0;
}

/* From where the trainer is to the end, or to a stop. */
static int go(const struct arguments *a, struct trainer *t, struct err *e) {
    struct runlog log;
    if (train_begin(t, e))
        return -1;
    cli_catch_signals();
    if (runlog_open(&log, t, e)) {
        cli_release_signals();
        return -1;
    }
    struct train_hooks hooks = {&log, runlog_update, runlog_epoch};
    log.sample_every = a->sample_every;
    int rc = train_run(t, &hooks, e);
    if (log.time_is_up && e->code == ERR_STOP) {
        *e = (struct err){0};
        rc = t->lowest >= 0
                 ? 0
                 : err_set(e, ERR_USAGE,
                           "train.max_minutes: over before the first epoch "
                           "was");
    }
    rc = runlog_close(&log, rc, e);
    if (rc == 0 || !cli_signal)
        cli_release_signals();
    return rc;
}

/* One run from beginning to end, or what is left of it. A finished member of a
 * grid is not even written to: it may be of another part. */
static int train(void *user, const struct settings *s, int at_once,
                 struct err *e) {
    struct arguments *a = user;
    struct trainer t;
    char word[CLI_WORD];
    if (mat_use(s->train.backend, e) ||
        train_open(&t, s, a->data, cli_threads(s, at_once), a->resume, e))
        return -1;
    int is_grid = a->settings.grid->axes > 0, is_finished = 0;
    int rc = init_from(a, &t, e) || file_make_dir(s->run.dir, e) ? -1 : 0;
    if (rc == 0 && !is_grid)
        rc = enter(a, t.resumed, e); /* it is there now */
    if (rc == 0 && is_grid && t.resumed)
        is_finished = gridrank_is_finished(s, e);
    if (rc || is_finished < 0) {
        rc = -1; /* or somebody else made it meanwhile */
    } else if (is_finished) {
        cli_note("%s: finished already", s->run.dir);
    } else {
        cli_verbosity = at_once > 1 ? 0 : cli_verbosity;
        rc = go(a, &t, e);
    }
    if (rc == 0 && !is_finished)
        rc = record_is_here(&t, e);
    train_close(&t);
    if (rc == 0)
        rc = teach_critic(s, a->data, cli_threads(s, at_once), e);
    if (rc == 0 && !is_finished)
        cli_note("next: rnn-sample --config %s -o song.mid",
                 cli_quoted(word, s->run.dir, "/" RECORD_CONFIG));
    return rc;
}

/* A grid always goes on where it was: its members come and go. */
static int run(struct arguments *a, struct dataset *d, struct err *e) {
    const struct settings *s = &a->settings.settings;
    if (dataset_load(d, s->data.sequences, e) || check_outputs(s, e))
        return -1;
    a->data = d;
    if (!a->settings.grid->axes)
        return train(a, s, 1, e);
    a->resume = !a->force;
    struct gridrun_task task = {a->part, a->jobs, train, a};
    return gridrun(s, a->settings.grid, &task, e);
}

int main(int argc, char **argv) {
    struct ini_grid grid = {0};
    struct arguments a = {.settings.grid = &grid,
                          .part = {1, 1},
                          .jobs = 1,
                          .lock = RUNLOCK_NONE};
    struct dataset d = {0};
    struct err e = {0};
    cli_init("rnn-train", mat_blas_version());
    runlog_command(argc, argv);
    cli_parse(&parser, argc, argv, &a);
    struct file_path from = cli_find(a.init_from ? a.init_from : "", "models");
    a.init_from = a.init_from ? from.text : NULL;
    int rc = cli_settings_load(&a.settings, NULL, &e);
    if (rc == 0)
        rc = resolve(&a, &e);
    if (rc == 0)
        rc = run(&a, &d, &e);
    dataset_free(&d);
    return rc ? cli_fail(&e) : EXIT_DONE;
}
