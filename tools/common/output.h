/* What -o and its like name: a file, or standard output, which is "-" or what
 * the system calls it (/dev/stdout).
 * SPDX-License-Identifier: MIT */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>

#include "nott/base/buf.h"
#include "nott/base/err.h"

/* Names from the command line; NULL = not given. */
struct paths {
    const char *const *list;
    size_t count;
};

/* Would something be lost: is an output named twice, or one of the inputs too,
 * by whatever name? "-" among the inputs is standard input. ERR_USAGE; ERR_IO,
 * ERR_MEM when that cannot be known. */
int output_check(struct paths outputs, struct paths inputs, struct err *e);

/* The same, and would one of them have the name of one of the folders that will
 * be made for others? */
int output_check_tree(struct paths outputs, struct paths folders,
                      struct paths inputs, struct err *e);

/* Can it be written, as far as that can be known before it is: is it no folder,
 * and is there one that it can be put in? Where `is_made` is 1 that may be
 * still to be made, in one that is there. ERR_IO. */
int output_check_way(const char *output, int is_made, struct err *e);

/* Would bytes that are no text go to a terminal? `output` may be NULL.
 * ERR_USAGE. */
int output_check_binary(const char *output, struct err *e);

/* Is it standard output? */
int output_is_stream(const char *output);

/* Is it that, or another file that is open in this process, as /dev/fd/63 (what
 * >(...) of a shell is)? Such a name says nothing of what it is to hold. */
int output_is_open(const char *output);

/* For messages: the file, or "standard output". */
const char *output_name(const char *output);

/* A file is written whole or not at all (file_write). ERR_IO. */
int output_write(const char *output, const struct buf *b, struct err *e);

#endif
