/* Training a grid: see gridrun.h. SPDX-License-Identifier: MIT */
#include "gridrun.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/cli.h"
#include "nott/base/file.h"
#include "rnn-train/gridrank.h"
#include "rnn-train/runlock.h"

/* The members of the whole grid, and how those of our part are trained. */
struct grid {
    const struct gridrun_task *task;
    struct gridrank_member *list; /* owned */
    size_t size;
    size_t ours;
    int at_once;
};

/* ---- members ---- */

static int make_member(struct gridrank_member *m, const struct settings *base,
                       const struct ini_grid *grid, size_t number,
                       struct err *e) {
    m->settings = *base;
    m->number = number;
    if (ini_grid_apply(&settings_table, grid, number, &m->settings, m->name, e))
        return -1;
    int n = snprintf(m->settings.run.dir, CONF_PATH, "%s/%s", base->run.dir,
                     m->name);
    if (n >= CONF_PATH)
        return err_set(e, ERR_USAGE, "%s: path too long", m->name);
    return 0;
}

static int by_name(const void *a, const void *b) {
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

static int check_names(const struct grid *g, struct err *e) {
    const char **names = malloc(g->size * sizeof *names);
    int rc = names ? 0 : err_set(e, ERR_MEM, "grid: out of memory");
    for (size_t i = 0; i < g->size && rc == 0; i++)
        names[i] = g->list[i].name;
    if (rc == 0)
        qsort(names, g->size, sizeof *names, by_name);
    for (size_t i = 1; i < g->size && rc == 0; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            rc = err_set(e, ERR_USAGE, "grid: %s comes twice", names[i]);
    free(names);
    return rc;
}

static int is_ours(const struct grid *g, size_t i) {
    return ini_part_has(&g->task->part, i);
}

static int open_grid(struct grid *g, const struct settings *base,
                     const struct ini_grid *grid,
                     const struct gridrun_task *task, struct err *e) {
    *g = (struct grid){.task = task, .size = ini_grid_size(grid)};
    g->list = calloc(g->size, sizeof *g->list);
    if (!g->list)
        return err_set(e, ERR_MEM, "grid: out of memory");
    for (size_t i = 0; i < g->size; i++) {
        if (make_member(&g->list[i], base, grid, i, e))
            return -1;
        g->ours += (size_t)is_ours(g, i);
    }
    /* nobody shares the processors with members that there are not */
    g->at_once = g->ours < (size_t)task->jobs ? (int)g->ours : task->jobs;
    return check_names(g, e);
}

/* ---- one member ---- */

static int train_member(const struct grid *g, const struct gridrank_member *m,
                        struct err *e) {
    const struct gridrun_task *task = g->task;
    const struct settings *s = &m->settings;
    struct runlock lock = RUNLOCK_NONE;
    int rc = 0;
    if (file_make_dir(s->run.dir, e))
        return -1;
    if (runlock_take(&lock, s->run.dir, 1, NULL))
        cli_note("%s: another call is training it", m->name);
    else if (task->train(task->user, s, g->at_once, e) || gridrank_finish(s, e))
        rc = -1;
    runlock_release(&lock);
    return rc;
}

/* ---- all of them ---- */

static void train_in_turn(const struct grid *g) {
    for (size_t i = 0; i < g->size && !cli_signal; i++) {
        struct err e = {0};
        if (!is_ours(g, i))
            continue;
        cli_note("%zu of %zu: %s", i + 1, g->size, g->list[i].name);
        g->list[i].failed = train_member(g, &g->list[i], &e) != 0;
        if (g->list[i].failed && e.code != ERR_STOP)
            cli_warn("%s: %s", g->list[i].name, e.text);
    }
}

/* A process and what it trains. */
struct job {
    pid_t child; /* 0 = the place is free */
    struct gridrank_member *member;
};

/* -1 = there was no process to be had. */
static pid_t begin_job(const struct grid *g, const struct gridrank_member *m) {
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child != 0)
        return child;
    struct err e = {0};
    cli_fork_signals(parent);
    int rc = train_member(g, m, &e);
    if (rc && e.code != ERR_STOP)
        cli_warn("%s: %s", m->name, e.text);
    _exit(rc ? EXIT_FAILED : EXIT_DONE);
}

/* Waits for any child, hands on a signal that comes meanwhile, takes the child
 * off the list and takes down how it ended. It looks again and again: a signal
 * just before one waits would be heard when a child has ended. */
static void end_job(struct job *jobs, int n) {
    const struct timespec moment = {.tv_nsec = 50000000};
    int status = 0;
    static int told;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) == 0 ||
           (ended < 0 && errno == EINTR)) {
        int number = told ? 0 : cli_signal;
        for (int i = 0; i < n && number; i++)
            if (jobs[i].child > 0)
                kill(jobs[i].child, number);
        told |= number != 0;
        nanosleep(&moment, NULL);
    }
    for (int i = 0; i < n; i++) {
        if (!jobs[i].child || (ended > 0 && jobs[i].child != ended))
            continue;
        jobs[i].child = 0;
        jobs[i].member->failed =
            ended < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_DONE;
    }
}

static int free_place(const struct job *jobs, int n) {
    int place = 0;
    while (place < n && jobs[place].child)
        place++;
    return place;
}

static int any_runs(const struct job *jobs, int n) {
    for (int i = 0; i < n; i++)
        if (jobs[i].child)
            return 1;
    return 0;
}

static void train_at_once(const struct grid *g) {
    struct job jobs[GRIDRUN_JOBS] = {{0}};
    cli_catch_signals();
    for (size_t i = 0; i < g->size && !cli_signal; i++) {
        struct gridrank_member *m = &g->list[i];
        if (!is_ours(g, i))
            continue;
        if (free_place(jobs, g->at_once) == g->at_once)
            end_job(jobs, g->at_once);
        if (cli_signal)
            break;
        cli_note("%zu of %zu: %s", i + 1, g->size, m->name);
        pid_t born = begin_job(g, m);
        if (born < 0) {
            cli_warn("%s: %s", m->name, strerror(errno));
            m->failed = 1;
            continue;
        }
        jobs[free_place(jobs, g->at_once)] = (struct job){born, m};
    }
    while (any_runs(jobs, g->at_once))
        end_job(jobs, g->at_once);
}

/* Our part of the members, then the ranking of all. */
static int run_grid(struct grid *g, const char *dir, struct err *e) {
    const struct ini_part *part = &g->task->part;
    size_t failed = 0;
    if (!g->ours)
        cli_note("part %zu of %zu has no members: the grid has %zu",
                 part->number, part->parts, g->size);
    if (g->at_once > 1)
        train_at_once(g);
    else
        train_in_turn(g);
    if (cli_signal)
        return err_set(e, ERR_STOP, "stopped");
    for (size_t i = 0; i < g->size; i++)
        failed += (size_t)g->list[i].failed;
    if (gridrank(g->list, g->size, dir, e))
        return -1;
    return failed
               ? err_set(e, ERR_NUM, "%zu of %zu runs failed", failed, g->ours)
               : 0;
}

int gridrun(const struct settings *base, const struct ini_grid *grid,
            const struct gridrun_task *task, struct err *e) {
    struct grid g;
    int rc = open_grid(&g, base, grid, task, e);
    if (rc == 0)
        rc = file_make_dir(base->run.dir, e);
    if (rc == 0)
        rc = run_grid(&g, base->run.dir, e);
    free(g.list);
    return rc;
}
