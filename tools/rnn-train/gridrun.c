/* Training a grid: see gridrun.h. SPDX-License-Identifier: MIT */
#include "gridrun.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cli.h"
#include "nott/base/file.h"
#include "nott/player/checkpoint.h"

struct member {
    struct settings settings;
    char name[256];
    int epoch; /* of its best model; 0 = there is none */
    double nats;
};

static int make_member(struct member *m, const struct settings *base,
                       const struct ini_grid *grid, size_t index,
                       struct err *e) {
    m->settings = *base;
    if (ini_grid_apply(&settings_table, grid, index, &m->settings, m->name, e))
        return -1;
    int n = snprintf(m->settings.run.dir, CONF_PATH, "%s/%s", base->run.dir,
                     m->name);
    if (n >= CONF_PATH)
        return err_set(e, ERR_USAGE, "%s: path too long", m->name);
    return 0;
}

struct task {
    int (*train)(void *user, const struct settings *s, int quiet,
                 struct err *e);
    void *user;
};

/* Trains in a child process; its number, or -1. */
static pid_t begin_job(const struct task *task, const struct member *m) {
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    struct err e = {0};
    int rc = task->train(task->user, &m->settings, 1, &e);
    if (rc && e.code != ERR_STOP)
        cli_warn("%s: %s", m->name, e.text);
    _exit(rc ? EXIT_FAILED : EXIT_DONE);
}

/* Waits for any child, hands on a signal that comes meanwhile, and takes the
 * child off the list; 1 if it ended well. */
static int end_job(pid_t *child, int jobs) {
    int status = 0, told = 0;
    pid_t ended;
    do {
        ended = wait(&status);
        for (int i = 0; i < jobs && cli_signal && !told; i++)
            if (child[i] > 0)
                kill(child[i], cli_signal);
        told = cli_signal != 0;
    } while (ended < 0 && errno == EINTR);
    for (int i = 0; i < jobs; i++)
        if (child[i] == ended)
            child[i] = 0;
    return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

/* Both ways of running: the number of members that failed. */
static size_t run_jobs(const struct task *task, const struct member *list,
                       size_t n, int jobs) {
    pid_t child[GRIDRUN_JOBS] = {0};
    int running = 0;
    size_t bad = 0;
    for (size_t i = 0; i < n && !cli_signal; i++) {
        if (running == jobs) {
            bad += !end_job(child, jobs);
            running--;
        }
        if (cli_signal)
            break;
        cli_note("%zu of %zu: %s", i + 1, n, list[i].name);
        int free_place = 0;
        while (child[free_place])
            free_place++;
        pid_t born = begin_job(task, &list[i]);
        if (born < 0) {
            cli_warn("%s: %s", list[i].name, strerror(errno));
            bad++;
            continue;
        }
        child[free_place] = born;
        running++;
    }
    for (; running; running--)
        bad += !end_job(child, jobs);
    return bad;
}

static size_t run_in_turn(const struct task *task, const struct member *list,
                          size_t n) {
    size_t bad = 0;
    for (size_t i = 0; i < n && !cli_signal; i++) {
        struct err e = {0};
        cli_note("%zu of %zu: %s", i + 1, n, list[i].name);
        if (task->train(task->user, &list[i].settings, 0, &e) == 0)
            continue;
        bad++;
        if (e.code != ERR_STOP)
            cli_warn("%s: %s", list[i].name, e.text);
    }
    return bad;
}

static void read_result(struct member *m) {
    struct checkpoint t;
    if (checkpoint_load_run(&t, m->settings.run.dir, NULL))
        return;
    m->epoch = t.epoch;
    m->nats = t.valid_nats;
    checkpoint_free(&t);
}

static int by_nats(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    if (!x->epoch || !y->epoch)
        return (x->epoch == 0) - (y->epoch == 0);
    return x->nats < y->nats ? -1 : x->nats > y->nats;
}

static int rank(struct member *list, size_t n, const char *dir, struct err *e) {
    struct file_path path = file_in(dir, "grid.tsv");
    struct buf text = {0};
    for (size_t i = 0; i < n; i++)
        read_result(&list[i]);
    qsort(list, n, sizeof *list, by_nats);
    buf_printf(&text, "rank\tvalid_nats\tepoch\trun\n");
    for (size_t i = 0; i < n; i++) {
        if (!list[i].epoch) {
            buf_printf(&text, "-\t-\t-\t%s\n", list[i].name);
            cli_note(" - failed  %s", list[i].name);
            continue;
        }
        buf_printf(&text, "%zu%s\t%.6f\t%d\t%s\n", i + 1, i ? "" : "*",
                   list[i].nats, list[i].epoch, list[i].name);
        cli_note("%2zu%s %.4f nats, epoch %3d  %s", i + 1, i ? " " : "*",
                 list[i].nats, list[i].epoch, list[i].name);
    }
    int rc = buf_ok(&text, path.text, e);
    if (rc == 0)
        rc = file_write(path.text, text.data, text.len, e);
    buf_free(&text);
    return rc;
}

int gridrun(const struct settings *base, const struct ini_grid *grid, int jobs,
            int (*train)(void *user, const struct settings *s, int quiet,
                         struct err *e),
            void *user, struct err *e) {
    size_t n = ini_grid_size(grid);
    struct task task = {train, user};
    struct member *list = calloc(n, sizeof *list);
    int rc = list ? file_make_dir(base->run.dir, e)
                  : err_set(e, ERR_MEM, "grid: out of memory");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = make_member(&list[i], base, grid, i, e);
    for (size_t i = 1; rc == 0 && i < n; i++)
        for (size_t k = 0; rc == 0 && k < i; k++)
            if (strcmp(list[i].name, list[k].name) == 0)
                rc =
                    err_set(e, ERR_USAGE, "grid: %s comes twice", list[i].name);
    size_t bad = 0;
    if (rc == 0)
        bad = jobs > 1 ? run_jobs(&task, list, n, jobs)
                       : run_in_turn(&task, list, n);
    if (rc == 0 && cli_signal)
        rc = err_set(e, ERR_STOP, "stopped");
    if (rc == 0)
        rc = rank(list, n, base->run.dir, e);
    if (rc == 0 && bad)
        rc = err_set(e, ERR_NUM, "%zu of %zu runs failed", bad, n);
    free(list);
    return rc;
}
