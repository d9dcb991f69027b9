/* Training a grid: see gridrun.h. SPDX-License-Identifier: MIT */
#include "gridrun.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "nott/checkpoint.h"

struct member {
    struct settings settings;
    char name[256];
    int epoch; /* of its best model; 0 = there is none */
    double nats;
};

static int make_member(struct member *m, const struct settings *base,
                       const struct conf_grid *grid, size_t index,
                       struct err *e) {
    m->settings = *base;
    if (conf_grid_apply(grid, index, &m->settings, m->name, e))
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

/* Trains in a child process. */
static void begin_job(const struct task *task, const struct member *m) {
    fflush(NULL);
    if (fork() != 0)
        return;
    struct err e = {0};
    int rc = task->train(task->user, &m->settings, 1, &e);
    if (rc && e.code != ERR_STOP)
        cli_warn("%s: %s", m->name, e.text);
    _exit(rc ? EXIT_FAILED : EXIT_DONE);
}

/* 1 if a child ended well. */
static int end_job(void) {
    int status;
    while (wait(&status) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

static int run_jobs(const struct task *task, const struct member *list,
                    size_t n, int jobs, struct err *e) {
    int running = 0;
    size_t bad = 0;
    for (size_t i = 0; i < n && !cli_signal; i++) {
        if (running == jobs) {
            bad += !end_job();
            running--;
        }
        cli_note("%zu of %zu: %s", i + 1, n, list[i].name);
        begin_job(task, &list[i]);
        running++;
    }
    for (; running; running--)
        bad += !end_job();
    if (cli_signal)
        return err_set(e, ERR_STOP, "stopped");
    return bad ? err_set(e, ERR_NUM, "%zu of %zu runs failed", bad, n) : 0;
}

static int run_in_turn(const struct task *task, const struct member *list,
                       size_t n, struct err *e) {
    for (size_t i = 0; i < n; i++) {
        cli_note("%zu of %zu: %s", i + 1, n, list[i].name);
        if (task->train(task->user, &list[i].settings, 0, e))
            return -1;
    }
    return 0;
}

static void read_result(struct member *m) {
    char path[CONF_PATH + 32];
    struct trained t;
    snprintf(path, sizeof path, "%s/best.safetensors", m->settings.run.dir);
    if (trained_load(&t, path, NULL, NULL))
        return;
    m->epoch = t.epoch;
    m->nats = t.valid_nats;
    trained_free(&t);
}

static int by_nats(const void *a, const void *b) {
    const struct member *x = a, *y = b;
    if (!x->epoch || !y->epoch)
        return (x->epoch == 0) - (y->epoch == 0);
    return x->nats < y->nats ? -1 : x->nats > y->nats;
}

static int rank(struct member *list, size_t n, const char *dir, struct err *e) {
    char path[CONF_PATH + 32];
    struct buf text = {0};
    for (size_t i = 0; i < n; i++)
        read_result(&list[i]);
    qsort(list, n, sizeof *list, by_nats);
    buf_printf(&text, "rank\tvalid_nats\tepoch\trun\n");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&text, "%zu%s\t%.6f\t%d\t%s\n", i + 1, i ? "" : "*",
                   list[i].nats, list[i].epoch, list[i].name);
        cli_note("%2zu%s %.4f nats, epoch %3d  %s", i + 1, i ? " " : "*",
                 list[i].nats, list[i].epoch, list[i].name);
    }
    snprintf(path, sizeof path, "%s/grid.tsv", dir);
    int rc = buf_ok(&text, path, e);
    if (rc == 0)
        rc = file_write(path, text.data, text.len, e);
    buf_free(&text);
    return rc;
}

int gridrun(const struct settings *base, const struct conf_grid *grid, int jobs,
            int (*train)(void *user, const struct settings *s, int quiet,
                         struct err *e),
            void *user, struct err *e) {
    size_t n = conf_grid_size(grid);
    struct task task = {train, user};
    struct member *list = calloc(n, sizeof *list);
    int rc = list ? dir_make(base->run.dir, e)
                  : err_set(e, ERR_MEM, "grid: out of memory");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = make_member(&list[i], base, grid, i, e);
    if (rc == 0)
        rc = jobs > 1 ? run_jobs(&task, list, n, jobs, e)
                      : run_in_turn(&task, list, n, e);
    if (rc == 0)
        rc = rank(list, n, base->run.dir, e);
    free(list);
    return rc;
}
