/* What a run leaves for people: see record.h. SPDX-License-Identifier: MIT */
#include "nott/learn/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chart.h"
#include "nott/base/file.h"

/* As of a temporary file, so that what a kill leaves is taken for one. */
#define STAGED ".tmp-staged"
_Static_assert(sizeof STAGED == sizeof FILE_TEMPORARY, "no temporary name");

static struct file_path final_path(const struct trainer *t, const char *name) {
    return file_in(t->settings->run.dir, name);
}

struct file_path record_path(const struct trainer *t, const char *name) {
    char staged[64];
    snprintf(staged, sizeof staged, "%s%s", name, t->replaces ? STAGED : "");
    return final_path(t, staged);
}

static void name_sample(char name[32], int epoch) {
    snprintf(name, 32, "epoch-%03d.mid", epoch);
}

struct file_path record_sample_path(const struct trainer *t, int epoch) {
    char name[32];
    name_sample(name, epoch);
    return record_path(t, name);
}

/* ---- clearing up ---- */

const char *const record_files[RECORD_FILES] = {
    RECORD_CONFIG,  CHECKPOINT_BEST, CHECKPOINT_LAST,
    RECORD_METRICS, RECORD_LOSS,     RECORD_LOG};

static int is_sample(const char *name) {
    char same[32];
    long epoch =
        strncmp(name, "epoch-", 6) == 0 ? strtol(name + 6, NULL, 10) : 0;
    if (epoch < 1 || epoch > 100000)
        return 0;
    name_sample(same, (int)epoch);
    return strcmp(name, same) == 0;
}

/* Is it a file of ours under its temporary name? One that is staged was written
 * under a temporary name of its own. */
static int is_temporary(const char *name) {
    char whole[64];
    size_t n = file_before_temporary(name, strlen(name));
    size_t staged = file_before_temporary(name, n);
    if (n && staged && strncmp(name + staged, STAGED, sizeof STAGED - 1) == 0)
        n = staged;
    if (!n || n >= sizeof whole)
        return 0;
    snprintf(whole, sizeof whole, "%.*s", (int)n, name);
    int ours = is_sample(whole);
    for (size_t i = 0; i < RECORD_FILES; i++)
        ours |= strcmp(whole, record_files[i]) == 0;
    return ours;
}

static int remove_file(const struct trainer *t, const char *name,
                       struct err *e) {
    struct file_path path = final_path(t, name);
    return unlink(path.text) && errno != ENOENT ? err_errno(e, "%s", path.text)
                                                : 0;
}

/* Removes those files of the folder that `is` says; what is no regular file is
 * not ours. */
static int remove_each(const struct trainer *t, int (*is)(const char *name),
                       struct err *e) {
    DIR *dir = file_open_dir(t->settings->run.dir);
    const struct dirent *one;
    struct stat st;
    int rc = 0;
    if (!dir)
        return err_errno(e, "%s", t->settings->run.dir);
    errno = 0; /* that of the end, too */
    while (rc == 0 && (one = readdir(dir))) {
        if (is(one->d_name) &&
            fstatat(dirfd(dir), one->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode))
            rc = remove_file(t, one->d_name, e);
        errno = 0;
    }
    if (rc == 0 && errno)
        rc = err_errno(e, "%s", t->settings->run.dir);
    closedir(dir);
    return rc;
}

/* Whether it may go in the end is asked before anything is written. */
static int check_replaceable(const struct trainer *t, const char *name,
                             struct err *e) {
    struct file_path path = final_path(t, name);
    struct stat st;
    if (access(path.text, W_OK) && errno != ENOENT)
        return err_errno(e, "%s", path.text);
    errno = EISDIR;
    return lstat(path.text, &st) == 0 && S_ISDIR(st.st_mode)
               ? err_errno(e, "%s", path.text)
               : 0;
}

static int is_there(const struct trainer *t, const char *name, struct err *e) {
    return file_is_there(final_path(t, name).text, e);
}

int record_is_here(const struct trainer *t, struct err *e) {
    const char *dir = t->settings->run.dir;
    struct stat st;
    int rc = stat(dir, &st);
    if (rc == 0 && !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        rc = -1;
    }
    if (rc)
        return err_errno(e, "%s", dir);
    return st.st_dev == t->device && st.st_ino == t->inode
               ? 0
               : err_set(e, ERR_IO,
                         "%s: is another folder than the one in which this "
                         "run began; nothing is written there",
                         dir);
}

