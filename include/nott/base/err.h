/* The error value every failing function fills in.
 *
 * A function that can fail returns 0 on success and -1 on failure, takes a
 * `struct err *` last and describes the failure there; the pointer may be
 * NULL. The first error stays: a caller that fails because a callee failed
 * just returns -1. The text is one line, `where: what`, without a newline.
 * SPDX-License-Identifier: MIT */
#ifndef NOTT_ERR_H
#define NOTT_ERR_H

enum err_code {
    ERR_NONE,
    ERR_USAGE,  /* wrong options or settings: exit status 2 */
    ERR_IO,     /* the operating system refused */
    ERR_FORMAT, /* data that is not what it claims to be */
    ERR_NET,    /* the network or the far end refused */
    ERR_MEM,    /* out of memory */
    ERR_NUM,    /* a number that is not finite */
    ERR_STOP,   /* the user asked to stop */
};

struct err {
    enum err_code code;
    char text[512];
};

#if defined(__GNUC__)
#define ERR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ERR_PRINTF(fmt, args)
#endif

/* Sets *e unless it already holds an error. What does more in the text than
 * show itself becomes '?' (plain.h), so that no file name steers a terminal. A
 * text that is too long has "..." in the middle of the longest of its parts,
 * which is the path, so that the cause stays whole. Always returns -1. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    ERR_PRINTF(3, 4);

/* The same with strerror(errno) appended after ": "; the code is ERR_MEM for
 * ENOMEM, else ERR_IO. */
int err_errno(struct err *e, const char *fmt, ...) ERR_PRINTF(2, 3);

#endif
