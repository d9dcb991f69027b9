/* Ranking a grid: see gridrank.h. SPDX-License-Identifier: MIT */
#include "gridrank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/cli.h"
#include "nott/base/file.h"
#include "nott/player/checkpoint.h"

#define MARK "grid.finished"

/* ---- marks ---- */

/* The best epoch and its loss; 0 when there is no model, or none that is whole,
 * -1 when that cannot be known. */
static int read_best(const char *dir, double *nats, struct err *e) {
    struct checkpoint best;
    struct err why = {0};
    int there = file_is_there(file_in(dir, CHECKPOINT_BEST).text, e);
    if (there <= 0)
        return there;
    if (checkpoint_load_run(&best, dir, &why)) {
        if (why.code != ERR_FORMAT)
            return err_set(e, why.code, "%s", why.text);
        cli_warn("%s", why.text);
        return 0;
    }
    int epoch = best.epoch;
    *nats = best.valid_nats;
    checkpoint_free(&best);
    return epoch;
}

/* The limits are part of it because with others there may be more to train, and
 * the model because somebody may have begun anew in this folder. */
static void write_mark(struct buf *out, const struct settings *s, int epoch,
                       double nats) {
    buf_printf(out,
               "finished with epochs = %d, patience = %d, max_minutes = %.9g; "
               "best model: epoch %d, %.6f nats\n",
               s->train.epochs, s->train.patience, s->train.max_minutes, epoch,
               nats);
}

static int is_same(const struct buf *a, const struct buf *b) {
    return a->len && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* 1 or 0; -1 as above. */
static int has_mark(const struct settings *s, int epoch, double nats,
                    struct err *e) {
    struct file_path path = file_in(s->run.dir, MARK);
    struct buf wanted = {0}, found = {0};
    struct err why = {0};
    int there = file_is_there(path.text, e);
    if (there <= 0)
        return there;
    write_mark(&wanted, s, epoch, nats);
    int is = buf_ok(&wanted, path.text, &why) == 0 &&
             file_read(&found, path.text, 4096, &why) == 0;
    is = is && is_same(&wanted, &found);
    buf_free(&wanted);
    buf_free(&found);
    return why.code == ERR_NONE || why.code == ERR_FORMAT
               ? is
               : err_set(e, why.code, "%s", why.text);
}

int gridrank_finish(const struct settings *s, struct err *e) {
    struct file_path path = file_in(s->run.dir, MARK);
    struct buf text = {0};
    double nats = 0;
    int epoch = read_best(s->run.dir, &nats, e);
    if (!epoch)
        return err_set(e, ERR_FORMAT, "%s: holds no model", s->run.dir);
    int is = epoch < 0 ? -1 : has_mark(s, epoch, nats, e);
    if (is)
        return is < 0 ? -1 : 0;
    write_mark(&text, s, epoch, nats);
    int rc = buf_ok(&text, path.text, e);
    if (rc == 0)
        rc = file_write(path.text, text.data, text.len, e);
    buf_free(&text);
    return rc;
}

int gridrank_is_finished(const struct settings *s, struct err *e) {
    double nats = 0;
    int epoch = read_best(s->run.dir, &nats, e);
    return epoch > 0 ? has_mark(s, epoch, nats, e) : epoch;
}

/* ---- ranking ---- */

static int read_result(struct gridrank_member *m, struct err *e) {
    m->epoch = read_best(m->settings.run.dir, &m->nats, e);
    m->finished = m->epoch > 0 && !isnan(m->nats)
                      ? has_mark(&m->settings, m->epoch, m->nats, e)
                      : 0;
    return m->epoch < 0 || m->finished < 0 ? -1 : 0;
}

static int read_results(struct gridrank_member *list, size_t n, struct err *e) {
    for (size_t i = 0; i < n; i++)
        if (read_result(&list[i], e))
            return -1;
    return 0;
}

/* The finished ones first, the best of them in front; what is equal, and what
 * is not to be compared yet, is in the order of the grid. */
static int by_result(const void *a, const void *b) {
    const struct gridrank_member *x = a, *y = b;
    if (x->finished != y->finished)
        return y->finished - x->finished;
    if (x->finished && x->nats != y->nats)
        return x->nats < y->nats ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void write_table(struct buf *out, const struct gridrank_member *list,
                        size_t n) {
    buf_printf(out, "rank\tvalid_nats\tepoch\trun\n");
    for (size_t i = 0; i < n; i++) {
        const struct gridrank_member *m = &list[i];
        if (m->finished)
            buf_printf(out, "%zu%s\t", i + 1, i ? "" : "*");
        else
            buf_printf(out, "-\t");
        if (m->epoch)
            buf_printf(out, "%.6f\t%d\t", m->nats, m->epoch);
        else
            buf_printf(out, "-\t-\t");
        buf_add_text(out, m->name);
        buf_add(out, "\n", 1);
    }
}

/* Another call may finish a member after this one has read, and write its table
 * before this one does. So each reads again after writing, until what it wrote
 * is what is there: then the last table to be written lacks nothing. */
static int write_until_true(struct gridrank_member *list, size_t n,
                            const char *path, struct err *e) {
    struct buf written = {0};
    for (int rc = 0;;) {
        struct buf table = {0};
        if (read_results(list, n, e)) {
            buf_free(&written);
            return -1;
        }
        qsort(list, n, sizeof *list, by_result);
        write_table(&table, list, n);
        int is_true = is_same(&table, &written);
        buf_free(&written);
        written = table;
        if (!is_true)
            rc = buf_ok(&table, path, e) ||
                         file_write(path, table.data, table.len, e)
                     ? -1
                     : 0;
        if (is_true || rc) {
            buf_free(&written);
            return rc;
        }
    }
}

static void show(const struct gridrank_member *list, size_t n) {
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        const struct gridrank_member *m = &list[i];
        missing += !m->finished && !m->failed;
        if (m->finished)
            cli_note("%2zu%s %.4f nats, epoch %3d  %s", i + 1, i ? " " : "*",
                     m->nats, m->epoch, m->name);
        else if (m->failed)
            cli_note(" - failed  %s", m->name);
        else if (m->epoch)
            cli_note(" - missing; so far %.4f nats, epoch %d  %s", m->nats,
                     m->epoch, m->name);
        else
            cli_note(" - missing  %s", m->name);
    }
    if (missing)
        cli_note("missing: %zu of %zu members are not finished", missing, n);
}

int gridrank(struct gridrank_member *list, size_t n, const char *dir,
             struct err *e) {
    struct file_path path = file_in(dir, "grid.tsv");
    if (write_until_true(list, n, path.text, e))
        return -1;
    show(list, n);
    return 0;
}
