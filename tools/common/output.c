/* What the tools write: see output.h. SPDX-License-Identifier: MIT */
#include "output.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nott/base/file.h"

/* The number of the open file of this process that is meant; -1 = none is. */
static int descriptor_of(const char *output) {
    char target[FILE_PATH];
    int fd;
    if (strcmp(output, "-") == 0)
        return STDOUT_FILENO;
    return file_target(target, &fd, output, NULL) ? -1 : fd;
}

int output_is_stream(const char *output) {
    return descriptor_of(output) == STDOUT_FILENO;
}

int output_is_open(const char *output) {
    return descriptor_of(output) >= 0;
}

const char *output_name(const char *output) {
    return output_is_stream(output) ? "standard output" : output;
}

/* ---- what is named twice ---- */

/* Where a name leads: to a file; or, as long as there is none, to a name in a
 * folder; or, where there is no such folder, to what it says. */
struct place {
    dev_t device; /* of the file, or of the folder */
    ino_t inode;
    char *name;       /* owned; "" for the file */
    const char *path; /* borrowed */
    size_t number;    /* of the output; or READ */
    int is_stream;
};

#define READ SIZE_MAX /* comes behind all outputs */

static int is_nowhere(int error) {
    return error == ENOENT || error == ENOTDIR || error == EACCES ||
           error == ELOOP || error == ENAMETOOLONG;
}

/* That of an open file, if it is one that can be lost. */
static int place_stream(struct place *at, int fd, const char *name,
                        struct err *e) {
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        at->device = st.st_dev;
        at->inode = st.st_ino;
        name = "";
    }
    at->name = strdup(name);
    return at->name ? 0 : err_set(e, ERR_MEM, "outputs: out of memory");
}

static int place_name(struct place *at, const char *path, struct err *e) {
    char target[FILE_PATH], folder[FILE_PATH + 1];
    struct stat st;
    int fd, there = stat(path, &st) == 0;
    const char *name = "";
    if (!there && !is_nowhere(errno))
        return err_errno(e, "%s", path);
    if (!there) {
        name = file_target(target, &fd, path, NULL) ? path : target;
        const char *slash = strrchr(name, '/');
        int n = slash ? (int)(slash - name) + 1 : 0;
        snprintf(folder, sizeof folder, "%.*s.", n, name);
        there = stat(folder, &st) == 0;
        if (!there && !is_nowhere(errno))
            return err_errno(e, "%s", path);
        name = there ? name + n : path;
    }
    at->device = there ? st.st_dev : 0;
    at->inode = there ? st.st_ino : 0;
    at->name = strdup(name);
    return at->name ? 0 : err_set(e, ERR_MEM, "%s: out of memory", path);
}

static int locate(struct place *at, const char *path, size_t number,
                  struct err *e) {
    int is_read = number == READ;
    *at = (struct place){.path = path, .number = number};
    at->is_stream = is_read ? strcmp(path, "-") == 0 : output_is_stream(path);
    return at->is_stream
               ? place_stream(at, is_read ? STDIN_FILENO : STDOUT_FILENO,
                              is_read ? "<" : ">", e)
               : place_name(at, path, e);
}

static int by_place(const struct place *p, const struct place *q) {
    if (p->device != q->device)
        return p->device < q->device ? -1 : 1;
    if (p->inode != q->inode)
        return p->inode < q->inode ? -1 : 1;
    return strcmp(p->name, q->name);
}

static int by_place_and_number(const void *a, const void *b) {
    const struct place *p = a, *q = b;
    int order = by_place(p, q);
    return order ? order : (p->number > q->number) - (p->number < q->number);
}

/* The first of the outputs that is one before it, or is read. Of one place the
 * outputs are in their order, and those that are read follow them. */
static const struct place *first_clash(struct place *list, size_t n,
                                       int *is_read) {
    const struct place *first = NULL;
    if (n)
        qsort(list, n, sizeof *list, by_place_and_number);
    for (size_t i = 1; i < n; i++) {
        const struct place *p = &list[i - 1], *q = &list[i];
        int read = q->number == READ;
        const struct place *lost = read ? p : q;
        if (by_place(p, q) != 0 || lost->number == READ ||
            (read && p->is_stream) || (first && first->number <= lost->number))
            continue;
        first = lost;
        *is_read = read;
    }
    return first;
}

/* Appends those that are given to the n of the list. */
static int locate_all(struct place *list, size_t *n, struct paths paths,
                      int is_read, struct err *e) {
    for (size_t i = 0; i < paths.count; i++)
        if (paths.list[i] &&
            locate(&list[(*n)++], paths.list[i], is_read ? READ : i, e))
            return -1;
    return 0;
}

int output_check(struct paths outputs, struct paths inputs, struct err *e) {
    size_t n = 0, streams = 0;
    int is_read = 0;
    struct place *list = calloc(outputs.count + inputs.count + 1, sizeof *list);
    if (!list)
        return err_set(e, ERR_MEM, "outputs: out of memory");
    int rc = locate_all(list, &n, outputs, 0, e);
    for (size_t i = 0; i < n; i++)
        streams += (size_t)list[i].is_stream;
    if (rc == 0)
        rc = locate_all(list, &n, inputs, 1, e);
    const struct place *bad = rc ? NULL : first_clash(list, n, &is_read);
    if (rc == 0 && streams > 1)
        rc = err_set(e, ERR_USAGE,
                     "standard output: only one thing can go there");
    else if (bad)
        rc = err_set(e, ERR_USAGE, "%s: %s", output_name(bad->path),
                     is_read ? "would be read and written" : "named twice");
    for (size_t i = 0; i < n; i++)
        free(list[i].name);
    free(list);
    return rc;
}

/* ---- writing ---- */

int output_check_binary(const char *output, struct err *e) {
    if (!output || !output_is_stream(output) || !isatty(STDOUT_FILENO))
        return 0;
    return err_set(e, ERR_USAGE,
                   "standard output is a terminal, and this is no text: send "
                   "it elsewhere, or name a file");
}

/* Past the buffer of stdout, so that what fails is told here, and once. */
int output_write(const char *output, const struct buf *b, struct err *e) {
    if (!output_is_stream(output))
        return file_write(output, b->data, b->len, e);
    if (file_write_all(STDOUT_FILENO, b->data, b->len))
        return err_errno(e, "%s", output_name(output));
    return 0;
}
