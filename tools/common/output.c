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

/* The file, and ""; or as long as there is none its folder, and the name in
 * that. NULL where there is no such folder either. */
static const char *locate(const char *path, struct stat *st) {
    char folder[4096];
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) + 1 : 0;
    if (stat(path, st) == 0)
        return "";
    snprintf(folder, sizeof folder, "%.*s.", n, path);
    return stat(folder, st) == 0 ? path + n : NULL;
}

static int same_file(const char *a, const char *b) {
    struct stat x, y;
    if (strcmp(a, b) == 0)
        return 1;
    const char *p = locate(a, &x), *q = locate(b, &y);
    return p && q && strcmp(p, q) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
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
static int check_input(const char *output, const char *input, struct err *e) {
    if (output_is_stream(output) || !same_file(output, input))
        return 0;
    return err_set(e, ERR_USAGE, "%s: would be read and written", output);
}

int output_check(struct paths outputs, struct paths inputs, struct err *e) {
    for (size_t i = 0; i < outputs.count; i++) {
        const char *path = outputs.list[i];
        for (size_t j = 0; path && j < i; j++)
            if (outputs.list[j] && check_pair(path, outputs.list[j], e))
                return -1;
        for (size_t j = 0; path && j < inputs.count; j++)
            if (inputs.list[j] && check_input(path, inputs.list[j], e))
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
