/* What the tools write: see output.h. SPDX-License-Identifier: MIT */
#include "output.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nott/base/file.h"

int output_is_stream(const char *output) {
    return strcmp(output, "-") == 0;
}

const char *output_name(const char *output) {
    return output_is_stream(output) ? "standard output" : output;
}

/* Where a name leads: to a file; or, as long as there is none, to a name in a
 * folder. */
struct place {
    struct stat st;   /* of the file, or of the folder */
    const char *name; /* "" for the file; NULL = there is no such folder */
};

static struct place locate(const char *path) {
    struct place at = {.name = ""};
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) + 1 : 0;
    if (stat(path, &at.st) == 0)
        return at;
    snprintf(folder, sizeof folder, "%.*s.", n, path);
    at.name = stat(folder, &at.st) == 0 ? path + n : NULL;
    return at;
}

static int same_place(const struct place *p, const struct place *q) {
    return p->name && q->name && strcmp(p->name, q->name) == 0 &&
           p->st.st_dev == q->st.st_dev && p->st.st_ino == q->st.st_ino;
}

static int same_file(const char *a, const char *b) {
    if (strcmp(a, b) == 0)
        return 1;
    struct place p = locate(a), q = locate(b);
    return same_place(&p, &q);
}

static int check_pair(const char *output, const char *other, struct err *e) {
    int streams = output_is_stream(output) + output_is_stream(other);
    if (streams == 2)
        return err_set(e, ERR_USAGE,
                       "standard output: only one thing can go there");
    if (streams == 0 && same_file(output, other))
        return err_set(e, ERR_USAGE, "%s: named twice", output);
    return 0;
}

/* No input is standard output; "-" among them is a file of that name. */
static int check_inputs(const char *output, struct paths inputs,
                        struct err *e) {
    if (output_is_stream(output))
        return 0;
    struct place at = locate(output);
    for (size_t i = 0; i < inputs.count; i++) {
        if (!inputs.list[i])
            continue;
        struct place input = locate(inputs.list[i]);
        if (strcmp(output, inputs.list[i]) == 0 || same_place(&at, &input))
            return err_set(e, ERR_USAGE, "%s: would be read and written",
                           output);
    }
    return 0;
}

int output_check(struct paths outputs, struct paths inputs, struct err *e) {
    for (size_t i = 0; i < outputs.count; i++) {
        const char *path = outputs.list[i];
        for (size_t j = 0; path && j < i; j++)
            if (outputs.list[j] && check_pair(path, outputs.list[j], e))
                return -1;
        if (path && check_inputs(path, inputs, e))
            return -1;
    }
    return 0;
}

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
