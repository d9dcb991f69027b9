/* Where composed tunes go: see targets.h. SPDX-License-Identifier: MIT */
#include "targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cli.h"

/* ---- what is asked for ---- */

static int refuse(const char *path, struct err *e) {
    struct buf endings = {0};
    for (const struct publish_format *f = publish_formats; f->ending; f++)
        buf_printf(&endings, " %s", f->ending);
    for (const struct render *r = renders; r->ending; r++)
        buf_printf(&endings, " %s", r->ending);
    err_set(e, ERR_USAGE, "%s: its ending says what to write, one of%s", path,
            endings.data ? (const char *)endings.data : "");
    buf_free(&endings);
    return -1;
}

int targets_add(struct targets *t, const char *path, const char *format,
                int given, struct err *e) {
    char name[64];
    if (t->count == TARGETS_MAX)
        return err_set(e, ERR_USAGE, "more than %d outputs", TARGETS_MAX);
    /* one that is longer than any is none, whatever its beginning is */
    snprintf(name, sizeof name, "x.%s",
             !format                            ? "mid"
             : strlen(format) < sizeof name - 2 ? format
                                                : "");
    const char *by = output_is_open(path) ? name : path;
    struct target target = {
        .path = path, .render = render_of(by), .given = given};
    if (!target.render)
        target.format = publish_format_of(by);
    if (!target.render && !target.format) {
        snprintf(name, sizeof name, "--format %.50s", format ? format : "");
        return refuse(by == name ? name : path, e);
    }
    t->list[t->count++] = target;
    return 0;
}

static int is_together(const struct target *t) {
    return t->format && t->format->together;
}

const char *targets_name(char name[FILE_PATH], const char *path, int tunes,
                         int number) {
    if (tunes == 1)
        return path;
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    const struct render *r = render_of(path); /* ".sheet.svg" is one ending */
    const char *end = r     ? path + strlen(path) - strlen(r->ending)
                      : dot ? dot
                            : path + strlen(path);
    int n = snprintf(name, FILE_PATH, "%.*s-%d%s", (int)(end - path), path,
                     number, end);
    return n < FILE_PATH ? name : NULL;
}

static int check_binary(const struct target *t, struct err *e) {
    int binary = t->render || t->format->is_binary;
    return binary ? output_check_binary(t->path, e) : 0;
}

/* The names of all files. */
static int list_names(const struct targets *t, int tunes, char **list,
                      size_t *n, struct err *e) {
    char name[FILE_PATH];
    for (size_t k = 0; k < t->count; k++) {
        int files = is_together(&t->list[k]) ? 1 : tunes;
        const char *path = t->list[k].path;
        if (files > 1 && output_is_open(path))
            return err_set(e, ERR_USAGE,
                           "--count: several tunes cannot go to %s",
                           output_name(path));
        for (int i = 1; i <= files; i++, ++*n) {
            const char *one = targets_name(name, path, files, i);
            errno = ENAMETOOLONG;
            if (!one)
                return err_errno(e, "%s", path);
            list[*n] = strdup(one);
            if (!list[*n])
                return err_set(e, ERR_MEM, "%s: out of memory", path);
        }
    }
    return 0;
}

int targets_check(const struct targets *t, struct paths inputs, int tunes,
                  struct err *e) {
    size_t n = 0;
    char **list = calloc(t->count * (size_t)tunes + 1, sizeof *list);
    int rc = list ? list_names(t, tunes, list, &n, e)
                  : err_set(e, ERR_MEM, "outputs: out of memory");
    if (rc == 0)
        rc = output_check((struct paths){(const char *const *)list, n}, inputs,
                          e);
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
    for (size_t k = 0; rc == 0 && k < t->count; k++)
        rc = check_binary(&t->list[k], e);
    return rc;
}

/* ---- writing ---- */

/* What is there already: 0 = nothing that can be lost, 1 = the same, 2 =
 * something else; -1 when that cannot be known. */
static int what_is_there(const char *path, const struct buf *b, struct err *e) {
    struct stat st;
    struct buf old = {0};
    struct err why = {0};
    if (output_is_open(path))
        return 0;
    if (stat(path, &st))
        return errno == ENOENT ? 0 : err_errno(e, "%s", path);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return 0;
    int same = S_ISREG(st.st_mode) && (size_t)st.st_size == b->len &&
               file_read(&old, path, b->len, &why) == 0 &&
               (!b->len || memcmp(old.data, b->data, b->len) == 0);
    buf_free(&old);
    if (why.code == ERR_MEM)
        return err_set(e, ERR_MEM, "%s", why.text);
    return same ? 1 : 2;
}

static int save(struct targets *t, const struct target *target,
                const char *path, const struct buf *b, struct err *e) {
    int there = what_is_there(path, b, e);
    if (there < 0)
        return -1;
    if (there == 1)
        return 0;
    if (there == 2 && target->given && !t->force) {
        cli_warn("%s: is there already, and is kept; --force writes over it",
                 path);
        t->kept++;
        return 0;
    }
    return output_write(path, b, e);
}

static int write_one(struct targets *t, const struct target *target,
                     const struct publication *list, size_t count,
                     const char *path, struct err *e) {
    struct buf b = {0};
    struct err why = {0};
    int rc = target->render
                 ? target->render->make(list, &b, &why)
                 : target->format->print(list, count, path, &b, &why);
    if (rc)
        err_set(e, why.code, "%s: %s", path, why.text);
    else
        rc = save(t, target, path, &b, e);
    buf_free(&b);
    return rc;
}

static int write_target(struct targets *t, const struct target *target,
                        const struct publication *list, int tunes,
                        struct err *e) {
    char name[FILE_PATH];
    if (is_together(target))
        return write_one(t, target, list, (size_t)tunes, target->path, e);
    for (int i = 0; i < tunes; i++)
        if (write_one(t, target, &list[i], 1,
                      targets_name(name, target->path, tunes, i + 1), e))
            return -1;
    return 0;
}

/* The sheets of a page; without a program for them it goes without. */
static int add_sheets(const struct targets *t, struct publication *list,
                      int tunes, struct err *e) {
    int wanted = 0, rc = 0, lacking = 0;
    for (size_t k = 0; k < t->count; k++)
        wanted |= t->list[k].format && t->list[k].format->wants_sheet;
    for (int i = 0; i < tunes && wanted && (rc == 0 || rc == 2); i++) {
        rc = render_sheet(&list[i], e);
        lacking += rc == 2;
    }
    if (rc == 1)
        cli_note("no sheet on the page: abcm2ps, which engraves it, is not "
                 "there");
    if (lacking)
        cli_note("no sheet of %d tune%s on the page: abcm2ps, which engraves "
                 "it, failed",
                 lacking, lacking == 1 ? "" : "s");
    return rc < 0 ? -1 : 0;
}

int targets_write(struct targets *t, struct publication *list, int tunes,
                  struct err *e) {
    if (add_sheets(t, list, tunes, e))
        return -1;
    for (size_t k = 0; k < t->count; k++)
        if (write_target(t, &t->list[k], list, tunes, e))
            return -1;
    return 0;
}