int record_begin(struct trainer *t, struct err *e) {
    const char *dir = t->settings->run.dir;
    struct stat st;
    if (file_make_dir(dir, e))
        return -1;
    if (stat(dir, &st))
        return err_errno(e, "%s", dir);
    t->begun = 1;
    t->device = st.st_dev;
    t->inode = st.st_ino;
    if (remove_each(t, is_temporary, e))
        return -1;
    if (t->resumed)
        return 0;
    for (size_t i = 0; i < RECORD_FILES; i++)
        if (check_replaceable(t, record_files[i], e))
            return -1;
    int best = is_there(t, CHECKPOINT_BEST, e);
    int last = is_there(t, CHECKPOINT_LAST, e);
    if (best < 0 || last < 0)
        return -1;
    t->replaces = best || last;
    return t->replaces ? 0 : remove_each(t, is_sample, e);
}

int record_replace(struct trainer *t, struct err *e) {
    if (remove_file(t, CHECKPOINT_LAST, e) || remove_each(t, is_sample, e))
        return -1;
    for (size_t i = 0; i < RECORD_FILES; i++) {
        struct file_path from = record_path(t, record_files[i]);
        struct file_path to = final_path(t, record_files[i]);
        if (rename(from.text, to.text) && errno != ENOENT)
            return err_errno(e, "%s", to.text);
    }
    t->replaces = 0;
    file_sync_parent(final_path(t, RECORD_CONFIG).text);
    return 0;
}

void record_discard(const struct trainer *t) {
    if (t->replaces)
        remove_each(t, is_temporary, NULL);
}

/* ---- writing ---- */

/* Writes the text as a file of the run, and frees it. */
static int write_file(const struct trainer *t, const char *name,
                      struct buf *text, struct err *e) {
    int rc = buf_ok(text, name, e);
    if (rc == 0)
        rc = file_write(record_path(t, name).text, text->data, text->len, e);
    buf_free(text);
    return rc;
}

int record_config(const struct trainer *t, struct err *e) {
    struct buf text = {0};
    conf_dump(&settings_table, t->settings, &text, 1);
    return write_file(t, RECORD_CONFIG, &text, e);
}

static int write_metrics(const struct trainer *t, struct err *e) {
    struct buf text = {0};
    buf_printf(&text,
               "epoch\tupdates\trate\ttrain_melody_nats\ttrain_chord_nats\t"
               "valid_melody_nats\tvalid_chord_nats\tvalid_nats\t"
               "valid_melody_p\tvalid_chord_p\tvalid_melody_argmax\t"
               "valid_chord_argmax\tbest\n");
    for (int i = 0; i < t->epoch; i++) {
        const struct train_epoch *h = &t->history[i];
        const int M = OUT_MELODY, C = OUT_CHORD;
        buf_printf(&text,
                   "%.0f\t%.0f\t%.6g\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\t"
                   "%.6f\t%.6f\t%.6f\t%.0f\n",
                   h->epoch, h->updates, h->rate, h->train_nats[M],
                   h->train_nats[C], h->valid_nats[M], h->valid_nats[C],
                   tally_total(h->valid_nats), h->valid_p[M], h->valid_p[C],
                   h->valid_correct[M], h->valid_correct[C], h->best);
    }
    return write_file(t, RECORD_METRICS, &text, e);
}

enum {
    VALID_TOTAL,
    TRAIN_TOTAL,
    VALID_MELODY,
    TRAIN_MELODY,
    VALID_CHORD,
    TRAIN_CHORD,
    CURVES
};

static double curve_value(const struct train_epoch *h, int curve) {
    const double *n = curve % 2 ? h->train_nats : h->valid_nats;
    switch (curve / 2) {
    case 0:
        return tally_total(n);
    case 1:
        return n[OUT_MELODY];
    default:
        return n[OUT_CHORD];
    }
}

static int write_picture(const struct trainer *t, struct err *e) {
    static const char *const names[CURVES] = {
        "both, validation", "both, training",    "melody, validation",
        "melody, training", "chord, validation", "chord, training"};
    size_t n = (size_t)t->epoch;
    long best = -1;
    double *values = calloc(CURVES * n + 1, sizeof *values);
    struct chart_curve curves[CURVES];
    struct buf svg = {0};
    if (!values)
        return err_set(e, ERR_MEM, RECORD_LOSS ": out of memory");
    for (int k = 0; k < CURVES; k++) {
        for (size_t i = 0; i < n; i++)
            values[(size_t)k * n + i] = curve_value(&t->history[i], k);
        curves[k] = (struct chart_curve){names[k], values + (size_t)k * n, n,
                                         k % 2, k / 2};
    }
    for (size_t i = 0; i < n; i++)
        best = t->history[i].best != 0 ? (long)i : best;
    chart_draw(&svg, curves, CURVES, best, "Loss", "epoch", "nats per step");
    free(values);
    return write_file(t, RECORD_LOSS, &svg, e);
}

int record_epoch(const struct trainer *t, struct err *e) {
    return write_metrics(t, e) || write_picture(t, e) ? -1 : 0;
}
